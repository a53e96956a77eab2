import * as changes from "./tree_changes";
import {branchOf, childrenOf, rowOf} from "./tree_rows";
import {shownRows} from "../folding/folding";

// what is written in a row, in the order of Tab
export const COLUMNS = ["name", "type", "code", "members"];
// the key of a territory that is being written and is not saved yet
export const NEW = "new";

/**
 * What one does in the tree, with keys, a mouse or buttons: folds, writes, moves. It
 * knows nothing of how that is drawn.
 */
export class TreeEditor {
    /**
     * @param {TreeModel} model
     * @param {(folded: Object) => void} keepFolds
     */
    constructor(model, keepFolds) {
        this.model = model;
        this.keepFolds = keepFolds;
        this.reset({});
    }

    reset(folded) {
        this.folded = folded;
        // the id of a row
        this.cursor = null;
        // {id, column, text}, and of a new territory its values and the row above it
        this.edit = null;
    }

    // What shows --------------------------------------------------------------

    get all() {
        return this.model.rows;
    }

    /** The rows that show, with the one that is being written. */
    get rows() {
        const shown = shownRows(this.all, this.folded);
        if (this.edit?.id !== NEW) {
            return shown;
        }
        const {level, after} = this.edit;
        const place = shown.findIndex((row) => row.id === after) + 1;
        return shown.toSpliced(place, 0, newRow(level));
    }

    get row() {
        return this.cursor ? rowOf(this.all, this.cursor) : undefined;
    }

    /** Why a column of a row cannot be changed, or not here: false then. */
    mayEdit(row, column) {
        return Boolean(
            row &&
                (column === "members" ? row.can_add_members : this.model.plan.can_edit)
        );
    }

    // The cursor, and folding --------------------------------------------------

    place(id) {
        this.cursor = id;
    }

    /** Where the row is, and nothing above it is folded. */
    reveal(id) {
        const folded = {...this.folded};
        for (let row = rowOf(this.all, id); row; row = rowOf(this.all, row.parent_id)) {
            delete folded[row.parent_id];
        }
        this.setFolds(folded);
        this.cursor = rowOf(this.all, id) ? id : null;
    }

    /** The cursor stays on the row, or goes to what stands nearest. */
    keepPlace() {
        if (this.cursor && !this.row) {
            this.cursor = this.rows[0]?.id || null;
        }
    }

    step(steps) {
        const {rows} = this;
        const place = rows.findIndex((row) => row.id === this.cursor);
        const next = Math.max(0, Math.min(rows.length - 1, place + steps));
        this.cursor = rows[next]?.id ?? null;
    }

    setFolds(folded) {
        this.folded = folded;
        this.keepFolds(folded);
    }

    toggle(id = this.cursor) {
        const row = rowOf(this.all, id);
        if (row?.has_children) {
            this.setFolds({...this.folded, [id]: !this.folded[id]});
        }
        this.leaveHidden();
    }

    /** Fold a row; one that has nothing to fold leads to the row above. */
    fold() {
        const {row} = this;
        if (row?.has_children && !this.folded[row.id]) {
            this.toggle();
        } else if (row?.parent_id) {
            this.cursor = row.parent_id;
        }
    }

    /** Unfold a row; one that is leads to the first below. */
    unfold() {
        const {row} = this;
        if (row?.has_children && this.folded[row.id]) {
            this.toggle();
        } else if (row?.has_children) {
            this.step(1);
        }
    }

    foldAll(isFolded) {
        const parents = isFolded ? this.all.filter((row) => row.has_children) : [];
        this.setFolds(Object.fromEntries(parents.map((row) => [row.id, true])));
        this.leaveHidden();
    }

    /** The cursor leaves what is folded away: to what hides it. */
    leaveHidden() {
        const shown = new Set(this.rows.map((row) => row.id));
        while (this.cursor && !shown.has(this.cursor)) {
            this.cursor = this.row?.parent_id || null;
        }
    }

    // Writing -----------------------------------------------------------------

    beginEdit(column) {
        const {row} = this;
        if (this.mayEdit(row, column)) {
            const value = column === "type" ? String(row.type_id || "") : row[column];
            this.edit = {id: row.id, column, text: column === "members" ? "" : value};
        }
    }

    /** Write a new territory below the row, or beside it. */
    beginAdd(isBelow) {
        if (!this.model.plan.can_edit) {
            return;
        }
        const {row} = this;
        const below = Boolean(row && isBelow);
        if (below && this.folded[row.id]) {
            this.toggle();
        }
        const branch = row && shownRows(branchOf(this.all, row.id), this.folded);
        this.edit = {
            id: NEW,
            column: "name",
            text: "",
            level: row ? row.level + (below ? 1 : 0) : 0,
            after: below ? row.id : branch?.at(-1).id,
            values: newValues(this.all, row, below),
        };
    }

    endEdit() {
        this.edit = null;
    }

    /** Save what is written; what is empty is nothing new. */
    async take() {
        const {edit} = this;
        this.endEdit();
        const text = (edit?.text || "").trim();
        if (!edit || edit.column === "members") {
            return;
        }
        if (edit.id === NEW) {
            if (text) {
                const values = {...edit.values, name: text};
                this.reveal(await this.model.change(() => changes.created(values)));
            }
            return;
        }
        const values = valuesOf(edit.column, text);
        if (values.name !== "") {
            await this.changeRow(edit.id, (rows, row) => changes.edited(row, values));
        }
    }

    /** Save what is written, and go to another column; null beyond the last one. */
    async along(steps) {
        const column = COLUMNS[COLUMNS.indexOf(this.edit.column) + steps];
        await this.take();
        if (column) {
            this.beginEdit(column);
        }
    }

    addMember(userId) {
        const {id} = this.edit;
        this.endEdit();
        return this.changeRow(id, (rows, row) => changes.memberAdded(row, userId));
    }

    // Places ------------------------------------------------------------------

    moveBy(steps) {
        return this.moveRow((rows, {id}) => changes.movedBy(rows, id, steps));
    }

    indent() {
        return this.moveRow((rows, {id}) => changes.indented(rows, id));
    }

    outdent() {
        return this.moveRow((rows, {id}) => changes.outdented(rows, id));
    }

    /**
     * Drop a row on another one.
     *
     * @param {"before"|"below"|"after"} where
     */
    drop(id, otherId, where) {
        this.cursor = id;
        return this.moveRow((rows) =>
            where === "below"
                ? changes.movedBelow(rows, id, otherId)
                : changes.movedBeside(rows, id, otherId, where === "after")
        );
    }

    async moveRow(make) {
        const {cursor} = this;
        if (this.row && this.model.plan.can_edit) {
            await this.changeRow(cursor, make);
            this.reveal(cursor);
        }
    }

    /** A change of one row, as it is when it is its turn. */
    changeRow(id, make) {
        return this.model.change((rows) => {
            const row = rowOf(rows, id);
            return row ? make(rows, row) : null;
        });
    }

    // Taking away --------------------------------------------------------------

    archive(id) {
        return this.leave(id, () =>
            this.model.change((rows) => changes.archived(rows, id))
        );
    }

    delete(id) {
        return this.leave(id, () =>
            this.changeRow(id, (rows, row) => changes.deleted(row))
        );
    }

    async leave(id, change) {
        const {rows} = this;
        const place = rows.findIndex((row) => row.id === id);
        await change();
        const shown = this.rows;
        this.cursor = shown[Math.min(place, shown.length - 1)]?.id || null;
    }

    // Undo --------------------------------------------------------------------

    /** Whether there was something to undo. */
    async undo() {
        return this.showChanged(await this.model.undo());
    }

    async redo() {
        return this.showChanged(await this.model.redo());
    }

    showChanged(id) {
        if (id !== null) {
            this.reveal(id);
            this.keepPlace();
        }
        return id !== null;
    }
}

function newRow(level) {
    return {
        ...{id: NEW, key: NEW, level, name: "", path: "", code: "", type_id: false},
        ...{members: [], criteria: [], place: 1, siblings: 1},
    };
}

/** Of a territory below a row, or beside it: at its type, where all there are of one. */
function newValues(rows, row, isBelow) {
    const parentId = row ? (isBelow ? row.id : row.parent_id) : false;
    const types = new Set(childrenOf(rows, parentId).map(({type_id}) => type_id));
    const [typeId] = types.size === 1 ? types : [false];
    return {parent_id: parentId, type_id: typeId};
}

function valuesOf(column, text) {
    switch (column) {
        case "type":
            return {type_id: Number(text) || false};
        case "code":
            return {code: text};
        default:
            return {name: text};
    }
}
