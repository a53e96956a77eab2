import {KeepLast, Mutex} from "@web/core/utils/concurrency";
import {changedPage, indexOfRows} from "./changed_page";
import {ChangeHistory} from "@crm_territory/editing/change_history";
import {markRaw} from "@odoo/owl";

/**
 * The targets of a page of the sheet: reads them, saves what changes, undoes it.
 *
 * A change shows at once, with all totals; it is saved behind, one batch after the
 * other, and when the last one is saved the page is read again.
 */
export class SheetModel {
    constructor(orm) {
        this.orm = orm;
        this.keepLast = markRaw(new KeepLast());
        this.saving = markRaw(new Mutex());
        this.history = new ChangeHistory();
        this.edits = 0;
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
        this.history.clear();
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
            this.rowIndex = markRaw(indexOfRows(page));
            this.page = markRaw(page);
        }
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
        if (set.length) {
            this.history.add(markRaw(set));
            await this.apply(set, set, origin);
        }
    }

    /**
     * Take over what a wizard set and saved: it can be undone as a change of the sheet.
     *
     * @param {Object} written forecast_id, and as ``targets`` territory_id, user_id,
     *  date_start, before and after of each
     */
    async takeOver({forecast_id, targets}) {
        if (forecast_id === this.forecastId) {
            const columns = new Map(
                this.page.periods.map(({date_start}, column) => [date_start, column])
            );
            this.history.add(
                markRaw(
                    targets.map(({before, after, ...place}) => ({
                        key: keyOf(place),
                        column: columns.get(place.date_start),
                        ...{place, before, after},
                    }))
                )
            );
        }
        await this.read();
    }

    get canUndo() {
        return this.history.done.length > 0;
    }

    get canRedo() {
        return this.history.undone.length > 0;
    }

    /**
     * Take the last change back; the cells that changed, or null if there is none.
     */
    async undo() {
        const set = this.history.undo();
        if (!set) {
            return null;
        }
        const back = set.map((one) => ({...one, before: one.after, after: one.before}));
        await this.apply(back, set, "typed");
        return back;
    }

    /**
     * Do the last change again that was undone; the cells, or null if there is none.
     */
    async redo() {
        const set = this.history.redo();
        if (!set) {
            return null;
        }
        await this.apply(set, set, "typed");
        return set;
    }

    /**
     * Show and save amounts; one that the server refuses is neither undone nor redone.
     */
    async apply(set, change, origin) {
        this.edits++;
        this.pending++;
        this.page = markRaw(changedPage(this.page, this.rowIndex, set));
        const amounts = set.map(({place, after}) => ({...place, amount: after}));
        try {
            await this.saving.exec(() =>
                this.orm.call(
                    "crm.territory.forecast",
                    "set_targets",
                    [[this.forecastId], amounts],
                    {origin}
                )
            );
        } catch (error) {
            this.history.drop(change);
            throw error;
        } finally {
            this.pending--;
            if (!this.pending) {
                await this.read();
            }
        }
    }

    /**
     * When all that was changed is saved.
     */
    whenSaved() {
        return this.saving.getUnlockedDef();
    }
}

/** What the server calls the row of a territory, or of a member there. */
function keyOf({territory_id, user_id}) {
    return user_id ? `t${territory_id}u${user_id}` : `t${territory_id}`;
}
