/**
 * Where keys lead in the board. A position is {row, line, column}: the row of the tree,
 * the line of a figure in it, and the column of a period or of the total; column -1 is
 * the name of the row, which has no lines.
 *
 * Arrows go from cell to cell, with Control to the edge; Page Up and Page Down to the
 * same figure of the row before and after; Home and End to both ends of the line, with
 * Control of the board.
 *
 * @param {KeyboardEvent} ev or an object with its key, ctrlKey, metaKey, altKey
 * @param {Object} position
 * @param {{rows: number, lines: number, columns: number}} size lines of each row
 * @returns {Object|null} a position; null for other keys
 */
export function movedBy(ev, position, size) {
    if (ev.altKey) {
        return null;
    }
    const isFar = ev.ctrlKey || ev.metaKey;
    const step = isFar ? Infinity : 1;
    switch (ev.key) {
        case "ArrowUp":
            return vertical(position, -step, size);
        case "ArrowDown":
            return vertical(position, step, size);
        case "ArrowLeft":
            return horizontal(position, -step, size);
        case "ArrowRight":
            return horizontal(position, step, size);
        case "PageUp":
            return {...position, row: bounded(position.row - 1, size.rows)};
        case "PageDown":
            return {...position, row: bounded(position.row + 1, size.rows)};
        case "Home":
            return isFar
                ? {row: 0, line: 0, column: -1}
                : horizontal(position, -Infinity, size);
        case "End":
            return horizontal(
                isFar
                    ? {...position, row: size.rows - 1, line: size.lines - 1}
                    : position,
                Infinity,
                size
            );
        default:
            return null;
    }
}

/** From line to line, from the last of a row to the first of the next; names by rows. */
function vertical(position, steps, size) {
    if (position.column < 0) {
        return {...position, row: bounded(position.row + steps, size.rows)};
    }
    const place = bounded(
        position.row * size.lines + position.line + steps,
        size.rows * size.lines
    );
    return {
        ...position,
        row: Math.floor(place / size.lines),
        line: place % size.lines,
    };
}

/** A row without lines has its name only. */
function horizontal(position, steps, size) {
    const last = size.lines ? size.columns - 1 : -1;
    return {
        ...position,
        line: Math.max(0, position.line),
        column: Math.max(-1, Math.min(last, position.column + steps)),
    };
}

function bounded(value, count) {
    return Math.max(0, Math.min(count - 1, value));
}
