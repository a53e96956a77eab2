import {asTree, changedByOthers, inheritedCriteria} from "./tree_rows";
import {inverse, renumbered} from "./tree_changes";
import {ChangeHistory} from "../editing/change_history";
import {Mutex} from "@web/core/utils/concurrency";
import {markRaw} from "@odoo/owl";

/**
 * The tree of a plan: reads it, saves what changes, undoes it.
 *
 * Changes are saved one after the other; each answers with the tree as it is then. What
 * the server refuses has changed nothing, and the tree is read anew.
 */
export class TreeModel {
    /**
     * @param {Object} orm
     * @param {(names: string[]) => void} tellOthers somebody else has changed territories
     */
    constructor(orm, tellOthers) {
        this.orm = orm;
        this.tellOthers = tellOthers;
        this.saving = markRaw(new Mutex());
        this.history = new ChangeHistory();
        this.plan = null;
        this.types = [];
        this.rows = [];
        this.inherited = markRaw(new Map());
        this.pending = 0;
    }

    async load(planId) {
        this.planId = planId;
        this.history.clear();
        this.show(await this.call("get_tree"));
    }

    /** Read the tree again, and tell what others have changed. */
    read() {
        return this.inTurn(async () => this.showAfter(await this.call("get_tree"), []));
    }

    look() {
        return this.inTurn(async () =>
            this.show(await this.call("look_for_conflicts"))
        );
    }

    call(method, ...args) {
        return this.orm.call("crm.territory.plan", method, [[this.planId], ...args]);
    }

    show({plan, types, rows}) {
        this.plan = plan;
        this.types = types;
        this.rows = markRaw(asTree(rows));
        this.inherited = markRaw(inheritedCriteria(rows));
    }

    showAfter(tree, ids) {
        const names = changedByOthers(this.rows, tree.rows, new Set(ids));
        this.show(tree);
        if (names.length) {
            this.tellOthers(names);
        }
    }

    // Changes -----------------------------------------------------------------

    /**
     * Save a change, which can be undone.
     *
     * @param {(rows: Object[]) => (Object[]|null)} make the change of the rows as they
     *  are when it is its turn; nothing: there is nothing to do
     * @returns {Promise<number|null>} the id of the first territory that was changed
     */
    change(make) {
        return this.inTurn(async () => {
            const changes = make(this.rows);
            if (!changes?.length) {
                return null;
            }
            const ids = await this.save(changes);
            this.history.add(changes.map((each, index) => ({...each, id: ids[index]})));
            return ids[0];
        });
    }

    /** Take the last change back; the id of a territory of it, null if there is none. */
    undo() {
        return this.inTurn(() => this.again(this.history.undo(), inverse));
    }

    /** Do the last change again that was undone; the same. */
    redo() {
        return this.inTurn(() => this.again(this.history.redo(), (changes) => changes));
    }

    async again(change, asChanges) {
        if (!change) {
            return null;
        }
        const changes = asChanges(change);
        try {
            const ids = await this.save(changes);
            changes.forEach(({id}, index) => this.renumber(id, ids[index]));
            return ids[0];
        } catch (error) {
            this.history.drop(change);
            throw error;
        }
    }

    /** What was deleted is made again under another id. */
    renumber(oldId, newId) {
        if (oldId !== newId) {
            const follow = (changes) => renumbered(changes, oldId, newId);
            this.history.done = this.history.done.map(follow);
            this.history.undone = this.history.undone.map(follow);
        }
    }

    async save(changes) {
        try {
            const {ids, tree} = await this.call("change_tree", changes);
            this.showAfter(tree, [...ids, ...changes.map(({id}) => id)]);
            return ids;
        } catch (error) {
            this.showAfter(await this.call("get_tree"), []);
            throw error;
        }
    }

    inTurn(work) {
        this.pending++;
        return this.saving.exec(work).finally(() => {
            this.pending--;
        });
    }

    get canUndo() {
        return this.history.done.length > 0;
    }

    get canRedo() {
        return this.history.undone.length > 0;
    }
}
