import {reactive, useEffect} from "@odoo/owl";
import {movedBy} from "./grid_moves";

const NAME = -1;

class BoardCursor {
    constructor(tableRef, onKey) {
        this.tableRef = tableRef;
        this.onKey = onKey;
        // {key, figure, column}
        this.place = null;
        this.stop = null;
        // what is said of the cell that has the focus
        this.note = reactive({text: ""});
    }

    get bodies() {
        return [...(this.tableRef.el?.tBodies || [])];
    }

    linesOf(body) {
        return [...body.rows].filter((line) => line.querySelector("td"));
    }

    get size() {
        const [first] = this.bodies;
        const lines = first ? this.linesOf(first) : [];
        return {
            rows: this.bodies.length,
            lines: lines.length,
            columns: lines.length ? lines[0].querySelectorAll("td").length : 0,
        };
    }

    /** The position of the place, or of what is left of it: {row, line, column}. */
    get position() {
        const {bodies, place} = this;
        const row = bodies.findIndex(({dataset}) => dataset.key === place?.key);
        if (row < 0) {
            return {row: 0, line: 0, column: NAME};
        }
        const line = this.linesOf(bodies[row]).findIndex(
            (one) => one.dataset.figure === place.figure
        );
        const {columns} = this.size;
        return {
            row,
            line: Math.max(0, line),
            column: Math.min(place.column, columns - 1),
        };
    }

    /** What takes the focus at a position. */
    elementAt({row, line, column}) {
        const body = this.bodies[row];
        if (!body) {
            return null;
        }
        if (column === NAME) {
            const name = body.querySelector(".o_crm_territory_row_name");
            return name?.querySelector(".o_crm_territory_fold") || name;
        }
        const cell = this.linesOf(body)[line]?.querySelectorAll("td")[column];
        return cell?.querySelector("button") || cell;
    }

    placeAt({row, line, column}) {
        const body = this.bodies[row];
        const {figure} = this.linesOf(body)[line]?.dataset || {};
        return {key: body.dataset.key, figure, column};
    }

    placeOf(element) {
        const {key} = element.closest("tbody").dataset;
        const line = element.closest("tr");
        const cell = element.closest("td");
        return {
            key,
            figure: cell ? line.dataset.figure : this.place?.figure,
            column: cell ? [...line.querySelectorAll("td")].indexOf(cell) : NAME,
        };
    }

    /** Make the place the only tab stop. */
    mark() {
        const element = this.elementAt(this.position);
        if (this.stop && this.stop !== element) {
            this.stop.tabIndex = -1;
        }
        if (element) {
            element.tabIndex = 0;
        }
        this.stop = element;
        if (element && element === document.activeElement) {
            this.note.text = this.noteOf(element);
        }
    }

    focus() {
        this.mark();
        this.stop?.focus();
    }

    /** When a popover goes that has the focus, or had it. */
    regainFocus() {
        const {activeElement, body} = document;
        if (activeElement === body || activeElement.closest(".o_popover")) {
            this.focus();
        }
    }

    onFocusIn(ev) {
        const element = ev.target.closest("button, td, .o_crm_territory_row_name");
        if (element && element.closest("tbody")) {
            this.place = this.placeOf(element);
            this.mark();
            this.note.text = this.noteOf(this.stop);
        }
    }

    noteOf(element) {
        const titled = element.title ? element : element.querySelector("[title]");
        return (titled?.title || "").replaceAll("\n", " · ");
    }

    onKeydown(ev) {
        const position = this.stop && movedBy(ev, this.position, this.size);
        if (position) {
            this.place = this.placeAt(position);
            this.focus();
        }
        if (position || this.onKey(ev, ev.target.closest("td"))) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }
}

/**
 * One tab stop in the board, and arrow keys from cell to cell.
 *
 * Where one is, is a row's key, a figure's key and a column: it stays there when rows
 * fold and figures come and go. What has the focus says its title below the board.
 *
 * @param {{el: HTMLElement}} tableRef
 * @param {(ev: KeyboardEvent, cell: HTMLElement) => boolean} onKey takes the keys that
 *  do not move, and the cell they are pressed in; whether it is done with them
 */
export function useBoardCursor(tableRef, onKey) {
    const cursor = new BoardCursor(tableRef, onKey);
    useEffect(() => cursor.mark());
    return cursor;
}
