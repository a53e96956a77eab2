import {AmountFormat} from "../figures/figures";
import {
    Component,
    onWillStart,
    useEffect,
    useExternalListener,
    useRef,
    useState,
} from "@odoo/owl";
import {SheetRow, rowTotal} from "./sheet_row";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {everyFold, shownRows} from "../folding/folding";
import {parseAmount, parseBlock} from "./clipboard";
import {AlertDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {InvalidNumberError} from "@web/views/fields/parsers";
import {Layout} from "@web/search/layout";
import {Pager} from "@web/core/pager/pager";
import {SheetModel} from "./sheet_model";
import {_t} from "@web/core/l10n/translation";
import {getCurrency} from "@web/core/currency";
import {rangeAround} from "../period_range/period_range";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const PAGE_ROWS = 300;
const SCREEN_ROWS = 12;
// A message names no more cells than one can read.
const NAMED_CELLS = 8;

function isCharacter(ev) {
    return ev.key.length === 1 && !ev.ctrlKey && !ev.metaKey && !ev.altKey;
}

/**
 * Targets of a whole tree and year, typed and pasted as in a spreadsheet.
 */
export class TargetSheet extends Component {
    static template = "crm_territory_forecast.TargetSheet";
    static components = {Layout, Pager, SheetRow};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.notification = useService("notification");
        this.ui = useService("ui");
        this.gridRef = useRef("grid");
        // keys between the one that begins an edit and the drawing of its field
        this.typedAhead = "";
        this.model = useState(new SheetModel(this.orm));
        const context = this.props.action.context || {};
        this.state = useState({
            forecasts: [],
            forecastId: context.default_forecast_id || false,
            year: false,
            offset: 0,
            territoryId: context.active_model === "crm.territory" && context.active_id,
            folded: {},
            hasLastYear: false,
            // where one is, and where the selection began: {key, column}
            cursor: null,
            anchor: null,
            // an edit of the cell under the cursor: {text, isReplacing}
            edit: null,
            ...this.props.state?.targetSheet,
        });
        useSetupAction({
            beforeLeave: () => this.finish(),
            getLocalState: () => {
                const {forecastId, year, offset, territoryId} = this.state;
                const {folded, hasLastYear} = this.state;
                return {
                    targetSheet: {
                        ...{forecastId, year, offset, territoryId},
                        ...{folded, hasLastYear},
                    },
                };
            },
        });
        useExternalListener(window, "mouseup", () => {
            this.isDragging = false;
        });
        useEffect(
            () => this.showCursor(),
            () => [this.state.cursor?.key, this.state.cursor?.column, this.state.edit]
        );
        onWillStart(() => this.start());
    }

    // Loading -----------------------------------------------------------------

    async start() {
        const frame = await this.orm.call("crm.territory.forecast", "get_frame", []);
        this.state.forecasts = frame.forecasts;
        this.state.forecastId ||= frame.default_id;
        if (this.forecast) {
            this.state.year ||= this.yearOfToday();
            await this.load();
        }
    }

    async load() {
        this.state.cursor = this.state.anchor = this.state.edit = null;
        await this.model.load(this.state.forecastId, {
            year: this.state.year,
            territory_id: this.state.territoryId,
            offset: this.state.offset,
            limit: PAGE_ROWS,
            tree: "today",
        });
        this.format = new AmountFormat(this.forecast);
    }

    yearOfToday() {
        return rangeAround("year", Number(this.forecast.fiscal_month)).date_from;
    }

    // What shows --------------------------------------------------------------

    get forecast() {
        return this.state.forecasts.find(({id}) => id === this.state.forecastId);
    }

    get page() {
        return this.model.page;
    }

    get periods() {
        return this.page.periods;
    }

    get rows() {
        return shownRows(this.page.rows, this.state.folded);
    }

    get canEdit() {
        return this.page.rows.some(({cells}) => cells.some(({can_edit}) => can_edit));
    }

    get isSaving() {
        return this.model.pending > 0;
    }

    get total() {
        return rowTotal(this.page.total);
    }

    get symbol() {
        return this.forecast.is_monetary
            ? getCurrency(this.forecast.currency_id)?.symbol || ""
            : "";
    }

    /**
     * The selected rectangle, in shown rows and columns; null without a cursor.
     */
    get selection() {
        const {cursor, anchor} = this.state;
        if (!cursor) {
            return null;
        }
        const rows = this.rows;
        const positions = [cursor, anchor || cursor].map(({key}) =>
            rows.findIndex((row) => row.key === key)
        );
        const columns = [cursor.column, (anchor || cursor).column];
        return {
            rows: rows.slice(Math.min(...positions), Math.max(...positions) + 1),
            firstRow: Math.min(...positions),
            from: Math.min(...columns),
            to: Math.max(...columns),
        };
    }

    isFolded(row) {
        return Boolean(this.state.folded[row.key]);
    }

    /**
     * What a row has to know of cursor and selection.
     */
    marksOf(row, selection) {
        const isCursorRow = this.state.cursor?.key === row.key;
        const isSelected = selection && selection.rows.includes(row);
        return {
            cursor: isCursorRow ? this.state.cursor.column : -1,
            selectedFrom: isSelected ? selection.from : -1,
            selectedTo: isSelected ? selection.to : -2,
            edit: isCursorRow && this.state.edit ? this.state.edit.text : null,
        };
    }

    /**
     * What is to be said of the cell under the cursor, and of the selected ones.
     */
    get cursorNotes() {
        const {cursor} = this.state;
        if (!cursor) {
            return [];
        }
        const row = this.model.row(cursor.key);
        const cell = row.cells[cursor.column];
        const {format} = this;
        const notes = [
            cell.amount === null
                ? _t("Target not set")
                : _t("Target: %s", format.full(cell.amount)),
        ];
        if (cell.parts !== null) {
            notes.push(_t("Of those below: %s", format.full(cell.parts)));
        }
        if (cell.mismatch) {
            notes.push(
                cell.mismatch > 0
                    ? _t("Not given to those below: %s", format.full(cell.mismatch))
                    : _t("Those below have more: %s", format.full(-cell.mismatch))
            );
        }
        if (cell.last_year_won !== null) {
            notes.push(_t("Won a year before: %s", format.full(cell.last_year_won)));
        }
        if (!cell.can_edit) {
            notes.push(_t("Read-only"));
        }
        const selected = this.selectedCells();
        if (selected.length > 1) {
            const sum = selected.reduce((all, one) => all + (one.cell.amount ?? 0), 0);
            notes.push(_t("Sum of the selection: %s", format.full(sum)));
        }
        return notes;
    }

    get cursorName() {
        const {cursor} = this.state;
        return cursor && this.cellName(this.model.row(cursor.key), cursor.column);
    }

    get cursorId() {
        const {cursor} = this.state;
        return cursor ? `crm_territory_cell_${cursor.key}_${cursor.column}` : false;
    }

    cellName(row, column) {
        return _t("%(territory)s, %(period)s", {
            territory: row.name,
            period: this.periods[column].label,
        });
    }

    get pagerProps() {
        return {
            offset: this.state.offset,
            limit: PAGE_ROWS,
            total: this.page.count,
            isEditable: false,
            onUpdate: async ({offset}) => {
                await this.finish();
                this.state.offset = offset;
                await this.load();
            },
        };
    }

    // What is shown -----------------------------------------------------------

    async setForecast(value) {
        await this.finish();
        this.state.forecastId = Number(value);
        this.state.year = this.yearOfToday();
        this.state.offset = 0;
        await this.load();
    }

    async moveYear(steps) {
        await this.finish();
        const start = deserializeDate(this.state.year);
        this.state.year = serializeDate(start.plus({years: steps}));
        await this.load();
    }

    async showWholeTree() {
        await this.finish();
        this.state.territoryId = false;
        this.state.offset = 0;
        await this.load();
    }

    toggleRow(key) {
        this.commit();
        this.state.folded[key] = !this.state.folded[key];
        if (this.state.cursor && this.selection.firstRow < 0) {
            this.place(key, this.state.cursor.column);
        }
    }

    foldAll() {
        this.commit();
        this.state.cursor = this.state.anchor = null;
        this.state.folded = everyFold(this.page.rows);
    }

    unfoldAll() {
        this.state.folded = {};
    }

    toggleLastYear() {
        this.state.hasLastYear = !this.state.hasLastYear;
    }

    /**
     * Open a wizard on the year that shows, and read the page again afterwards.
     */
    async openWizard(model, name) {
        await this.finish();
        const {cursor} = this.state;
        const row = cursor && this.model.row(cursor.key);
        await this.action.doAction(
            {
                type: "ir.actions.act_window",
                name,
                res_model: model,
                views: [[false, "form"]],
                target: "new",
                context: {
                    default_forecast_id: this.state.forecastId,
                    default_date_start: this.state.year,
                    default_territory_id: row
                        ? row.territory_id
                        : this.state.territoryId,
                    default_user_id: row && row.user_id,
                },
            },
            {onClose: () => this.model.read()}
        );
    }

    spread() {
        return this.openWizard("crm.territory.forecast.spread", _t("Spread Targets"));
    }

    copyLastYear() {
        return this.openWizard("crm.territory.forecast.copy", _t("Copy Targets"));
    }

    // The cursor --------------------------------------------------------------

    /**
     * Put the cursor on a cell; with ``isExtending`` the selection reaches to it.
     */
    place(key, column, isExtending = false) {
        this.state.cursor = {key, column};
        if (!isExtending) {
            this.state.anchor = {key, column};
        }
    }

    /**
     * Move the cursor by shown rows and columns, as far as the sheet goes.
     */
    move(rowSteps, columnSteps, isExtending = false) {
        const rows = this.rows;
        const {cursor} = this.state;
        const bounded = (value, count) => Math.max(0, Math.min(count - 1, value));
        const from = rows.findIndex(({key}) => key === cursor.key);
        this.place(
            rows[bounded(from + rowSteps, rows.length)].key,
            bounded(cursor.column + columnSteps, this.periods.length),
            isExtending
        );
    }

    /**
     * To the next cell, row by row; returns whether there is one.
     */
    moveAlong(steps) {
        const rows = this.rows;
        const {cursor} = this.state;
        const width = this.periods.length;
        const row = rows.findIndex(({key}) => key === cursor.key);
        const position = row * width + cursor.column + steps;
        if (position < 0 || position >= rows.length * width) {
            return false;
        }
        this.place(rows[Math.floor(position / width)].key, position % width);
        return true;
    }

    showCursor() {
        const grid = this.gridRef.el;
        const cell = grid?.querySelector(".o_crm_territory_cursor");
        if (!cell) {
            return;
        }
        cell.scrollIntoView({block: "nearest", inline: "nearest"});
        const input = cell.querySelector("input");
        if (input && input !== document.activeElement) {
            input.value += this.typedAhead;
            this.state.edit.text = input.value;
            this.typedAhead = "";
            input.focus();
            input.setSelectionRange(input.value.length, input.value.length);
        }
    }

    selectedCells() {
        const {rows, from, to} = this.selection;
        const cells = [];
        for (const row of rows) {
            for (let column = from; column <= to; column++) {
                cells.push({row, column, cell: row.cells[column]});
            }
        }
        return cells;
    }

    // Editing -----------------------------------------------------------------

    /**
     * Begin to edit the cell under the cursor, with its amount or with what is typed.
     */
    beginEdit(text) {
        const {cursor} = this.state;
        const {amount, can_edit} = this.model.row(cursor.key).cells[cursor.column];
        if (!can_edit) {
            this.sayReadOnly([
                this.cellName(this.model.row(cursor.key), cursor.column),
            ]);
            return;
        }
        this.state.anchor = {...cursor};
        this.state.edit = {
            text: text ?? (amount === null ? "" : this.format.typed(amount)),
            isReplacing: text !== undefined,
        };
    }

    endEdit() {
        this.state.edit = null;
        this.typedAhead = "";
        this.gridRef.el?.focus({preventScroll: true});
    }

    /**
     * Take over what is written in the edited cell; returns whether it is an amount.
     */
    commit() {
        if (!this.state.edit) {
            return true;
        }
        const text = this.state.edit.text + this.typedAhead;
        const {key, column} = this.state.cursor;
        let amount = null;
        try {
            amount = parseAmount(text, this.symbol);
        } catch (error) {
            if (!(error instanceof InvalidNumberError)) {
                throw error;
            }
            this.sayErrors([
                _t("%(cell)s: %(problem)s", {
                    cell: this.cellName(this.model.row(key), column),
                    problem: error.message,
                }),
            ]);
            return false;
        }
        this.endEdit();
        this.model.change([{key, column, amount}], "typed");
        return true;
    }

    /**
     * Before something else shows: what is being written is taken over, all is saved.
     */
    async finish() {
        if (!this.commit()) {
            this.endEdit();
        }
        await this.model.whenSaved();
    }

    clearSelection() {
        const cells = this.selectedCells().filter(({cell}) => cell.amount !== null);
        const locked = cells.filter(({cell}) => !cell.can_edit);
        if (locked.length) {
            this.sayReadOnly(locked.map(({row, column}) => this.cellName(row, column)));
            return;
        }
        this.model.change(
            cells.map(({row, column}) => ({key: row.key, column, amount: null})),
            "typed"
        );
    }

    async undo() {
        const back = await this.model.undo();
        if (!back) {
            this.notification.add(_t("There is nothing to undo."), {type: "info"});
        }
    }

    // The clipboard -----------------------------------------------------------

    onCopy(ev) {
        if (this.state.edit || !this.state.cursor) {
            return;
        }
        const {rows, from, to} = this.selection;
        const lines = rows.map((row) =>
            row.cells
                .slice(from, to + 1)
                .map(({amount}) => (amount === null ? "" : this.format.typed(amount)))
                .join("\t")
        );
        // one empty cell is a new line: nothing at all would be no text
        ev.clipboardData.setData("text/plain", lines.join("\n") || "\n");
        ev.preventDefault();
    }

    onPaste(ev) {
        if (this.state.edit || !this.state.cursor) {
            return;
        }
        ev.preventDefault();
        const text = ev.clipboardData.getData("text/plain");
        // an empty cell of a spreadsheet is a new line; nothing at all is a picture
        if (text) {
            this.paste(parseBlock(text));
        }
    }

    /**
     * Write a block from the upper left cell of the selection on: all of it or nothing.
     */
    paste(block) {
        const {changes, problems} = this.readBlock(block);
        if (problems.length) {
            this.sayErrors(problems);
            return;
        }
        const last = changes[changes.length - 1];
        this.place(changes[0].key, changes[0].column);
        this.place(last.key, last.column, true);
        this.model.change(changes, "pasted");
    }

    /**
     * What a pasted block would change, and what is wrong with it, cell by cell.
     *
     * One single amount fills the whole selection.
     */
    readBlock(block) {
        const {rows: selectedRows, firstRow, from, to} = this.selection;
        const isSingle = block.length === 1 && block[0].length === 1;
        const height = isSingle ? selectedRows.length : block.length;
        const width = isSingle
            ? to - from + 1
            : Math.max(...block.map((line) => line.length));
        const rows = this.rows.slice(firstRow, firstRow + height);
        if (rows.length < height || from + width > this.periods.length) {
            return {
                changes: [],
                problems: [
                    _t(
                        "%(rows)s rows and %(columns)s columns do not fit into the sheet from %(cell)s on.",
                        {
                            rows: height,
                            columns: width,
                            cell: this.cellName(rows[0], from),
                        }
                    ),
                ],
            };
        }
        const changes = [];
        const problems = [];
        rows.forEach((row, line) => {
            for (let step = 0; step < width; step++) {
                const text = isSingle ? block[0][0] : (block[line][step] ?? "");
                const column = from + step;
                const cell = row.cells[column];
                let problem = "";
                try {
                    const amount = parseAmount(text, this.symbol);
                    if (!cell.can_edit && amount !== cell.amount) {
                        problem = _t("you may not change this target");
                    }
                    changes.push({key: row.key, column, amount});
                } catch (error) {
                    if (!(error instanceof InvalidNumberError)) {
                        throw error;
                    }
                    problem = error.message;
                }
                if (problem) {
                    problems.push(
                        _t("%(cell)s: %(problem)s", {
                            cell: this.cellName(row, column),
                            problem,
                        })
                    );
                }
            }
        });
        return {changes, problems};
    }

    // Messages ----------------------------------------------------------------

    sayErrors(problems) {
        const named = problems.slice(0, NAMED_CELLS);
        const rest = problems.length - named.length;
        if (rest) {
            named.push(_t("… and %s more", rest));
        }
        // the dialog takes the focus, which is no reason to judge the edit again
        this.isTelling = true;
        this.dialog.add(
            AlertDialog,
            {
                title: _t("Nothing was changed"),
                body: named.join("\n"),
                contentClass: "o_crm_territory_sheet_problems",
            },
            {
                onClose: () => {
                    this.isTelling = false;
                    this.focusSheet();
                },
            }
        );
    }

    sayReadOnly(cells) {
        const named = cells.slice(0, NAMED_CELLS).join("; ");
        this.notification.add(_t("You may not change: %s", named), {type: "warning"});
    }

    // What the browser tells --------------------------------------------------

    focusSheet() {
        const input = this.gridRef.el?.querySelector(".o_crm_territory_input");
        (input || this.gridRef.el)?.focus({preventScroll: true});
    }

    /**
     * The cell that an event is about: {key, column}, or null.
     */
    cellOf(ev) {
        const cell = ev.target.closest(".o_crm_territory_cell");
        if (!cell) {
            return null;
        }
        return {
            key: cell.closest("tr").dataset.key,
            column: Number(cell.dataset.column),
        };
    }

    onMouseDown(ev) {
        const cell = this.cellOf(ev);
        if (!cell || ev.button !== 0 || ev.target.closest("input")) {
            return;
        }
        ev.preventDefault();
        if (!this.commit()) {
            return;
        }
        this.gridRef.el.focus({preventScroll: true});
        const {cursor} = this.state;
        const isSame = cursor?.key === cell.key && cursor.column === cell.column;
        this.place(cell.key, cell.column, ev.shiftKey);
        this.isDragging = true;
        // a phone has neither keys nor double clicks: a second touch edits
        if (isSame && this.ui.isSmall) {
            this.beginEdit();
        }
    }

    onMouseOver(ev) {
        const cell = this.isDragging && !this.state.edit && this.cellOf(ev);
        if (cell) {
            this.place(cell.key, cell.column, true);
        }
    }

    onClick(ev) {
        const fold = ev.target.closest(".o_crm_territory_fold");
        if (fold) {
            this.toggleRow(fold.closest("tr").dataset.key);
        }
    }

    onDoubleClick(ev) {
        if (this.cellOf(ev) && !this.state.edit) {
            this.beginEdit();
        }
    }

    onFocus() {
        if (!this.state.cursor && this.rows.length) {
            this.place(this.rows[0].key, 0);
        }
    }

    onFocusOut(ev) {
        const isLeft = ev.target.matches("input") && ev.relatedTarget;
        if (this.state.edit && isLeft && !this.isTelling) {
            this.commit();
        }
    }

    /** A row that is drawn again, as when a save ends meanwhile, shows the edit's text. */
    onInput(ev) {
        if (this.state.edit) {
            this.state.edit.text = ev.target.value;
        }
    }

    onKeydown(ev) {
        if (!this.state.cursor || ev.target.closest("button")) {
            return;
        }
        const isHandled = this.state.edit
            ? this.onEditKey(ev)
            : this.onCommandKey(ev) || this.onMoveKey(ev) || this.onTypedKey(ev);
        if (isHandled) {
            ev.preventDefault();
            ev.stopPropagation();
        }
    }

    onEditKey(ev) {
        if (ev.key === "Escape") {
            this.endEdit();
            return true;
        }
        if (isCharacter(ev) && !ev.target.closest("input")) {
            this.typedAhead += ev.key;
            return true;
        }
        const isArrow = this.state.edit.isReplacing && ev.key.startsWith("Arrow");
        if (ev.key !== "Enter" && ev.key !== "Tab" && !isArrow) {
            return false;
        }
        return !this.commit() || this.onMoveKey(ev);
    }

    onCommandKey(ev) {
        const isCommand = ev.ctrlKey || ev.metaKey;
        if (isCommand && ev.key.toLowerCase() === "z") {
            this.undo();
        } else if (isCommand && ev.key.toLowerCase() === "a") {
            const rows = this.rows;
            this.state.anchor = {key: rows[0].key, column: 0};
            this.state.cursor = {
                key: rows[rows.length - 1].key,
                column: this.periods.length - 1,
            };
        } else if (isCommand || ev.altKey) {
            return false;
        } else if (ev.key === "F2") {
            this.beginEdit();
        } else if (ev.key === "Delete" || ev.key === "Backspace") {
            this.clearSelection();
        } else if (ev.key === " ") {
            const row = this.model.row(this.state.cursor.key);
            if (row.has_children) {
                this.toggleRow(row.key);
            }
        } else if (ev.key === "Escape") {
            this.state.anchor = {...this.state.cursor};
        } else {
            return false;
        }
        return true;
    }

    onMoveKey(ev) {
        if (ev.altKey) {
            return false;
        }
        const isFar = ev.ctrlKey || ev.metaKey;
        const rows = isFar ? this.page.rows.length : 1;
        const columns = isFar ? this.periods.length : 1;
        const steps = {
            ArrowUp: [-rows, 0],
            ArrowDown: [rows, 0],
            ArrowLeft: [0, -columns],
            ArrowRight: [0, columns],
            PageUp: [-SCREEN_ROWS, 0],
            PageDown: [SCREEN_ROWS, 0],
            Home: [isFar ? -this.page.rows.length : 0, -this.periods.length],
            End: [isFar ? this.page.rows.length : 0, this.periods.length],
        }[ev.key];
        if (steps) {
            this.move(...steps, ev.shiftKey);
            return true;
        }
        if (ev.key === "Enter") {
            this.move(ev.shiftKey ? -1 : 1, 0);
            return true;
        }
        // from the last cell Tab leaves the sheet
        return ev.key === "Tab" && this.moveAlong(ev.shiftKey ? -1 : 1);
    }

    onTypedKey(ev) {
        if (isCharacter(ev)) {
            this.beginEdit(ev.key);
        }
        return isCharacter(ev);
    }
}

registry.category("actions").add("crm_territory_forecast.sheet", TargetSheet);
