/**
 * A page of the sheet as it shows after a change, before the server tells it anew.
 *
 * Pages and rows are replaced, never changed: only rows that change are drawn again.
 */

/**
 * Where rows are on a page, by their keys.
 *
 * @returns {Map<string, number>}
 */
export function indexOfRows(page) {
    return new Map(page.rows.map((row, index) => [row.key, index]));
}

/**
 * The page with other amounts, with the parts of the rows above them and the totals.
 *
 * What is not on the page changes nothing on it.
 *
 * @param {Object} page of get_sheet
 * @param {Map} index of its rows
 * @param {{key: string, column: number, before: number|null, after: number|null}[]} set
 * @returns {Object} a page
 */
export function changedPage(page, index, set) {
    const rows = [...page.rows];
    const totals = [...page.total.cells];
    const changeCell = (key, column, values) => {
        const place = index.get(key);
        const row = rows[place];
        if (row) {
            const cells = [...row.cells];
            cells[column] = withMismatch({...cells[column], ...values(cells[column])});
            rows[place] = {...row, cells};
        }
    };
    for (const {key, column, before, after} of set) {
        const row = rows[index.get(key)];
        if (!row?.cells[column]) {
            continue;
        }
        const difference = (after ?? 0) - (before ?? 0);
        changeCell(key, column, () => ({amount: after}));
        if (row.parent) {
            changeCell(row.parent, column, ({parts}) => ({
                parts: (parts ?? 0) + difference,
            }));
        } else {
            const {amount} = totals[column];
            totals[column] = {...totals[column], amount: (amount ?? 0) + difference};
        }
    }
    return {...page, rows, total: {...page.total, cells: totals}};
}

function withMismatch(cell) {
    const isKnown = cell.amount !== null && cell.parts !== null;
    return {...cell, mismatch: isKnown ? cell.amount - cell.parts : null};
}

/**
 * What the periods of a row make together; null if none is set.
 */
export function rowTotal(row) {
    const set = row.cells.filter(({amount}) => amount !== null);
    return set.length ? set.reduce((sum, {amount}) => sum + amount, 0) : null;
}
