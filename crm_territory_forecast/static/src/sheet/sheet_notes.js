import {_t} from "@web/core/l10n/translation";

/**
 * What is to be said of the cell under the cursor, and of the selected ones.
 *
 * @param {SheetEditor} editor
 * @returns {string[]}
 */
export function cursorNotes(editor) {
    if (!editor.cursor) {
        return [];
    }
    const {format} = editor;
    const cell = editor.cursorCell;
    const notes = [
        cell.amount === null
            ? _t("Target not set")
            : _t("Target: %s", format.full(cell.amount)),
    ];
    if (cell.parts !== null) {
        notes.push(_t("Of those below: %s", format.full(cell.parts)));
    }
    if (cell.mismatch) {
        notes.push(mismatchNote(cell.mismatch, format));
    }
    if (cell.last_year_won !== null) {
        notes.push(_t("Won a year before: %s", format.full(cell.last_year_won)));
    }
    if (!cell.can_edit) {
        notes.push(...editor.refusalsOf([editor.cursor]));
    }
    const selected = editor.selectedCells();
    if (selected.length > 1) {
        const sum = selected.reduce((all, one) => all + (one.cell.amount ?? 0), 0);
        notes.push(_t("Sum of the selection: %s", format.full(sum)));
    }
    return notes;
}

function mismatchNote(mismatch, format) {
    return mismatch > 0
        ? _t("Not given to those below: %s", format.full(mismatch))
        : _t("Those below have more: %s", format.full(-mismatch));
}
