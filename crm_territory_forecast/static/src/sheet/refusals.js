import {_t} from "@web/core/l10n/translation";
import {formatList} from "@web/core/l10n/utils";
import {user} from "@web/core/user";

// A message names no more cells than one can read.
const NAMED = 8;

/**
 * Why targets cannot be changed: one line for each reason, however many cells it holds
 * back.
 *
 * @param {{row: Object, period: Object, territory: string}[]} cells that cannot be
 *  changed, each with its row, its period and the name of the territory it is of
 * @returns {string[]}
 */
export function refusalLines(cells) {
    const own = new Set();
    const managed = new Set();
    const frozen = new Set();
    for (const {row, period, territory} of cells) {
        if (row.can_edit) {
            frozen.add(period.label);
        } else if (row.user_id && row.user_id === user.userId) {
            own.add(territory);
        } else {
            managed.add(territory);
        }
    }
    return [
        frozen.size && frozenLine(frozen),
        own.size &&
            _t(
                "Your own target in %s is set by another manager of it, or of one above.",
                listed(own)
            ),
        managed.size &&
            _t(
                "Only a manager of %s, or of a territory above, changes its targets.",
                listed(managed)
            ),
    ].filter(Boolean);
}

function frozenLine(periods) {
    return periods.size === 1
        ? _t("%s is frozen: its targets stay as they are.", listed(periods))
        : _t("%s are frozen: their targets stay as they are.", listed(periods));
}

/**
 * What is wrong with what was written: one line for each text, with its cells.
 *
 * @param {{problem: string, cell: string}[]} problems
 * @returns {string[]}
 */
export function problemLines(problems) {
    const cells = new Map();
    for (const {problem, cell} of problems) {
        cells.set(problem, [...(cells.get(problem) || []), cell]);
    }
    const lines = [...cells].map(([problem, names]) =>
        _t("%(cells)s: %(problem)s", {cells: listed(names, "; "), problem})
    );
    return lines.length > NAMED
        ? [...lines.slice(0, NAMED), _t("… and %s more", lines.length - NAMED)]
        : lines;
}

function listed(names, separator) {
    const all = [...names];
    const named = all.slice(0, NAMED);
    if (all.length > NAMED) {
        named.push(_t("%s more", all.length - NAMED));
    }
    return separator || named.length < 2 ? named.join(separator) : formatList(named);
}
