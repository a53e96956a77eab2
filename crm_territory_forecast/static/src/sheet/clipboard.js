import {InvalidNumberError, parseFloat} from "@web/views/fields/parsers";
import {_t} from "@web/core/l10n/translation";
import {escapeRegExp} from "@web/core/utils/strings";
import {localization} from "@web/core/l10n/localization";

/**
 * The cells of a block that a spreadsheet put on the clipboard: rows end with a new
 * line, cells with a tab, and a cell that holds either is in double quotes.
 *
 * @param {string} text
 * @returns {string[][]}
 */
export function parseBlock(text) {
    const lines = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
    const rows = [[""]];
    let isQuoted = false;
    for (let index = 0; index < lines.length; index++) {
        const letter = lines[index];
        const row = rows[rows.length - 1];
        const last = row.length - 1;
        if (isQuoted) {
            if (letter !== '"') {
                row[last] += letter;
            } else if (lines[index + 1] === '"') {
                row[last] += letter;
                index++;
            } else {
                isQuoted = false;
            }
        } else if (letter === '"' && row[last] === "") {
            isQuoted = true;
        } else if (letter === "\t") {
            row.push("");
        } else if (letter === "\n") {
            rows.push([""]);
        } else {
            row[last] += letter;
        }
    }
    return rows;
}

/**
 * The amount that a user wrote, in the notation of the own language; null for none.
 *
 * A currency symbol is no obstacle. What is not clearly an amount is refused, rather
 * than read as another one: "1234.5" where the dot groups thousands.
 *
 * @param {string} text
 * @param {string} [symbol] of the currency
 * @returns {number|null}
 * @throws {InvalidNumberError} with what is wrong
 */
export function parseAmount(text, symbol = "") {
    let written = text.replaceAll(/[\s\u00A0\u202F]+/g, " ").trim();
    if (symbol) {
        written = written.replace(symbol, "").trim();
    }
    if (written === "") {
        return null;
    }
    const separator = localization.thousandsSep?.trim();
    const mark = separator && escapeRegExp(separator);
    const misgrouped = separator
        ? new RegExp(`${mark}(?!\\d{3}(\\D|$)|\\d{2}${mark})`)
        : null;
    const amount =
        /^[-+=(]?[\d.,]/.test(written) && !misgrouped?.test(written)
            ? parseWritten(written)
            : NaN;
    if (!Number.isFinite(amount)) {
        throw new InvalidNumberError(_t("“%s” is not a number", text.trim()));
    }
    if (amount < 0) {
        throw new InvalidNumberError(_t("“%s” is negative", text.trim()));
    }
    return amount;
}

function parseWritten(written) {
    try {
        return parseFloat(written);
    } catch {
        // neither a number nor, after "=", an expression
        return NaN;
    }
}
