/**
 * The rows of a tree that show, in their order: those with no folded row above them.
 *
 * A row whose parent is not among the rows counts as a root, as on the second page of
 * a long tree. Rows stand below their parents. O(rows).
 *
 * @param {{key: string, parent: string|false}[]} rows depth-first
 * @param {Object} folded by key: whether the row hides what is below it
 * @returns {Object[]}
 */
export function shownRows(rows, folded) {
    const closed = new Set();
    const shown = [];
    for (const row of rows) {
        if (row.parent && closed.has(row.parent)) {
            closed.add(row.key);
            continue;
        }
        shown.push(row);
        if (folded[row.key]) {
            closed.add(row.key);
        }
    }
    return shown;
}

/**
 * The keys that hide what is below them when all is folded down to the roots.
 */
export function everyFold(rows) {
    const parents = rows.filter((row) => row.has_children);
    return Object.fromEntries(parents.map((row) => [row.key, true]));
}
