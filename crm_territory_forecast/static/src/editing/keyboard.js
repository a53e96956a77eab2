/**
 * What keys ask of the sheet, and of the calls of the board. A key and what state the
 * sheet is in make a command, which the sheet follows.
 */

const SCREEN_ROWS = 12;
const ARROWS = {
    ArrowUp: [-1, 0],
    ArrowDown: [1, 0],
    ArrowLeft: [0, -1],
    ArrowRight: [0, 1],
};
const JUMPS = {
    PageUp: [-SCREEN_ROWS, 0],
    PageDown: [SCREEN_ROWS, 0],
    Home: [0, -Infinity],
    End: [0, Infinity],
};

/**
 * The command of a key; null where the sheet leaves it to the browser.
 *
 * - ``{name: "move", steps: [rows, columns], isExtending}``
 * - ``{name: "along", steps}``: to the next cells, or out of the sheet
 * - ``{name: "type", text}``: begins an edit; ``{name: "ahead", text}``: is of the edit
 *   whose field is not drawn yet
 * - ``{name: "take", then}``: takes over what is written, then the other command
 * - ``edit``, ``cancel``, ``clear``, ``undo``, ``redo``, ``selectAll``, ``fold``,
 *   ``shrink`` (the selection to the cursor)
 *
 * @param {KeyboardEvent} ev or an object with its key, ctrlKey, metaKey, altKey, shiftKey
 * @param {Object} [state]
 * @param {boolean} state.isEditing
 * @param {boolean} state.isReplacing the edit began by typing: arrows end it
 * @param {boolean} state.isInField the key goes to the field of the edit
 */
export function commandOf(ev, state = {}) {
    if (state.isEditing) {
        return editCommand(ev, state);
    }
    return (
        modifiedCommand(ev) || plainCommand(ev) || moveCommand(ev) || typedCommand(ev)
    );
}

function editCommand(ev, {isReplacing, isInField}) {
    if (ev.key === "Escape") {
        return {name: "cancel"};
    }
    if (isCharacter(ev) && !isInField) {
        return {name: "ahead", text: ev.key};
    }
    const isEnd =
        ["Enter", "Tab"].includes(ev.key) || (isReplacing && ev.key in ARROWS);
    return isEnd ? {name: "take", then: moveCommand(ev)} : null;
}

function modifiedCommand(ev) {
    if (!isModified(ev) || ev.altKey) {
        return null;
    }
    const letter = ev.key.toLowerCase();
    if (letter === "z") {
        return {name: ev.shiftKey ? "redo" : "undo"};
    }
    const name = {y: "redo", a: "selectAll"}[letter];
    return name ? {name} : null;
}

function plainCommand(ev) {
    if (isModified(ev) || ev.altKey) {
        return null;
    }
    const name = {
        F2: "edit",
        Delete: "clear",
        Backspace: "clear",
        " ": "fold",
        Escape: "shrink",
    }[ev.key];
    return name ? {name} : null;
}

function moveCommand(ev) {
    if (ev.altKey) {
        return null;
    }
    if (ev.key === "Enter") {
        return {name: "move", steps: [ev.shiftKey ? -1 : 1, 0], isExtending: false};
    }
    if (ev.key === "Tab") {
        return {name: "along", steps: ev.shiftKey ? -1 : 1};
    }
    const steps = stepsOf(ev);
    return steps && {name: "move", steps, isExtending: Boolean(ev.shiftKey)};
}

/** [rows, columns] that a key moves; with Control to the edge, or the corner. */
function stepsOf(ev) {
    const isFar = isModified(ev);
    if (ev.key in ARROWS) {
        const toEdge = (step) => (step ? step * Infinity : 0);
        return isFar ? ARROWS[ev.key].map(toEdge) : ARROWS[ev.key];
    }
    if (isFar && (ev.key === "Home" || ev.key === "End")) {
        const [, columns] = JUMPS[ev.key];
        return [columns, columns];
    }
    return JUMPS[ev.key] || null;
}

function typedCommand(ev) {
    return isCharacter(ev) ? {name: "type", text: ev.key} : null;
}

function isModified(ev) {
    return Boolean(ev.ctrlKey || ev.metaKey);
}

function isCharacter(ev) {
    return ev.key.length === 1 && !isModified(ev) && !ev.altKey;
}
