import {InvalidNumberError, parseFloat} from "@web/views/fields/parsers";
import {_t} from "@web/core/l10n/translation";
import {escapeRegExp} from "@web/core/utils/strings";
import {formatFloat} from "@web/views/fields/formatters";
import {localization} from "@web/core/l10n/localization";

/**
 * Powers of ten by what people write behind a number for them, in small letters: as
 * the board shows them (k, M, G), and as spreadsheets and newspapers of several
 * languages do. None stands for two powers in languages that write amounts so.
 */
const POWERS = {
    ...{k: 3, tsd: 3, mil: 3},
    ...{m: 6, mm: 6, mio: 6, mln: 6},
    ...{g: 9, bn: 9, mrd: 9, mld: 9, md: 9},
};

/**
 * The amount that a user wrote, in the notation of the own language; null for none.
 *
 * A currency symbol is no obstacle, and "10k" or "1.5M" (with the decimal mark of the
 * language) are amounts. What is not clearly one is refused, rather than read as
 * another: "1234.5" where the dot groups thousands.
 *
 * @param {string} text
 * @param {string} [symbol] of the currency
 * @returns {number|null}
 * @throws {InvalidNumberError} with what is wrong
 */
export function parseAmount(text, symbol = "") {
    const written = withoutSymbol(
        text.replaceAll(/[\s\u00A0\u202F]+/g, " ").trim(),
        symbol
    );
    if (written === "") {
        return null;
    }
    const amount = parseWritten(written);
    if (!Number.isFinite(amount)) {
        throw new InvalidNumberError(
            _t("“%(text)s” is not a number, such as %(plain)s or %(short)s", {
                text: text.trim(),
                plain: formatFloat(1500000, {digits: [0, 0]}),
                short: `${formatFloat(1.5, {digits: [0, 1]})}M`,
            })
        );
    }
    if (amount < 0) {
        throw new InvalidNumberError(_t("“%s” is negative", text.trim()));
    }
    return amount;
}

/** A symbol stands before a number, or behind it. */
function withoutSymbol(written, symbol) {
    if (!symbol) {
        return written;
    }
    const mark = escapeRegExp(symbol);
    return written
        .replace(new RegExp(`^([-+]?) ?${mark} ?`), "$1")
        .replace(new RegExp(` ?${mark}$`), "");
}

/**
 * @param {string} written without the symbol and needless blanks
 * @returns {number} NaN for what is not clearly a number
 */
function parseWritten(written) {
    const [, number, word] = /^(.*?)\s*(?:(\p{L}+)\.?)?$/u.exec(written);
    if (!/^[-+=(]?[\d.,]/.test(number) || isMisgrouped(number)) {
        return NaN;
    }
    if (!word) {
        return parseNumber(number);
    }
    const power = POWERS[word.toLowerCase()];
    if (!power || /[=\p{L}]/u.test(number)) {
        return NaN;
    }
    // moves the mark of the decimal number: 1.1 times a million is no whole number
    return Number(`${parseNumber(number)}e${power}`);
}

/**
 * Whether what groups thousands stands where it groups none.
 */
function isMisgrouped(written) {
    const separator = localization.thousandsSep?.trim();
    if (!separator) {
        return false;
    }
    const mark = escapeRegExp(separator);
    return new RegExp(`${mark}(?!\\d{3}(\\D|$)|\\d{2}${mark})`).test(written);
}

function parseNumber(written) {
    try {
        return parseFloat(written);
    } catch {
        // neither a number nor, after "=", an expression
        return NaN;
    }
}
