import {
    AmountFormat,
    allFigures,
    figureMeaning,
    formatRate,
    formatRatio,
    progressOf,
} from "../figures/figures";
import {Component, markRaw, onWillStart, useEffect, useRef, useState} from "@odoo/owl";
import {PeriodRange, rangeAround, rangeLabel} from "../period_range/period_range";
import {everyFold, shownRows} from "../folding/folding";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {CallPopover} from "./call_popover";
import {useFigureOpener} from "../figures/figure_opener";
import {CheckboxItem} from "@web/core/dropdown/checkbox_item";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

const SHOWN_AT_FIRST = ["target", "achieved", "achieved_rate", "open", "landing"];
// A bigger tree opens folded to its upper levels.
const UNFOLDED_ROWS = 60;

/**
 * What comes of the targets: the tree of territories by periods, with every figure.
 */
export class ForecastBoard extends Component {
    static template = "crm_territory_forecast.Board";
    static components = {CheckboxItem, Dropdown, Layout, PeriodRange};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.openFigure = useFigureOpener();
        this.tableRef = useRef("table");
        this.callPopover = usePopover(CallPopover, {
            position: "bottom-end",
            popoverClass: "o_crm_territory_call",
        });
        this.keepLast = new KeepLast();
        this.figures = allFigures();
        this.formatRate = formatRate;
        this.figureMeaning = figureMeaning;
        const context = this.props.action.context || {};
        this.state = useState({
            forecasts: [],
            forecastId: context.default_forecast_id || false,
            range: null,
            tree: "today",
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
        return this.figures.filter(({key}) => this.state.figureKeys.includes(key));
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

    get scopeNotes() {
        const {is_partial, lost} = this.state.board;
        const notes = [];
        if (this.state.tree === "then") {
            notes.push(_t("Territories as they were when the opportunities closed."));
        }
        if (is_partial) {
            notes.push(_t("Only opportunities that you may open are counted."));
        }
        if (lost && (lost.target || lost.achieved)) {
            notes.push(
                _t(
                    "In territories that are no longer in the tree: target %(target)s, achieved %(achieved)s.",
                    {
                        target: this.format.full(lost.target),
                        achieved: this.format.full(lost.achieved),
                    }
                )
            );
        }
        return notes;
    }

    get treeAttrs() {
        return {
            today: {title: _t("Closed opportunities count where their account is now")},
            then: {title: _t("Closed opportunities count where they closed")},
        };
    }

    menuClass(name, isChecked) {
        return `o_crm_territory_${name}${isChecked ? " selected" : ""}`;
    }

    periodTitle(period) {
        if (period.is_frozen) {
            return _t("Over, and frozen");
        }
        if (period.is_closed) {
            return _t("Over");
        }
        return period.is_current ? _t("The current period") : "";
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
     * A figure in short; an en dash where there is nothing to say.
     */
    shortText(figure, value) {
        if (value === null || value === undefined) {
            return "–";
        }
        if (figure.kind === "rate") {
            return formatRate(value);
        }
        return figure.kind === "ratio" ? formatRatio(value) : this.format.short(value);
    }

    /**
     * What a figure says in full, with where and when.
     */
    title(row, cell, figure) {
        const value = cell.figures[figure.key];
        let text = "–";
        if (value !== null && value !== undefined) {
            text = ["rate", "ratio", "progress"].includes(figure.kind)
                ? this.shortText(
                      {kind: figure.kind === "ratio" ? "ratio" : "rate"},
                      value
                  )
                : this.format.full(value);
        }
        return _t("%(territory)s, %(period)s – %(figure)s: %(value)s", {
            territory: row.name,
            period: this.periodName(cell),
            figure: figure.name,
            value: text,
        });
    }

    periodName(cell) {
        return cell.period ? cell.period.label : rangeLabel(this.state.range);
    }

    targetTitle(row, cell) {
        const {figures} = cell;
        if (figures.target === null) {
            return _t("Target not set");
        }
        const title = this.title(row, cell, {key: "target", name: _t("Target")});
        return figures.mismatch ? `${title}\n${this.mismatchText(figures)}` : title;
    }

    mismatchText({mismatch}) {
        const amount = this.format.full(Math.abs(mismatch));
        return mismatch > 0
            ? _t("Mismatch: %s are not given to those below", amount)
            : _t("Mismatch: those below have %s more", amount);
    }

    callTitle(call) {
        return [this.format.full(call.amount), call.note, this.callOrigin(call)]
            .filter(Boolean)
            .join("\n");
    }

    callOrigin(call) {
        return _t("%(author)s, week of %(week)s", {
            author: call.author,
            week: formatDate(deserializeDate(call.week)),
        });
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
        const first = cell.period ? cell.period.date_start : range.date_from;
        const last = cell.period ? cell.period.date_end : range.date_to;
        if (figure.key === "target") {
            return this.openTargets(row, first, last);
        }
        return this.openFigure(
            this.state.forecastId,
            {
                territory_id: row.territory_id,
                user_id: row.user_id,
                date_from: first,
                date_to: last,
                figure: figure.key,
                tree: this.state.tree,
            },
            _t("%(figure)s: %(territory)s, %(period)s", {
                figure: figure.name,
                territory: row.name,
                period: this.periodName(cell),
            })
        );
    }

    openTargets(row, first, last) {
        const domain = [
            ["forecast_id", "=", this.state.forecastId],
            ["territory_id", "=", row.territory_id],
            ["user_id", "=", row.user_id],
            ["date_start", ">=", first],
            ["date_start", "<=", last],
        ];
        return this.action.doAction({
            type: "ir.actions.act_window",
            name: _t("Targets of %s", row.name),
            res_model: "crm.territory.forecast.target",
            views: [[false, "list"]],
            domain,
            // the targets of archived territories show too
            context: {active_test: false},
        });
    }

    editCall(ev, row, cell) {
        const {call} = cell.figures;
        this.callPopover.open(ev.currentTarget, {
            title: _t("%(territory)s, %(period)s", {
                territory: row.name,
                period: cell.period.label,
            }),
            amount: call ? this.format.typed(call.amount) : "",
            note: (call && call.note) || "",
            origin: call ? this.callOrigin(call) : "",
            onSave: async (amount, note) => {
                await this.orm.call("crm.territory.forecast", "set_call", [
                    [this.state.forecastId],
                    {
                        territory_id: row.territory_id,
                        user_id: row.user_id,
                        date_start: cell.period.date_start,
                        amount,
                        note,
                    },
                ]);
                await this.load();
            },
        });
    }
}

registry.category("actions").add("crm_territory_forecast.board", ForecastBoard);
