/**
 * Where one is in a grid, and what is selected: positions are {row, column}, counted
 * from 0, and a size is {rows, columns}. Nothing here knows what the cells hold.
 */

const bounded = (value, count) => Math.max(0, Math.min(count - 1, value));

/**
 * The rectangle between the cursor and where the selection began, edges included.
 */
export function rectangle(cursor, anchor) {
    return {
        top: Math.min(cursor.row, anchor.row),
        bottom: Math.max(cursor.row, anchor.row),
        left: Math.min(cursor.column, anchor.column),
        right: Math.max(cursor.column, anchor.column),
    };
}

/**
 * The positions in a rectangle, row by row.
 */
export function positionsIn({top, bottom, left, right}) {
    const positions = [];
    for (let row = top; row <= bottom; row++) {
        for (let column = left; column <= right; column++) {
            positions.push({row, column});
        }
    }
    return positions;
}

/**
 * So many rows and columns further, as far as the grid goes; Infinity is to its edge.
 */
export function moved(position, [rowSteps, columnSteps], size) {
    return {
        row: bounded(position.row + rowSteps, size.rows),
        column: bounded(position.column + columnSteps, size.columns),
    };
}

/**
 * So many cells further, row by row; null beyond the first and the last cell.
 */
export function movedAlong(position, steps, size) {
    const place = position.row * size.columns + position.column + steps;
    if (place < 0 || place >= size.rows * size.columns) {
        return null;
    }
    return {row: Math.floor(place / size.columns), column: place % size.columns};
}
