import {AmountFormat, formatRate} from "../figures/figures";
import {Component, markRaw, onWillStart, useState} from "@odoo/owl";
import {PeriodRange, rangeAround, rangeLabel} from "../period_range/period_range";
import {useFigureOpener} from "../figures/figure_opener";
import {KeepLast} from "@web/core/utils/concurrency";
import {Layout} from "@web/search/layout";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

/**
 * Members by the part of their target that they achieved.
 */
export class StarPerformers extends Component {
    static template = "crm_territory_forecast.StarPerformers";
    static components = {Layout, PeriodRange};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.openFigure = useFigureOpener();
        this.ui = useService("ui");
        this.keepLast = new KeepLast();
        this.formatRate = formatRate;
        const context = this.props.action.context || {};
        this.state = useState({
            forecasts: [],
            forecastId: context.default_forecast_id || false,
            range: null,
            by: "territory",
            territoryId: context.active_model === "crm.territory" && context.active_id,
            rows: null,
            ...this.props.state?.starPerformers,
        });
        useSetupAction({
            getLocalState: () => {
                const {forecastId, range, by, territoryId} = this.state;
                return {starPerformers: {forecastId, range, by, territoryId}};
            },
        });
        onWillStart(() => this.start());
    }

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
        const {rows} = await this.keepLast.add(
            this.orm.call("crm.territory.forecast", "get_star_performers", [
                [this.state.forecastId],
                {
                    date_from: this.state.range.date_from,
                    date_to: this.state.range.date_to,
                    territory_id: this.state.territoryId,
                    by: this.state.by,
                },
            ])
        );
        this.format = new AmountFormat(this.forecast);
        this.state.rows = markRaw(rows);
    }

    rangeOfToday() {
        return rangeAround("year", this.fiscalMonth);
    }

    get forecast() {
        return this.state.forecasts.find(({id}) => id === this.state.forecastId);
    }

    get fiscalMonth() {
        return Number(this.forecast.fiscal_month);
    }

    get rankedRows() {
        return this.state.rows.filter(({has_target}) => has_target);
    }

    get rowsWithoutTarget() {
        return this.state.rows.filter(({has_target}) => !has_target);
    }

    get modes() {
        return [
            {key: "territory", name: _t("Per Territory")},
            {key: "user", name: _t("Over All Territories")},
        ];
    }

    /** The heads of the columns; on a phone each figure carries its own. */
    get labels() {
        return {
            rank: _t("Rank"),
            salesperson: _t("Salesperson"),
            territory: _t("Territory"),
            target: _t("Target"),
            achieved: _t("Achieved"),
            rate: _t("Achieved %"),
            trend: _t("Trend"),
        };
    }

    rowKey(row) {
        return `${row.user_id}-${row.territory_id}`;
    }

    amount(value) {
        return value === null || value === undefined ? "–" : this.format.full(value);
    }

    barWidth(rate) {
        return Math.max(0, Math.min(100, Math.round((rate || 0) * 100)));
    }

    /**
     * The trend against the previous period, as an arrow and in words.
     */
    trendOf(row) {
        if (row.trend === null || row.trend === undefined) {
            return {icon: "", color: "muted", text: _t("no comparison")};
        }
        const points = Math.round(row.trend * 100);
        if (points > 0) {
            return {
                icon: "fa-arrow-up",
                color: "success",
                text: _t("up %s points", points),
            };
        }
        if (points < 0) {
            return {
                icon: "fa-arrow-down",
                color: "danger",
                text: _t("down %s points", -points),
            };
        }
        return {icon: "fa-arrow-right", color: "muted", text: _t("unchanged")};
    }

    trendTitle(row) {
        return row.previous_rate === null || row.previous_rate === undefined
            ? _t("There was no target in the previous period")
            : _t("In the previous period: %s", formatRate(row.previous_rate));
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

    setBy(by) {
        this.state.by = by;
        return this.load();
    }

    showWholeTree() {
        this.state.territoryId = false;
        return this.load();
    }

    /**
     * What the member won: the opportunities of the figure.
     */
    open(row) {
        return this.openFigure.opportunities(
            this.state.forecastId,
            {
                territory_ids: row.territory_ids,
                user_id: row.user_id,
                date_from: this.state.range.date_from,
                date_to: this.state.range.date_to,
                figure: "achieved",
                tree: "credited",
            },
            _t("Won by %(member)s, %(period)s", {
                member: row.name,
                period: rangeLabel(this.state.range),
            })
        );
    }
}

registry
    .category("actions")
    .add("crm_territory_forecast.star_performers", StarPerformers);
