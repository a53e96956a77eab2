import {KeepLast, Mutex} from "@web/core/utils/concurrency";
import {markRaw} from "@odoo/owl";

/**
 * The targets of a page of the sheet: what they are, and the way to change them.
 *
 * A change shows at once, with all totals; it is saved behind, one batch after the
 * other, and when the last one is saved the page is read again. Rows that change are
 * replaced, never changed, so that only they are drawn again.
 */
export class SheetModel {
    constructor(orm) {
        this.orm = orm;
        this.keepLast = markRaw(new KeepLast());
        this.saving = markRaw(new Mutex());
        this.edits = 0;
        this.changeSets = [];
        this.rowIndex = markRaw(new Map());
        // what shows: replaced as a whole
        this.page = null;
        this.pending = 0;
    }

    /**
     * @param {Number} forecastId
     * @param {Object} options of get_sheet
     */
    async load(forecastId, options) {
        this.forecastId = forecastId;
        this.options = options;
        this.changeSets = [];
        await this.read();
    }

    async read() {
        const before = this.edits;
        const page = await this.keepLast.add(
            this.orm.call("crm.territory.forecast", "get_sheet", [
                [this.forecastId],
                this.options,
            ])
        );
        if (before === this.edits) {
            this.show(page);
        }
    }

    show(page) {
        this.rowIndex = markRaw(
            new Map(page.rows.map((row, index) => [row.key, index]))
        );
        this.page = markRaw(page);
    }

    row(key) {
        return this.page.rows[this.rowIndex.get(key)];
    }

    // Changes -----------------------------------------------------------------

    /**
     * Set targets, show and save them as one change, which can be undone as one.
     *
     * @param {{key: string, column: number, amount: number|null}[]} changes
     * @param {"typed"|"pasted"} origin
     */
    async change(changes, origin) {
        const set = changes
            .map(({key, column, amount}) => {
                const row = this.row(key);
                const before = row.cells[column].amount;
                const place = {
                    territory_id: row.territory_id,
                    user_id: row.user_id,
                    date_start: this.page.periods[column].date_start,
                };
                return {key, column, place, before, after: amount};
            })
            .filter(({before, after}) => before !== after);
        if (!set.length) {
            return;
        }
        this.changeSets.push(markRaw(set));
        await this.apply(set, origin, () => {
            this.changeSets = this.changeSets.filter((other) => other !== set);
        });
    }

    get canUndo() {
        return this.changeSets.length > 0;
    }

    /**
     * Take the last change back; returns the cells, or null if there is none.
     */
    async undo() {
        const set = this.changeSets.pop();
        if (!set) {
            return null;
        }
        const back = set.map((one) => ({...one, before: one.after, after: one.before}));
        await this.apply(back, "typed");
        return back;
    }

    async apply(set, origin, onRefused) {
        this.edits++;
        this.pending++;
        this.showChanged(set);
        try {
            await this.saving.exec(() =>
                this.orm.call(
                    "crm.territory.forecast",
                    "set_targets",
                    [
                        [this.forecastId],
                        set.map(({place, after}) => ({...place, amount: after})),
                    ],
                    {origin}
                )
            );
        } catch (error) {
            onRefused?.();
            throw error;
        } finally {
            this.pending--;
            if (!this.pending) {
                await this.read();
            }
        }
    }

    /**
     * Replace the rows that change, and those above them, whose parts change.
     */
    showChanged(set) {
        const rows = [...this.page.rows];
        const total = {...this.page.total, cells: [...this.page.total.cells]};
        const changeCell = (key, column, change) => {
            const index = this.rowIndex.get(key);
            if (index === undefined) {
                return;
            }
            const cells = [...rows[index].cells];
            const cell = {...cells[column]};
            change(cell);
            cell.mismatch =
                cell.amount === null || cell.parts === null
                    ? null
                    : cell.amount - cell.parts;
            cells[column] = cell;
            rows[index] = {...rows[index], cells};
        };
        for (const {key, column, before, after} of set) {
            const difference = (after ?? 0) - (before ?? 0);
            changeCell(key, column, (cell) => {
                cell.amount = after;
            });
            const parent = rows[this.rowIndex.get(key)].parent;
            if (parent) {
                changeCell(parent, column, (cell) => {
                    cell.parts = (cell.parts ?? 0) + difference;
                });
            } else {
                const cell = total.cells[column];
                total.cells[column] = {
                    ...cell,
                    amount: (cell.amount ?? 0) + difference,
                };
            }
        }
        this.page = markRaw({...this.page, rows, total});
    }

    /**
     * When all that was changed is saved.
     */
    whenSaved() {
        return this.saving.getUnlockedDef();
    }
}
