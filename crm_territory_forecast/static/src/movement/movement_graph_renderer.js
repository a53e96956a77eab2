import {cookie} from "@web/core/browser/cookie";
import {getCustomColor} from "@web/core/colors/colors";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {formatFloat, formatMonetary} from "@web/views/fields/formatters";
import {GraphRenderer} from "@web/views/graph/graph_renderer";
import {AFTER, BEFORE, floated} from "./waterfall";

const COLOR_SCHEME = cookie.get("color_scheme");
const STANDING = getCustomColor(COLOR_SCHEME, "#5f6b7a", "#9aa5b1");
const MORE = getCustomColor(COLOR_SCHEME, "#28833a", "#5fbf73");
const LESS = getCustomColor(COLOR_SCHEME, "#c8323c", "#f0747c");
const OF_DATES = ["slipped", "forward"];
const OF_AMOUNTS = ["grown", "shrunk"];
const OF_PLACES = {moved: "territory_id", reassigned: "user_id"};

export class MovementGraphRenderer extends GraphRenderer {
    static template = "crm_territory_forecast.MovementGraphRenderer";

    setup() {
        super.setup();
        this.orm = useService("orm");
    }

    get changes() {
        return this.model.changes.map((change) => ({
            ...change,
            reason: this.kindOf(change),
            detail: this.detailOf(change),
            change: this.signed(change),
        }));
    }

    kindOf({kind}) {
        const {selection} = this.model.metaData.fields.kind;
        return Object.fromEntries(selection)[kind];
    }

    /** From when to when, from how much to how much, from where or whom to which. */
    detailOf(change) {
        if (OF_DATES.includes(change.kind)) {
            return this.fromTo(change.date_before, change.date_after, (day) =>
                day ? formatDate(deserializeDate(day)) : _t("no date")
            );
        }
        if (OF_AMOUNTS.includes(change.kind)) {
            const format = (amount) => this.amount(amount, change);
            return this.fromTo(change.amount_before, change.amount_after, format);
        }
        const place = OF_PLACES[change.kind];
        if (place && change.arrival) {
            const format = (value) => (value ? value[1] : _t("nobody"));
            return this.fromTo(change[place], change.arrival[place], format);
        }
        return "";
    }

    fromTo(before, after, format) {
        return `${format(before)} → ${format(after)}`;
    }

    /** Without a sign where it goes from one place to another of those looked at. */
    signed(change) {
        const amount = this.amount(Math.abs(change.amount), change);
        if (change.arrival) {
            return amount;
        }
        return change.amount < 0 ? `\u2212${amount}` : `+${amount}`;
    }

    amount(amount, {currency_id: currency}) {
        return currency
            ? formatMonetary(amount, {currencyId: currency[0]})
            : formatFloat(amount);
    }

    async openChange({id}) {
        const {resModel} = this.model.metaData;
        const action = await this.orm.call(resModel, "action_open_opportunity", [[id]]);
        this.actionService.doAction(action);
    }

    /** @override */
    getBarChartData() {
        const data = super.getBarChartData();
        if (!this.model.isWaterfall || !data.datasets.length) {
            return data;
        }
        const points = this.model.dataPoints;
        return {
            ...data,
            datasets: [
                {
                    ...data.datasets[0],
                    data: floated(points),
                    backgroundColor: points.map((point) => this.colorOf(point)),
                    minBarLength: 2,
                },
            ],
        };
    }

    colorOf({kind, value}) {
        if (kind === BEFORE || kind === AFTER || !value) {
            return STANDING;
        }
        return value < 0 ? LESS : MORE;
    }

    /** @override */
    prepareOptions() {
        const options = super.prepareOptions();
        if (this.model.isWaterfall) {
            options.plugins.legend = {display: false};
        }
        return options;
    }
}
