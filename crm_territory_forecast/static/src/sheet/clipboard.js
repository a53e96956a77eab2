import {InvalidNumberError} from "@web/views/fields/parsers";
import {positionsIn} from "./selection";

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
 * Cells as a spreadsheet takes them from the clipboard.
 *
 * @param {string[][]} block
 */
export function writeBlock(block) {
    // one empty cell is a new line: nothing at all would be no text
    return block.map((line) => line.join("\t")).join("\n") || "\n";
}

/**
 * Where a block goes that is pasted into a selection: from its upper left cell on. A
 * single cell fills the whole selection.
 *
 * @param {string[][]} block
 * @param {Object} selection a rectangle
 * @returns {{top: number, bottom: number, left: number, right: number}}
 */
export function pastedRectangle(block, selection) {
    if (block.length === 1 && block[0].length === 1) {
        return selection;
    }
    const {top, left} = selection;
    const width = Math.max(...block.map((line) => line.length));
    return {top, left, bottom: top + block.length - 1, right: left + width - 1};
}

/**
 * The amounts of a block, at the positions of a rectangle; what is no amount is told.
 *
 * @param {string[][]} block
 * @param {Object} target a rectangle, as pastedRectangle gives it
 * @param {(text: string) => (number|null)} read throws InvalidNumberError
 * @returns {{amounts: {row, column, amount}[], invalid: {row, column, problem}[]}}
 */
export function readBlock(block, target, read) {
    const isSingle = block.length === 1 && block[0].length === 1;
    const amounts = [];
    const invalid = [];
    for (const {row, column} of positionsIn(target)) {
        const text = isSingle
            ? block[0][0]
            : (block[row - target.top][column - target.left] ?? "");
        try {
            amounts.push({row, column, amount: read(text)});
        } catch (error) {
            if (!(error instanceof InvalidNumberError)) {
                throw error;
            }
            invalid.push({row, column, problem: error.message});
        }
    }
    return {amounts, invalid};
}
