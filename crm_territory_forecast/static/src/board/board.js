import {AmountFormat, allFigures, figureMeaning, progressOf} from "../figures/figures";
import {Component, markRaw, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {PeriodRange, rangeAround} from "../period_range/period_range";
import {everyFold, shownRows} from "@crm_territory/folding/folding";
import {BoardNote} from "./board_note";
import {BoardWords} from "./board_words";
import {CheckboxItem} from "@web/core/dropdown/checkbox_item";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {Introduction} from "../introduction/introduction";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {commandOf} from "../editing/keyboard";
import {getCurrency} from "@web/core/currency";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useBoardCalls} from "./board_calls";
import {useBoardCursor} from "./board_cursor";
import {useFigureOpener} from "../figures/figure_opener";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const SHOWN_AT_FIRST = [
    ...["target", "achieved", "achieved_rate", "open"],
    ...["overdue", "undated", "landing"],
];
// Lines that show only where there is something to say.
const SHOWN_IF_ANY = ["overdue", "undated"];
// A bigger tree opens folded to its upper levels.
const UNFOLDED_ROWS = 60;

/**
 * What comes of the targets: the tree of territories by periods, with every figure.
 */
export class ForecastBoard extends Component {
    static template = "crm_territory_forecast.Board";
    static components = {
        BoardNote,
        CheckboxItem,
        Dropdown,
        Introduction,
        Layout,
        PeriodRange,
    };
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.ui = useService("ui");
        this.openFigure = useFigureOpener();
        this.tableRef = useRef("table");
        this.cursor = useBoardCursor(this.tableRef, (ev, cell) => this.onKey(ev, cell));
        this.calls = useBoardCalls({
            onChange: () => this.load(),
            onClose: () => this.cursor.regainFocus(),
        });
        this.keepLast = new KeepLast();
        this.figures = allFigures();
        this.figureMeaning = figureMeaning;
        const context = this.props.action.context || {};
        this.state = useState({
            forecasts: [],
            forecastId: context.default_forecast_id || false,
            range: null,
            tree: "credited",
            hasMembers: false,
            territoryId: context.active_model === "crm.territory" && context.active_id,
            figureKeys: SHOWN_AT_FIRST,
            folded: null,
            board: null,
            ...this.props.state?.forecastBoard,
        });
        useSetupAction({
            getLocalState: () => {
                const {forecastId, range, tree, hasMembers} = this.state;
                const {territoryId, figureKeys, folded} = this.state;
                return {
                    forecastBoard: {
                        ...{forecastId, range, tree, hasMembers},
                        ...{territoryId, figureKeys, folded},
                    },
                };
            },
        });
        useEffect(
            () => this.showCurrentPeriod(),
            () => [this.state.board?.periods[0].key, this.state.board?.periods.length]
        );
        onWillStart(() => this.start());
    }

    // Loading -----------------------------------------------------------------

    async start() {
        const frame = await this.orm.call("crm.territory.forecast", "get_frame", []);
        this.state.forecasts = frame.forecasts;
        this.state.forecastId ||= frame.default_id;
        if (this.forecast) {
            this.state.range ||= this.rangeOfToday();
            await this.load();
        }
    }

    async load() {
        const board = await this.keepLast.add(
            this.orm.call("crm.territory.forecast", "get_board", [
                [this.state.forecastId],
                {
                    date_from: this.state.range.date_from,
                    date_to: this.state.range.date_to,
                    tree: this.state.tree,
                    territory_id: this.state.territoryId,
                    members: this.state.hasMembers,
                },
            ])
        );
        this.format = new AmountFormat(board.forecast);
        this.words = new BoardWords(this.format, this.state.range);
        this.state.folded ||= this.foldsAtFirst(board.rows);
        this.state.board = markRaw(board);
    }

    /**
     * Members hide, and in a long tree all that is below the second level.
     */
    foldsAtFirst(rows) {
        const isLong = rows.length > UNFOLDED_ROWS;
        const upper = isLong ? rows.filter(({level}) => level > 0) : [];
        return everyFold(upper);
    }

    rangeOfToday() {
        return rangeAround("year", this.fiscalMonth);
    }

    // What shows --------------------------------------------------------------

    get forecast() {
        return this.state.forecasts.find(({id}) => id === this.state.forecastId);
    }

    get fiscalMonth() {
        return Number(this.forecast.fiscal_month);
    }

    get rows() {
        return shownRows(this.state.board.rows, this.state.folded);
    }

    get periods() {
        return this.state.board.periods;
    }

    get shownFigures() {
        const {board, figureKeys} = this.state;
        return this.figures.filter(
            ({key}) =>
                figureKeys.includes(key) &&
                (!SHOWN_IF_ANY.includes(key) ||
                    board.rows.some(({total}) => total[key]))
        );
    }

    /**
     * The cells of a row: one for each period, and the one of the whole range.
     */
    cellsOf(row) {
        const cells = this.periods.map((period, index) => ({
            key: period.key,
            figures: row.cells[index],
            isClosed: period.is_closed,
            isCurrent: period.is_current,
            period,
        }));
        cells.push({
            key: "total",
            figures: row.total,
            isClosed: this.periods.every((period) => period.is_closed),
            isCurrent: false,
            period: null,
        });
        return cells;
    }

    get territoryName() {
        const root = this.state.board.rows.find(
            (row) => row.territory_id === this.state.territoryId && !row.user_id
        );
        return root ? root.name : _t("One territory");
    }

    menuClass(name, isChecked) {
        return `o_crm_territory_${name}${isChecked ? " selected" : ""}`;
    }

    foldTitle(row) {
        return this.state.folded[row.key] ? _t("Unfold") : _t("Fold");
    }

    progress(cell) {
        return progressOf(cell.figures, cell.isClosed);
    }

    barWidth(rate) {
        return Math.max(0, Math.min(100, Math.round(rate * 100)));
    }

    /**
     * Where not all periods fit, scroll to the current one.
     */
    showCurrentPeriod() {
        const table = this.tableRef.el;
        const current = table?.querySelector("thead .o_crm_territory_current");
        if (current) {
            const names = table.querySelector("thead .o_crm_territory_figure_name");
            const hidden = names.offsetLeft + names.offsetWidth;
            const scroller = table.parentElement;
            const right = current.offsetLeft + current.offsetWidth;
            if (right > scroller.clientWidth) {
                scroller.scrollLeft = current.offsetLeft - hidden;
            }
        }
    }

    // What one does -----------------------------------------------------------

    setForecast(value) {
        this.state.forecastId = Number(value);
        this.state.range = this.rangeOfToday();
        return this.load();
    }

    setRange(range) {
        this.state.range = range;
        return this.load();
    }

    setTree(tree) {
        this.state.tree = tree;
        return this.load();
    }

    toggleMembers() {
        this.state.hasMembers = !this.state.hasMembers;
        return this.load();
    }

    showWholeTree() {
        this.state.territoryId = false;
        this.state.folded = null;
        return this.load();
    }

    toggleFigure(key) {
        const keys = this.state.figureKeys;
        this.state.figureKeys = keys.includes(key)
            ? keys.filter((other) => other !== key)
            : [...keys, key];
    }

    toggleRow(row) {
        this.state.folded[row.key] = !this.state.folded[row.key];
    }

    foldAll() {
        this.state.folded = everyFold(this.state.board.rows);
    }

    unfoldAll() {
        this.state.folded = {};
    }

    /**
     * The opportunities of a figure; of a target, the targets that it is made of.
     */
    async open(row, cell, figure) {
        const {range} = this.state;
        const options = {
            territory_id: row.territory_id,
            user_id: row.user_id,
            date_from: cell.period ? cell.period.date_start : range.date_from,
            date_to: cell.period ? cell.period.date_end : range.date_to,
            tree: this.state.tree,
        };
        if (figure.key === "target") {
            return this.openFigure.targets(
                this.state.forecastId,
                options,
                _t("Targets of %s", row.name)
            );
        }
        return this.openFigure.opportunities(
            this.state.forecastId,
            {...options, figure: figure.key},
            _t("%(figure)s: %(territory)s, %(period)s", {
                figure: figure.name,
                territory: row.name,
                period: this.words.periodName(cell),
            })
        );
    }

    // Calls -------------------------------------------------------------------

    /**
     * Open the popover of a call at a cell of the table, or say why there is none.
     */
    editCall(element, row, cell, typed) {
        const refusal = this.words.callRefusal(row, cell);
        if (refusal) {
            this.calls.messages.refused([refusal]);
            return;
        }
        const {call} = cell.figures;
        this.calls.open(
            element,
            {
                place: {
                    forecastId: this.state.forecastId,
                    territory_id: row.territory_id,
                    user_id: row.user_id,
                    date_start: cell.period.date_start,
                },
                call,
                title: _t("%(territory)s, %(period)s", {
                    territory: row.name,
                    period: cell.period.label,
                }),
                amount: call ? this.format.typed(call.amount) : "",
                origin: call ? this.words.callOrigin(call) : "",
                symbol: this.symbol,
            },
            typed
        );
    }

    get symbol() {
        return this.forecast.is_monetary
            ? getCurrency(this.forecast.currency_id)?.symbol || ""
            : "";
    }

    /**
     * Keys that do not move: calls are written, undone and done again as targets are.
     */
    onKey(ev, element) {
        const command = commandOf(ev) || {};
        if (command.name === "undo" || command.name === "redo") {
            this.calls[command.name]();
            return true;
        }
        const isOpening = command.name === "type" || command.name === "edit";
        if (!isOpening || element?.dataset.figure !== "call") {
            return false;
        }
        if (!command.text || !this.calls.typeAhead(command.text)) {
            const key = element.closest("tbody").dataset.key;
            const row = this.rows.find((one) => one.key === key);
            const cell = this.cellsOf(row).find(
                (one) => one.key === element.dataset.period
            );
            this.editCall(element, row, cell, command.text);
        }
        return true;
    }
}

registry.category("actions").add("crm_territory_forecast.board", ForecastBoard);
