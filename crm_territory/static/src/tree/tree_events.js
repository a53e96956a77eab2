import {useEffect, useExternalListener, useRef} from "@odoo/owl";
import {commandOf} from "./tree_keyboard";

// of a row's height, what drops a row before or after it and not below
const EDGE = 0.3;

class TreeEvents {
    constructor(gridRef, editor, tree) {
        Object.assign(this, {gridRef, editor, tree});
        this.dragged = null;
    }

    focus() {
        this.gridRef.el?.focus({preventScroll: true});
    }

    /** Scroll to the cursor; the field of an edit gets the focus. */
    showCursor() {
        const row = this.gridRef.el?.querySelector(".o_crm_territory_cursor");
        row?.scrollIntoView({block: "nearest"});
        const field = this.gridRef.el?.querySelector(
            ".o_crm_territory_input input, .o_crm_territory_input select"
        );
        if (field && field !== document.activeElement) {
            field.focus();
            field.select?.();
        }
    }

    onFocus() {
        const {rows, cursor} = this.editor;
        if (!cursor && rows.length) {
            this.editor.place(rows[0].id);
        }
    }

    /** What is written is taken over when one goes elsewhere. */
    onFocusOut(ev) {
        const {edit} = this.editor;
        const isField = ev.target.closest(".o_crm_territory_input");
        if (!edit || !isField || isField.contains(ev.relatedTarget)) {
            return;
        }
        if (edit.column === "members") {
            this.editor.endEdit();
        } else if (ev.relatedTarget) {
            this.editor.take();
        }
    }

    // Keys --------------------------------------------------------------------

    onInput(ev) {
        if (this.editor.edit) {
            this.editor.edit.text = ev.target.value;
        }
    }

    onKeydown(ev) {
        const isEditing = Boolean(this.editor.edit);
        if (!isEditing && ev.target.closest("button")) {
            return;
        }
        const isOffered =
            ev.target.getAttribute("aria-expanded") === "true" && ev.key !== "Tab";
        const command = isOffered ? null : commandOf(ev, isEditing);
        if (!command) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        this.follow(command);
    }

    async follow({name, ...options}) {
        const {editor, tree} = this;
        const commands = {
            step: () => editor.step(options.steps),
            fold: () => editor.fold(),
            unfold: () => editor.unfold(),
            toggle: () => editor.toggle(),
            moveBy: () => editor.moveBy(options.steps),
            indent: () => editor.indent(),
            outdent: () => editor.outdent(),
            edit: () => editor.beginEdit(options.column),
            add: () => editor.beginAdd(options.isBelow),
            cancel: () => editor.endEdit(),
            take: () => editor.take(),
            along: () => editor.along(options.steps),
            remove: () => tree.remove(),
            open: () => tree.openRow(),
            undo: () => tree.undo(),
            redo: () => tree.redo(),
        };
        const isEditing = Boolean(editor.edit);
        try {
            await commands[name]();
        } finally {
            if (isEditing && !editor.edit) {
                this.focus();
            }
        }
    }

    // Mouse and touch ---------------------------------------------------------

    /** The id of the row that an event is about, or null. */
    rowOf(ev) {
        const id = Number(ev.target.closest("tr")?.dataset.id);
        return id || null;
    }

    onClick(ev) {
        const id = this.rowOf(ev);
        if (!id) {
            return;
        }
        if (ev.target.closest(".o_crm_territory_fold")) {
            this.editor.toggle(id);
            return;
        }
        const button = ev.target.closest("button[data-opens]");
        if (button) {
            this.tree.openRecords(id, button.dataset.opens);
        } else if (!ev.target.closest(".o_crm_territory_input")) {
            this.editor.place(id);
        }
    }

    onDoubleClick(ev) {
        const column = ev.target.closest("[data-column]")?.dataset.column;
        if (column && this.rowOf(ev) && !this.editor.edit) {
            this.editor.place(this.rowOf(ev));
            this.editor.beginEdit(column);
        }
    }

    // Drag and drop -----------------------------------------------------------

    onDragStart(ev) {
        this.dragged = this.rowOf(ev);
        ev.dataTransfer.effectAllowed = "move";
        ev.dataTransfer.setData("text/plain", ev.target.innerText || "");
    }

    onDragOver(ev) {
        const target = this.targetOf(ev);
        this.tree.showTarget(target);
        if (target) {
            ev.preventDefault();
        }
    }

    onDrop(ev) {
        const target = this.targetOf(ev);
        const {dragged} = this;
        this.onDragEnd();
        if (target) {
            ev.preventDefault();
            this.editor.drop(dragged, target.id, target.where);
        }
    }

    onDragEnd() {
        this.dragged = null;
        this.tree.showTarget(null);
    }

    /** Where a row would be dropped: {id, where}; null where it cannot. */
    targetOf(ev) {
        const id = this.rowOf(ev);
        if (!this.dragged || !id || id === this.dragged) {
            return null;
        }
        const {top, height} = ev.target.closest("tr").getBoundingClientRect();
        const part = (ev.clientY - top) / height;
        const where = part < EDGE ? "before" : part > 1 - EDGE ? "after" : "below";
        return {id, where};
    }
}

/**
 * What the browser tells of the tree, and the focus in it: keys, mouse, touch, dragging,
 * each handed on to the editor, or to the tree where that asks or opens something.
 *
 * @param {TreeEditor} editor
 * @param {TerritoryTree} tree
 */
export function useTreeEvents(editor, tree) {
    const events = new TreeEvents(useRef("grid"), editor, tree);
    // what others did while one was elsewhere
    useExternalListener(window, "focus", () => tree.readAgain());
    useEffect(
        () => events.showCursor(),
        () => [editor.cursor, editor.edit?.id, editor.edit?.column]
    );
    return events;
}
