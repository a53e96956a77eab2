import {branchOf, childrenOf, rowOf} from "./tree_rows";

/**
 * What is done in a tree, as `change_tree` takes it: lists of {id, before, after, added,
 * removed}, see there. Nothing here changes a row: the server tells the tree anew.
 */

const STEP = 10;
// what makes a territory again that was deleted
const KEPT = ["name", "code", "type_id", "parent_id", "sequence"];

const picked = (row, names) =>
    Object.fromEntries(names.map((name) => [name, row[name]]));

export function created(values) {
    return [{before: null, after: values}];
}

/** Other values of a row; nothing where they are what it has. */
export function edited(row, values) {
    const names = Object.keys(values).filter((name) => row[name] !== values[name]);
    return names.length
        ? [{id: row.id, before: picked(row, names), after: picked(values, names)}]
        : [];
}

export function memberAdded(row, userId) {
    return [{id: row.id, before: {}, after: {}, added: [userId]}];
}

/** A row and all that lies below it: that first, as the server archives it along. */
export function archived(rows, id) {
    return branchOf(rows, id)
        .map((row) => ({id: row.id, before: {active: true}, after: {active: false}}))
        .reverse();
}

export function deleted(row) {
    return [{id: row.id, before: picked(row, KEPT), after: null}];
}

/** Whether a row has nothing that would be lost with it. */
export function isEmpty(row) {
    const {accounts, leads, opportunities, criteria, members, has_children} = row;
    return (
        !(accounts + leads + opportunities + criteria.length + members.length) &&
        !has_children
    );
}

// Places ----------------------------------------------------------------------

/**
 * A row below another (false: at the top), where its order and its name say.
 *
 * @returns {Object[]} changes; null where that is below itself
 */
export function movedBelow(rows, id, parentId) {
    const branch = branchOf(rows, id).map((row) => row.id);
    return branch.includes(parentId)
        ? null
        : edited(rowOf(rows, id), {parent_id: parentId});
}

/**
 * A row right before or after another one. Others get a new number only where the order
 * asks for it.
 *
 * @returns {Object[]} changes; null where that is below itself
 */
export function movedBeside(rows, id, otherId, isAfter) {
    const parentId = rowOf(rows, otherId).parent_id;
    const below = movedBelow(rows, id, parentId);
    if (!below || id === otherId) {
        return null;
    }
    const order = childrenOf(rows, parentId).filter((row) => row.id !== id);
    const place = order.findIndex((row) => row.id === otherId) + (isAfter ? 1 : 0);
    order.splice(place, 0, rowOf(rows, id));
    if (isInOrder(rows, order)) {
        return below;
    }
    return order.flatMap((row, index) =>
        edited(row, {
            ...(row.id === id ? {parent_id: parentId} : {}),
            sequence: (index + 1) * STEP,
        })
    );
}

/** Whether numbers, and where these are the same the order of today, say so already. */
function isInOrder(rows, order) {
    const places = new Map(rows.map((row, index) => [row.id, index]));
    return order.every((row, index) => {
        const before = order[index - 1];
        return (
            !before ||
            before.sequence < row.sequence ||
            (before.sequence === row.sequence &&
                before.parent_id === row.parent_id &&
                places.get(before.id) < places.get(row.id))
        );
    });
}

/** So many places up (negative) or down among its siblings. */
export function movedBy(rows, id, steps) {
    const siblings = childrenOf(rows, rowOf(rows, id).parent_id);
    const other = siblings[siblings.findIndex((row) => row.id === id) + steps];
    return other ? movedBeside(rows, id, other.id, steps > 0) : null;
}

/** Below the sibling before it. */
export function indented(rows, id) {
    const siblings = childrenOf(rows, rowOf(rows, id).parent_id);
    const before = siblings[siblings.findIndex((row) => row.id === id) - 1];
    return before ? movedBelow(rows, id, before.id) : null;
}

/** Beside the one that it lies below. */
export function outdented(rows, id) {
    const parent = rowOf(rows, rowOf(rows, id).parent_id);
    return parent ? movedBelow(rows, id, parent.parent_id) : null;
}

// Undo ------------------------------------------------------------------------

/** What takes changes back. */
export function inverse(changes) {
    return changes
        .map(({id, before, after, added = [], removed = []}) => ({
            id,
            before: after,
            after: before,
            added: removed,
            removed: added,
        }))
        .reverse();
}

/** Changes of a territory that was made again, and has another id now. */
export function renumbered(changes, oldId, newId) {
    const renamed = (values) =>
        values && values.parent_id === oldId ? {...values, parent_id: newId} : values;
    return changes.map((change) => ({
        ...change,
        id: change.id === oldId ? newId : change.id,
        before: renamed(change.before),
        after: renamed(change.after),
    }));
}
