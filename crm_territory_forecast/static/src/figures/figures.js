import {getCurrency} from "@web/core/currency";
import {_t} from "@web/core/l10n/translation";
import {
    formatFloat,
    formatMonetary,
    formatPercentage,
} from "@web/views/fields/formatters";

/**
 * The figures of a row in a period, in the order in which they show.
 */
export function allFigures() {
    return [
        {key: "target", name: _t("Target"), kind: "target"},
        {key: "achieved", name: _t("Achieved"), kind: "amount"},
        {key: "achieved_rate", name: _t("Achieved %"), kind: "progress"},
        {key: "commit", name: _t("Commit"), kind: "amount"},
        {key: "best", name: _t("Best Case"), kind: "amount"},
        {key: "pipeline", name: _t("Pipeline"), kind: "amount"},
        {key: "open", name: _t("All Open"), kind: "amount"},
        {key: "weighted", name: _t("Weighted"), kind: "amount"},
        {key: "overdue", name: _t("Overdue"), kind: "amount"},
        {key: "undated", name: _t("No Closing Date"), kind: "amount"},
        {key: "landing", name: _t("Exp. Landing"), kind: "amount"},
        {key: "closing_gap", name: _t("Closing Gap"), kind: "gap"},
        {key: "uncovered_gap", name: _t("Uncovered Gap"), kind: "gap"},
        {key: "shortage_rate", name: _t("Shortage %"), kind: "rate"},
        {key: "coverage", name: _t("Coverage"), kind: "ratio"},
        {key: "call", name: _t("Call"), kind: "call"},
    ];
}

/**
 * What a figure means, for who points at its name.
 */
export function figureMeaning(key) {
    return {
        target: _t("What is to be won in the period"),
        achieved: _t("Won in the territory and below, whoever owns it"),
        achieved_rate: _t("Achieved as a part of the target"),
        commit: _t("Open opportunities of the category Commit"),
        best: _t("Open opportunities of the category Best Case"),
        pipeline: _t("Open opportunities of the category Pipeline"),
        open: _t("Commit, Best Case and Pipeline together"),
        weighted: _t("All open opportunities, each times its probability"),
        overdue: _t("Open opportunities whose closing day has passed"),
        undated: _t("Open opportunities without a closing day: of no period"),
        landing: _t("Expected landing: achieved and weighted together"),
        closing_gap: _t("Target less achieved"),
        uncovered_gap: _t("Target less achieved less weighted"),
        shortage_rate: _t("The part of the target that even all open ones would miss"),
        coverage: _t("All open ones as a multiple of what is left to close"),
        call: _t("The manager's own judgement of the period"),
    }[key];
}

/**
 * How the amounts of a forecast are written: in full, and short for narrow cells.
 */
export class AmountFormat {
    /**
     * @param {Object} forecast as get_frame tells it
     */
    constructor(forecast) {
        // what the numbers count
        this.unit = forecast.is_monetary
            ? getCurrency(forecast.currency_id)?.name
            : forecast.metric_label;
        this.isMonetary = forecast.is_monetary;
        this.currencyId = forecast.currency_id;
    }

    full(amount) {
        return this.isMonetary
            ? formatMonetary(amount, {
                  currencyId: this.currencyId,
                  trailingZeros: false,
              })
            : formatFloat(amount, {trailingZeros: false});
    }

    /**
     * For narrow cells: from ten thousand on three digits, with k, M or G; apart
     * from it in languages that write so ("1,5 M").
     */
    short(amount) {
        if (Math.abs(amount) < 10000) {
            return formatFloat(amount, {digits: [0, 1], trailingZeros: false});
        }
        const rounded = Number(amount.toPrecision(3));
        const power = 3 * Math.floor(Math.log10(Math.abs(rounded)) / 3);
        const [, decimals = ""] = String(Number(`${rounded}e-${power}`)).split(".");
        const text = formatFloat(rounded, {
            humanReadable: true,
            decimals: decimals.length,
        });
        const [, number, unit] = /^(.*?)(\p{L}*)$/u.exec(text);
        return _t("%(number)s%(unit)s", {number, unit});
    }

    /**
     * As one would type it: no symbol, and nothing that rounds it.
     */
    typed(amount) {
        return formatFloat(amount, {digits: [0, 6], trailingZeros: false});
    }
}

export function formatRate(rate) {
    return formatPercentage(rate, {digits: [0, 0]});
}

export function formatRatio(ratio) {
    return _t("%s×", formatFloat(ratio, {digits: [0, 1]}));
}

/**
 * How far a target is reached, as an icon, a colour and a word that say the same.
 *
 * @param {Object} figures
 * @param {Boolean} isClosed whether the period is over
 */
export function progressOf(figures, isClosed) {
    if (figures.target === null) {
        return {
            key: "unset",
            icon: "fa-circle-o",
            color: "secondary",
            name: _t("No target"),
        };
    }
    if (figures.achieved >= figures.target) {
        return {key: "met", icon: "fa-check-circle", color: "success", name: _t("Met")};
    }
    if (isClosed) {
        return {
            key: "missed",
            icon: "fa-times-circle",
            color: "danger",
            name: _t("Missed"),
        };
    }
    if (figures.landing >= figures.target) {
        return {
            key: "on_track",
            icon: "fa-arrow-circle-up",
            color: "info",
            name: _t("On track: the expected landing reaches the target"),
        };
    }
    return {
        key: "behind",
        icon: "fa-exclamation-triangle",
        color: "warning",
        name: _t("Behind: the expected landing misses the target"),
    };
}
