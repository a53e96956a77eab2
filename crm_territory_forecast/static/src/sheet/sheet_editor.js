import {pastedRectangle, readBlock, writeBlock} from "./clipboard";
import {problemLines, refusalLines} from "./refusals";
import {InvalidNumberError} from "@web/views/fields/parsers";
import {SheetCursor} from "./sheet_cursor";
import {_t} from "@web/core/l10n/translation";
import {parseAmount} from "../editing/amount_parser";

/**
 * What one does in the sheet, with keys, a mouse or the clipboard: edits, clears, pastes,
 * undoes. It knows nothing of how that is drawn.
 */
export class SheetEditor extends SheetCursor {
    /**
     * @param {SheetModel} model
     * @param {Object} tell ``refused(lines)`` what may not be changed, ``invalid(lines)``
     *  what is no amount
     */
    constructor(model, tell) {
        super(model);
        this.tell = tell;
    }

    reset() {
        super.reset();
        this.edit = null;
        // keys between the one that begins an edit and the drawing of its field
        this.typedAhead = "";
    }

    /**
     * @param {AmountFormat} format how amounts are written
     * @param {string} symbol of the currency, which is no part of them
     */
    setNotation(format, symbol) {
        this.format = format;
        this.symbol = symbol;
    }

    // The edit of a cell ------------------------------------------------------

    /** Begin to edit under the cursor, with its amount or with what is typed. */
    beginEdit(text) {
        const {amount, can_edit} = this.cursorCell;
        if (!can_edit) {
            this.tell.refused(this.refusalsOf([this.cursor]));
            return;
        }
        this.shrink();
        this.edit = {
            text: text ?? (amount === null ? "" : this.format.typed(amount)),
            isReplacing: text !== undefined,
        };
    }

    endEdit() {
        this.edit = null;
        this.typedAhead = "";
    }

    /** Take over what is written in the edited cell; returns whether it is an amount. */
    commit() {
        if (!this.edit) {
            return true;
        }
        const {key, column} = this.cursor;
        let amount = null;
        try {
            amount = this.read(this.edit.text + this.typedAhead);
        } catch (error) {
            if (!(error instanceof InvalidNumberError)) {
                throw error;
            }
            const cell = this.cellName(this.cursorRow, column);
            this.tell.invalid(problemLines([{problem: error.message, cell}]));
            return false;
        }
        this.endEdit();
        this.model.change([{key, column, amount}], "typed");
        return true;
    }

    toggleRow(key) {
        this.commit();
        super.toggleRow(key);
    }

    /** Before something else shows: what is being written is taken over, all is saved. */
    async finish() {
        if (!this.commit()) {
            this.endEdit();
        }
        await this.model.whenSaved();
    }

    clearSelection() {
        const cells = this.selectedCells().filter(({cell}) => cell.amount !== null);
        const changes = cells.map(({row, column}) => ({
            ...{key: row.key, column},
            amount: null,
        }));
        const locked = changes.filter((change) => !this.isFree(change));
        if (locked.length) {
            this.tell.refused(this.refusalsOf(locked));
        } else {
            this.model.change(changes, "typed");
        }
    }

    // The clipboard -----------------------------------------------------------

    copied() {
        const {left, right} = this.selection;
        const width = right - left + 1;
        const texts = this.selectedCells().map(({cell: {amount}}) =>
            amount === null ? "" : this.format.typed(amount)
        );
        const lines = [];
        for (let start = 0; start < texts.length; start += width) {
            lines.push(texts.slice(start, start + width));
        }
        return writeBlock(lines);
    }

    /** Write a block from the upper left cell of the selection on: all or nothing. */
    paste(block) {
        const target = pastedRectangle(block, this.selection);
        const {rows, columns} = this.size;
        if (target.bottom >= rows || target.right >= columns) {
            this.tell.invalid([this.overflowText(target)]);
            return;
        }
        const {amounts, invalid} = readBlock(block, target, (text) => this.read(text));
        const shown = this.rows;
        const changes = amounts.map(({row, ...rest}) => ({
            key: shown[row].key,
            ...rest,
        }));
        const locked = changes.filter(
            (change) => !this.isFree(change) && change.amount !== this.amountAt(change)
        );
        const lines = [
            ...problemLines(
                invalid.map(({row, column, problem}) => ({
                    problem,
                    cell: this.cellName(shown[row], column),
                }))
            ),
            ...this.refusalsOf(locked),
        ];
        if (lines.length) {
            this.tell.invalid(lines);
            return;
        }
        this.select(target);
        this.model.change(changes, "pasted");
    }

    // Undo --------------------------------------------------------------------

    /** Whether what was undone shows here; null if there was nothing to undo. */
    async undo() {
        return this.showChanged(await this.model.undo());
    }

    /** Whether what was done again shows here; null if there was nothing. */
    async redo() {
        return this.showChanged(await this.model.redo());
    }

    /** Where something changed without being typed, there is the cursor. */
    showChanged(cells) {
        if (!cells) {
            return null;
        }
        const shown = new Set(this.rows.map(({key}) => key));
        const cell = cells.find(
            ({key, column}) => shown.has(key) && column !== undefined
        );
        if (cell && !this.edit) {
            this.place(cell.key, cell.column);
        }
        return Boolean(cell);
    }

    // What is said of cells ---------------------------------------------------

    read(text) {
        return parseAmount(text, this.symbol);
    }

    amountAt({key, column}) {
        return this.model.row(key).cells[column].amount;
    }

    isFree({key, column}) {
        return this.model.row(key).cells[column].can_edit;
    }

    /** Why cells, each with key and column, cannot be changed: a line per reason. */
    refusalsOf(cells) {
        return refusalLines(
            cells.map(({key, column}) => {
                const row = this.model.row(key);
                const of = row.user_id ? this.model.row(row.parent) : row;
                const period = this.model.page.periods[column];
                return {row, period, territory: (of || row).name};
            })
        );
    }

    overflowText({top, bottom, left, right}) {
        return _t(
            "%(rows)s rows and %(columns)s columns do not fit into the sheet from %(cell)s on.",
            {
                rows: bottom - top + 1,
                columns: right - left + 1,
                cell: this.cellName(this.rows[top], left),
            }
        );
    }

    cellName(row, column) {
        return _t("%(territory)s, %(period)s", {
            territory: row.name,
            period: this.model.page.periods[column].label,
        });
    }
}
