const js = require("@eslint/js");
const globals = require("globals");

module.exports = [
    js.configs.recommended,
    {ignores: ["**/static/lib/**", "**/static/src/lib/**"]},
    {
        files: ["**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {...globals.browser, odoo: "readonly", luxon: "readonly"},
        },
        rules: {
            eqeqeq: "error",
            "no-console": "error",
            "no-duplicate-imports": "error",
            "no-else-return": "error",
            "no-empty-function": "error",
            "no-eval": "error",
            "no-implicit-coercion": "error",
            "no-lonely-if": "error",
            "no-param-reassign": "error",
            "no-return-assign": "error",
            "no-shadow": "error",
            "no-throw-literal": "error",
            "no-unneeded-ternary": "error",
            "no-unused-expressions": "error",
            "no-use-before-define": ["error", {functions: false}],
            "no-var": "error",
            "object-shorthand": "error",
            "operator-assignment": ["error", "always"],
            "prefer-const": "error",
            radix: "error",
        },
    },
];
