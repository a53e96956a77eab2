// OCA's settings, so that the addons could move there as they are.
module.exports = {
    plugins: [require.resolve("@prettier/plugin-xml")],
    tabWidth: 4,
    printWidth: 88,
    bracketSpacing: false,
    trailingComma: "es5",
    proseWrap: "always",
    xmlWhitespaceSensitivity: "preserve",
};
