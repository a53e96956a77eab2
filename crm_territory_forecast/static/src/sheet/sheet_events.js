import {useEffect, useExternalListener, useRef} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {commandOf} from "../editing/keyboard";
import {parseBlock} from "./clipboard";
import {useService} from "@web/core/utils/hooks";

class SheetEvents {
    constructor(gridRef, ui, editor, messages) {
        Object.assign(this, {gridRef, ui, editor, messages});
        this.isDragging = false;
    }

    // The focus ---------------------------------------------------------------

    focus() {
        const input = this.gridRef.el?.querySelector(".o_crm_territory_input");
        (input || this.gridRef.el)?.focus({preventScroll: true});
    }

    /**
     * Scroll to the cursor; the field of an edit gets the focus, and what was typed
     * before it was there.
     */
    showCursor() {
        const cell = this.gridRef.el?.querySelector(".o_crm_territory_cursor");
        cell?.scrollIntoView({block: "nearest", inline: "nearest"});
        const input = cell?.querySelector("input");
        if (input && input !== document.activeElement) {
            input.value += this.editor.typedAhead;
            this.editor.edit.text = input.value;
            this.editor.typedAhead = "";
            input.focus();
            input.setSelectionRange(input.value.length, input.value.length);
        }
    }

    /** Where not all periods fit, scroll to the current one. */
    showCurrentPeriod() {
        const grid = this.gridRef.el;
        const current = grid?.querySelector("thead .o_crm_territory_current");
        if (current && current.offsetLeft + current.offsetWidth > grid.clientWidth) {
            const names = grid.querySelector("thead .o_crm_territory_name");
            grid.scrollLeft = current.offsetLeft - names.offsetWidth;
        }
    }
    onFocus() {
        const {rows, cursor} = this.editor;
        if (!cursor && rows.length) {
            this.editor.place(rows[0].key, 0);
        }
    }

    onFocusOut(ev) {
        const isLeft = ev.target.matches("input") && ev.relatedTarget;
        if (this.editor.edit && isLeft && !this.messages.isTelling) {
            this.editor.commit();
        }
    }

    // Keys --------------------------------------------------------------------

    /** A row that is drawn again, as when a save ends meanwhile, shows the edit's text. */
    onInput(ev) {
        if (this.editor.edit) {
            this.editor.edit.text = ev.target.value;
        }
    }

    onKeydown(ev) {
        const {cursor, edit} = this.editor;
        if (!cursor || ev.target.closest("button")) {
            return;
        }
        const command = commandOf(ev, {
            isEditing: Boolean(edit),
            isReplacing: edit?.isReplacing,
            isInField: Boolean(ev.target.closest("input")),
        });
        if (command && this.follow(command)) {
            ev.preventDefault();
            ev.stopPropagation();
        }
        if (edit && !this.editor.edit) {
            this.gridRef.el.focus({preventScroll: true});
        }
    }

    /**
     * Do what a key asks for; returns whether that is all the key is to do.
     */
    follow(command) {
        const {editor} = this;
        switch (command.name) {
            case "take":
                return !editor.commit() || this.follow(command.then);
            case "along":
                // from the last cell Tab leaves the sheet
                return editor.moveAlong(command.steps);
            case "move":
                editor.move(command.steps, command.isExtending);
                break;
            case "type":
                editor.beginEdit(command.text);
                break;
            case "ahead":
                editor.typedAhead += command.text;
                break;
            default:
                this[command.name]();
        }
        return true;
    }

    edit() {
        this.editor.beginEdit();
    }

    cancel() {
        this.editor.endEdit();
    }

    clear() {
        this.editor.clearSelection();
    }

    selectAll() {
        this.editor.selectAll();
    }

    shrink() {
        this.editor.shrink();
    }

    fold() {
        const row = this.editor.cursorRow;
        if (row.has_children) {
            this.editor.toggleRow(row.key);
        }
    }

    async undo() {
        this.tellChanged(await this.editor.undo(), _t("There is nothing to undo."));
    }

    async redo() {
        this.tellChanged(await this.editor.redo(), _t("There is nothing to do again."));
    }

    /** A wizard may have changed what is not on the page. */
    tellChanged(isShown, nothing) {
        if (isShown === null) {
            this.messages.inform(nothing);
        } else if (!isShown) {
            this.messages.inform(_t("The targets that changed do not show here."));
        }
    }

    // Mouse and touch ---------------------------------------------------------

    /** The cell that an event is about: {key, column}, or null. */
    cellOf(ev) {
        const cell = ev.target.closest(".o_crm_territory_cell");
        return (
            cell && {
                key: cell.closest("tr").dataset.key,
                column: Number(cell.dataset.column),
            }
        );
    }

    onMouseDown(ev) {
        const cell = this.cellOf(ev);
        if (!cell || ev.button !== 0 || ev.target.closest("input")) {
            return;
        }
        ev.preventDefault();
        if (!this.editor.commit()) {
            return;
        }
        this.gridRef.el.focus({preventScroll: true});
        const {cursor} = this.editor;
        const isSame = cursor?.key === cell.key && cursor.column === cell.column;
        this.editor.place(cell.key, cell.column, ev.shiftKey);
        this.isDragging = true;
        // a phone has neither keys nor double clicks: a second touch edits
        if (isSame && this.ui.isSmall) {
            this.editor.beginEdit();
        }
    }

    onMouseOver(ev) {
        const cell = this.isDragging && !this.editor.edit && this.cellOf(ev);
        if (cell) {
            this.editor.place(cell.key, cell.column, true);
        }
    }

    onClick(ev) {
        const fold = ev.target.closest(".o_crm_territory_fold");
        if (fold) {
            this.editor.toggleRow(fold.closest("tr").dataset.key);
        }
    }

    onDoubleClick(ev) {
        if (this.cellOf(ev) && !this.editor.edit) {
            this.editor.beginEdit();
        }
    }

    // Clipboard ---------------------------------------------------------------

    onCopy(ev) {
        if (this.editor.cursor && !this.editor.edit) {
            ev.clipboardData.setData("text/plain", this.editor.copied());
            ev.preventDefault();
        }
    }

    onPaste(ev) {
        if (!this.editor.cursor || this.editor.edit) {
            return;
        }
        ev.preventDefault();
        const text = ev.clipboardData.getData("text/plain");
        // an empty cell of a spreadsheet is a new line; nothing at all is a picture
        if (text) {
            this.editor.paste(parseBlock(text));
        }
    }
}

/**
 * What the browser tells of the grid, and the focus in it: keys, mouse, touch and
 * clipboard, each handed on to the editor.
 *
 * @param {SheetEditor} editor
 * @param {Object} messages of useEditMessages
 */
export function useSheetEvents(editor, messages) {
    const ui = useService("ui");
    const events = new SheetEvents(useRef("grid"), ui, editor, messages);
    useExternalListener(window, "mouseup", () => {
        events.isDragging = false;
    });
    useEffect(
        () => events.showCursor(),
        () => [editor.cursor?.key, editor.cursor?.column, editor.edit]
    );
    useEffect(
        () => events.showCurrentPeriod(),
        () => [editor.model.page?.periods[0].key]
    );
    return events;
}
