/**
 * What keys ask of the tree: a key, and whether something is being written, make a
 * command, which the tree follows.
 */

const SCREEN_ROWS = 12;
const STEPS = {
    ArrowUp: -1,
    ArrowDown: 1,
    PageUp: -SCREEN_ROWS,
    PageDown: SCREEN_ROWS,
    Home: -Infinity,
    End: Infinity,
};
const ALT = {
    ArrowUp: {name: "moveBy", steps: -1},
    ArrowDown: {name: "moveBy", steps: 1},
    ArrowLeft: {name: "outdent"},
    ArrowRight: {name: "indent"},
};
const PLAIN = {
    ArrowLeft: {name: "fold"},
    ArrowRight: {name: "unfold"},
    " ": {name: "toggle"},
    F2: {name: "edit", column: "name"},
    Delete: {name: "remove"},
    Enter: {name: "add", isBelow: false},
};

/**
 * The command of a key; null where the tree leaves it to the browser.
 *
 * @param {KeyboardEvent} ev or an object with its key, ctrlKey, metaKey, altKey, shiftKey
 * @param {boolean} isEditing
 * @returns {{name: string}|null} ``step`` (steps) from row to row; ``fold`` or to the row
 *  above; ``unfold`` or to the first below; ``toggle``; ``moveBy`` (steps), ``indent``,
 *  ``outdent``; ``edit`` (column); ``add`` (isBelow); ``remove``; ``open``; ``undo``,
 *  ``redo``; of an edit ``take``, ``along`` (steps: to the next column) and ``cancel``
 */
export function commandOf(ev, isEditing) {
    if (isEditing) {
        return editCommand(ev);
    }
    const isModified = ev.ctrlKey || ev.metaKey;
    if (ev.altKey) {
        return (!isModified && ALT[ev.key]) || null;
    }
    if (isModified) {
        return modifiedCommand(ev);
    }
    if (ev.shiftKey) {
        return ev.key === "Enter" ? {name: "add", isBelow: true} : null;
    }
    return ev.key in STEPS
        ? {name: "step", steps: STEPS[ev.key]}
        : PLAIN[ev.key] || null;
}

function modifiedCommand(ev) {
    switch (ev.key.toLowerCase()) {
        case "z":
            return {name: ev.shiftKey ? "redo" : "undo"};
        case "y":
            return {name: "redo"};
        case "enter":
            return {name: "open"};
        default:
            return null;
    }
}

function editCommand(ev) {
    switch (ev.key) {
        case "Escape":
            return {name: "cancel"};
        case "Enter":
            return {name: "take"};
        case "Tab":
            return {name: "along", steps: ev.shiftKey ? -1 : 1};
        default:
            return null;
    }
}
