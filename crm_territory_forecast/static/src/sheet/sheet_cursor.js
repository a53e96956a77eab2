import {moved, movedAlong, positionsIn, rectangle} from "./selection";
import {shownRows} from "@crm_territory/folding/folding";

/**
 * Where one is in the sheet, and what is selected.
 *
 * Cursor and anchor, where the selection began, are {key, column}: they stay at their
 * row when others fold.
 */
export class SheetCursor {
    constructor(model) {
        this.model = model;
        this.folded = {};
        this.reset();
    }

    /** Before another page shows. */
    reset() {
        this.cursor = this.anchor = null;
    }

    get rows() {
        return shownRows(this.model.page.rows, this.folded);
    }

    get size() {
        return {rows: this.rows.length, columns: this.model.page.periods.length};
    }

    get cursorRow() {
        return this.model.row(this.cursor.key);
    }

    get cursorCell() {
        return this.cursorRow.cells[this.cursor.column];
    }

    /** The selected rectangle, in shown rows and columns; null without a cursor. */
    get selection() {
        return (
            this.cursor &&
            rectangle(
                this.positionOf(this.cursor),
                this.positionOf(this.anchor || this.cursor)
            )
        );
    }

    positionOf({key, column}) {
        return {row: this.rows.findIndex((row) => row.key === key), column};
    }

    /** What is at positions: {row, column, cell} of each. */
    cellsAt(positions) {
        const rows = this.rows;
        return positions.map(({row, column}) => ({
            row: rows[row],
            column,
            cell: rows[row].cells[column],
        }));
    }

    selectedCells() {
        return this.cellsAt(positionsIn(this.selection));
    }

    place(key, column, isExtending = false) {
        this.cursor = {key, column};
        if (!isExtending) {
            this.anchor = {key, column};
        }
    }

    placeAt({row, column}, isExtending) {
        this.place(this.rows[row].key, column, isExtending);
    }

    move(steps, isExtending) {
        const from = this.positionOf(this.cursor);
        this.placeAt(moved(from, steps, this.size), isExtending);
    }

    /** To the next cell, row by row; returns whether there is one. */
    moveAlong(steps) {
        const next = movedAlong(this.positionOf(this.cursor), steps, this.size);
        if (next) {
            this.placeAt(next);
        }
        return Boolean(next);
    }

    select({top, bottom, left, right}) {
        this.placeAt({row: top, column: left});
        this.placeAt({row: bottom, column: right}, true);
    }

    selectAll() {
        const {rows, columns} = this.size;
        this.select({top: 0, bottom: rows - 1, left: 0, right: columns - 1});
    }

    /** The selection to the cursor. */
    shrink() {
        this.anchor = {...this.cursor};
    }

    /** Hide or show what is below a row; cursor and selection stay at what shows. */
    toggleRow(key) {
        this.folded[key] = !this.folded[key];
        if (this.cursor && this.positionOf(this.cursor).row < 0) {
            this.place(key, this.cursor.column);
        }
        if (this.anchor && this.positionOf(this.anchor).row < 0) {
            this.shrink();
        }
    }
}
