import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {formatRate, formatRatio} from "../figures/figures";
import {_t} from "@web/core/l10n/translation";
import {rangeLabel} from "../period_range/period_range";

const EMPTY = "–";
// Figures that rest on open opportunities, also on overdue ones.
const RESTING_ON_OPEN = ["landing", "coverage"];

/**
 * What the board says of its periods, figures and calls.
 */
export class BoardWords {
    /**
     * @param {AmountFormat} format
     * @param {Object} range that the board shows
     */
    constructor(format, range) {
        this.format = format;
        this.range = range;
    }

    /**
     * What to know of the whole board: how it is read, and what is in no row of it.
     *
     * @param {Object} board as ``get_board`` returns it
     * @param {String} tree its reading
     * @returns {String[]}
     */
    scopeNotes({is_partial, lost, unplaced}, tree) {
        const notes = [];
        if (tree === "then") {
            notes.push(_t("Territories as they were when the opportunities closed."));
        }
        if (tree === "today") {
            notes.push(
                _t("As is: closed opportunities count where their account is now.")
            );
        }
        if (is_partial) {
            notes.push(_t("Only opportunities that you may open are counted."));
        }
        if (lost.target || lost.achieved || lost.open) {
            notes.push(
                _t(
                    "In territories that are no longer in the tree: target %(target)s, achieved %(achieved)s, open %(open)s.",
                    {
                        target: this.format.full(lost.target),
                        achieved: this.format.full(lost.achieved),
                        open: this.format.full(lost.open),
                    }
                )
            );
        }
        if (unplaced.achieved || unplaced.open) {
            notes.push(
                _t("In no territory: achieved %(achieved)s, open %(open)s.", {
                    achieved: this.format.full(unplaced.achieved),
                    open: this.format.full(unplaced.open),
                })
            );
        }
        return notes;
    }

    /**
     * The attributes of the items that choose a reading, by its name.
     */
    get treeAttrs() {
        return {
            credited: {
                title: _t(
                    "Closed opportunities count where they closed, in today's tree"
                ),
            },
            today: {title: _t("Closed opportunities count where their account is now")},
            then: {title: _t("Closed opportunities count in the trees of then")},
        };
    }

    periodTitle(period) {
        if (period.is_frozen) {
            return _t("Closed, and frozen");
        }
        if (period.is_closed) {
            return _t("Closed");
        }
        return period.is_current ? _t("The current period") : "";
    }

    periodName(cell) {
        return cell.period ? cell.period.label : rangeLabel(this.range);
    }

    /**
     * A figure in short; an en dash where there is nothing to say.
     */
    short(figure, value) {
        if (value === null || value === undefined) {
            return EMPTY;
        }
        if (figure.kind === "rate" || figure.kind === "progress") {
            return formatRate(value);
        }
        return figure.kind === "ratio" ? formatRatio(value) : this.format.short(value);
    }

    full(figure, value) {
        const isAmount = !["rate", "ratio", "progress"].includes(figure.kind);
        return isAmount && value !== null && value !== undefined
            ? this.format.full(value)
            : this.short(figure, value);
    }

    /**
     * Whether a figure rests on opportunities whose closing day has passed.
     */
    restsOnOverdue(cell, figure) {
        return RESTING_ON_OPEN.includes(figure.key) && cell.figures.overdue > 0;
    }

    overdue({overdue}) {
        const amount = this.format.full(overdue);
        return _t(
            "Rests on %s of open opportunities whose closing day has passed",
            amount
        );
    }

    /**
     * What a figure says in full, with where and when.
     */
    title(row, cell, figure) {
        return _t("%(territory)s, %(period)s – %(figure)s: %(value)s", {
            territory: row.name,
            period: this.periodName(cell),
            figure: figure.name,
            value: this.full(figure, cell.figures[figure.key]),
        });
    }

    targetTitle(row, cell) {
        const {figures} = cell;
        if (figures.target === null) {
            return _t("Target not set");
        }
        const title = this.title(row, cell, {key: "target", name: _t("Target")});
        return figures.mismatch ? `${title}\n${this.mismatch(figures)}` : title;
    }

    mismatch({mismatch}) {
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

    /** What the button of a call says, which is there with and without one. */
    callButtonTitle(call) {
        return call ? this.callTitle(call) : _t("Write a call");
    }

    callOrigin(call) {
        return _t("%(author)s, week of %(week)s", {
            author: call.author,
            week: formatDate(deserializeDate(call.week)),
        });
    }

    /**
     * Why no call can be written in a cell; false where one can be.
     */
    callRefusal(row, cell) {
        if (!cell.period) {
            return _t("A call is of one period: write it there.");
        }
        if (!row.can_edit) {
            return _t(
                "A call on %s is written by another, who manages the territory or one above.",
                row.name
            );
        }
        if (cell.period.is_frozen) {
            return _t("%s is frozen: its calls stay as they are.", cell.period.label);
        }
        return (
            cell.period.is_closed &&
            _t("%s is closed: a call is of what is still to come.", cell.period.label)
        );
    }
}
