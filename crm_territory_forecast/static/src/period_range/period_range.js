import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, serializeDate, today} from "@web/core/l10n/dates";

const MONTHS = {month: 1, quarter: 3, year: 12};

/**
 * The range of a kind that holds a day.
 *
 * Quarters and years begin where the fiscal year has them begin.
 *
 * @param {"month"|"quarter"|"year"} kind
 * @param {Number} fiscalMonth the first month of the fiscal year, from 1
 * @param {luxon.DateTime} [day] today unless given
 * @returns {{kind: string, date_from: string, date_to: string}}
 */
export function rangeAround(kind, fiscalMonth, day = today()) {
    const months = MONTHS[kind];
    const since = (day.month - fiscalMonth + 12) % 12;
    const start = day.startOf("month").minus({months: since % months});
    const end = start.plus({months}).minus({days: 1});
    return {kind, date_from: serializeDate(start), date_to: serializeDate(end)};
}

/**
 * The range of the same kind that many steps later, or earlier.
 */
export function shiftedRange(range, steps) {
    const months = MONTHS[range.kind];
    const start = deserializeDate(range.date_from).plus({months: months * steps});
    const end = start.plus({months}).minus({days: 1});
    return {...range, date_from: serializeDate(start), date_to: serializeDate(end)};
}

/**
 * What a range is called: a month by its name, a year by its number.
 */
export function rangeLabel(range) {
    const start = deserializeDate(range.date_from);
    const end = deserializeDate(range.date_to);
    if (range.kind === "month") {
        return start.toFormat("LLLL yyyy");
    }
    if (range.kind === "year" && start.year === end.year) {
        return start.toFormat("yyyy");
    }
    return _t("%(first)s – %(last)s", {
        first: start.toFormat(start.year === end.year ? "LLL" : "LLL yyyy"),
        last: end.toFormat("LLL yyyy"),
    });
}

/**
 * What a fiscal year is called, as the server calls it: 2026, or 2026/27.
 *
 * @param {luxon.DateTime} start its first day
 */
export function yearLabel(start) {
    const next = String((start.year + 1) % 100).padStart(2, "0");
    return start.month === 1 ? String(start.year) : `${start.year}/${next}`;
}

/**
 * Picks a fiscal year, quarter or month, and the ones before and after it.
 */
export class PeriodRange extends Component {
    static template = "crm_territory_forecast.PeriodRange";
    static props = {
        range: Object,
        fiscalMonth: Number,
        // the shortest range that can be picked: the period of the forecast
        shortest: {type: String, optional: true},
        onChange: Function,
    };
    static defaultProps = {shortest: "month"};

    get kinds() {
        const kinds = [
            {key: "year", name: _t("Fiscal Year")},
            {key: "quarter", name: _t("Quarter")},
            {key: "month", name: _t("Month")},
        ];
        return kinds.filter(({key}) => MONTHS[key] >= MONTHS[this.props.shortest]);
    }

    get label() {
        return rangeLabel(this.props.range);
    }

    move(steps) {
        this.props.onChange(shiftedRange(this.props.range, steps));
    }

    /**
     * The range of the new kind is around today if today was in the old one.
     */
    pickKind(kind) {
        const {date_from, date_to} = this.props.range;
        const now = serializeDate(today());
        const day = date_from <= now && now <= date_to ? today() : undefined;
        this.props.onChange(
            rangeAround(kind, this.props.fiscalMonth, day || deserializeDate(date_from))
        );
    }
}
