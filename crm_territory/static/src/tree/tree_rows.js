/**
 * The rows of a tree as the server tells them, depth-first (`get_tree`): what lies below
 * which, what one shows, and what somebody else has changed.
 */

// a tree of more rows shows its first levels only, when it is opened for the first time
const MANY = 100;
const SHOWN_LEVELS = 2;

/**
 * The rows with what folding asks of them: key, parent, has_children, and what lies
 * beside them: place and siblings, counted from 1.
 */
export function asTree(rows) {
    const children = new Map();
    for (const row of rows) {
        const siblings = children.get(row.parent_id) || [];
        children.set(row.parent_id, [...siblings, row.id]);
    }
    return rows.map((row) => ({
        ...row,
        key: row.id,
        parent: row.parent_id,
        has_children: children.has(row.id),
        place: children.get(row.parent_id).indexOf(row.id) + 1,
        siblings: children.get(row.parent_id).length,
    }));
}

export function rowOf(rows, id) {
    return rows.find((row) => row.id === id);
}

/** The rows right below one (false: at the top), in their order. */
export function childrenOf(rows, parentId) {
    return rows.filter((row) => row.parent_id === parentId);
}

/** The row, and all that lies below it. */
export function branchOf(rows, id) {
    const start = rows.findIndex((row) => row.id === id);
    const next = rows.findIndex(
        (row, index) => index > start && row.level <= rows[start].level
    );
    return rows.slice(start, next < 0 ? undefined : next);
}

/**
 * What is folded in a tree that nobody has folded yet: {id: true}.
 */
export function firstFolds(rows) {
    const folded =
        rows.length > MANY
            ? rows.filter((row) => row.has_children && row.level >= SHOWN_LEVELS - 1)
            : [];
    return Object.fromEntries(folded.map((row) => [row.id, true]));
}

/**
 * The criteria that a row has from above: those of the nearest row that has some.
 *
 * @returns {Map<number, {from: string, texts: string[]}>} by id; none where there are
 *  none
 */
export function inheritedCriteria(rows) {
    const inherited = new Map();
    // of each row, the nearest that has criteria: itself, or one above
    const nearest = new Map();
    for (const row of rows) {
        const above = nearest.get(row.parent_id);
        if (above) {
            const texts = above.criteria.map(({text}) => text);
            inherited.set(row.id, {from: above.name, texts});
        }
        nearest.set(row.id, row.criteria.length ? row : above);
    }
    return inherited;
}

/**
 * The names of the rows that are not as they were, though nobody changed them here.
 *
 * @param {Object[]} before rows
 * @param {Object[]} after rows
 * @param {Set<number>} own the ids of those that were changed here
 */
export function changedByOthers(before, after, own) {
    const known = new Map(before.map((row) => [row.id, row]));
    const found = new Map(after.map((row) => [row.id, row]));
    const gone = before.filter((row) => !found.has(row.id));
    const changed = after.filter((row) => saidOf(row) !== saidOf(known.get(row.id)));
    return [...gone, ...changed]
        .filter((row) => !own.has(row.id))
        .map(({name}) => name);
}

/** What the tree says of a row that people write. */
function saidOf(row) {
    return row && JSON.stringify([row.name, row.code, row.type_id, row.parent_id]);
}
