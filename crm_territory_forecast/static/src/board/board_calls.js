import {CallPopover} from "./call_popover";
import {ChangeHistory} from "@crm_territory/editing/change_history";
import {_t} from "@web/core/l10n/translation";
import {serializeDate, today} from "@web/core/l10n/dates";
import {useEditMessages} from "@crm_territory/editing/edit_messages";
import {usePopover} from "@web/core/popover/popover_hook";
import {useService} from "@web/core/utils/hooks";
import {markRaw, useState} from "@odoo/owl";

class BoardCalls {
    constructor(orm, popover, messages, onChange) {
        Object.assign(this, {orm, popover, messages, onChange});
        this.history = new ChangeHistory();
        // keys between the one that opens the popover and the drawing of its field
        this.typedAhead = null;
    }

    // Writing -----------------------------------------------------------------

    /**
     * Open the popover at an element.
     *
     * @param {HTMLElement} target
     * @param {Object} cell ``place`` (forecastId, and what set_call takes of it), the
     *  ``call`` that is there or null, its ``title``, ``amount`` as one would type it,
     *  ``origin`` (who made it) and the ``symbol`` of the currency
     * @param {string} [typed] what replaces the amount
     */
    open(target, {place, call, title, amount, origin, symbol}, typed) {
        this.typedAhead = typed ?? null;
        this.popover.open(target, {
            ...{title, origin, symbol},
            amount: typed === undefined ? amount : "",
            note: call?.note || "",
            canRemove: isOfThisWeek(call),
            takeTyped: () => this.takeTyped(),
            onSave: (value, note) =>
                this.save({place, before: call, after: {amount: value, note}}),
        });
    }

    takeTyped() {
        const typed = this.typedAhead;
        this.typedAhead = null;
        return typed;
    }

    /** A key while the popover is on its way; whether it is. */
    typeAhead(text) {
        if (this.typedAhead === null) {
            return false;
        }
        this.typedAhead += text;
        return true;
    }

    async save(change) {
        const {before, after} = change;
        if (after.amount === null && !isOfThisWeek(before)) {
            return;
        }
        this.history.add(markRaw(change));
        await this.apply(change, change.after);
    }

    async apply(change, {amount, note}) {
        const {forecastId, ...place} = change.place;
        try {
            await this.orm.call("crm.territory.forecast", "set_call", [
                [forecastId],
                {...place, amount, note},
            ]);
        } catch (error) {
            this.history.drop(change);
            throw error;
        } finally {
            await this.onChange();
        }
    }

    // Undo --------------------------------------------------------------------

    get canUndo() {
        return this.history.done.length > 0;
    }

    get canRedo() {
        return this.history.undone.length > 0;
    }

    async undo() {
        const change = this.history.undo();
        if (!change) {
            this.messages.inform(_t("There is nothing to undo."));
            return;
        }
        // what was said in an earlier week shows again when this week's call is gone
        const {before} = change;
        await this.apply(
            change,
            isOfThisWeek(before) ? before : {amount: null, note: ""}
        );
    }

    async redo() {
        const change = this.history.redo();
        if (!change) {
            this.messages.inform(_t("There is nothing to do again."));
            return;
        }
        await this.apply(change, change.after);
    }
}

function isOfThisWeek(call) {
    return Boolean(call) && call.week === serializeDate(today().startOf("week"));
}

/**
 * Calls of the board: written in a popover, undone and done again.
 *
 * @param {Object} options ``onChange()`` reads the board again, ``onClose()`` is called
 *  when the popover is gone
 */
export function useBoardCalls({onChange, onClose}) {
    const popover = usePopover(CallPopover, {
        position: "bottom-end",
        popoverClass: "o_crm_territory_call",
        onClose,
    });
    const messages = useEditMessages({onRead: onClose});
    const calls = new BoardCalls(useService("orm"), popover, messages, onChange);
    return useState(calls);
}
