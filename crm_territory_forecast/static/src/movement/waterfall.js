/** What was there at the start, in the order in which it is told what became of it. */
export const BEFORE = "before";
export const AFTER = "after";
export const KINDS = [
    BEFORE,
    "new",
    "grown",
    "forward",
    "reassigned",
    "moved",
    "slipped",
    "shrunk",
    "removed",
    "lost",
    "won",
    AFTER,
];

/**
 * The bars of a waterfall: each change begins where the one before it ended; the first
 * and the last stand on the ground.
 *
 * @param {{kind: String, value: Number}[]} points in order
 * @returns {[Number, Number][]} from where to where
 */
export function floated(points) {
    let level = 0;
    return points.map(({kind, value}) => {
        if (kind === AFTER) {
            return [0, value];
        }
        const start = level;
        level += value;
        return [start, level];
    });
}

/**
 * Changes, of which those that leave one place and arrive in another are told once, with
 * the `arrival` where that is looked at, too; what leaves comes before it.
 *
 * @param {{lead_key: Number, kind: String, amount: Number}[]} changes
 */
export function paired(changes) {
    const found = new Map();
    for (const change of changes) {
        const key = `${change.lead_key} ${change.kind}`;
        const other = found.get(key);
        if (other && other.amount + change.amount === 0) {
            other.arrival = change;
        } else {
            found.set(key, {...change, arrival: null});
        }
    }
    return [...found.values()];
}
