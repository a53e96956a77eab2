import {Component, onMounted, useRef, useState} from "@odoo/owl";
import {InvalidNumberError} from "@web/views/fields/parsers";
import {parseAmount} from "../editing/amount_parser";
import {useAutofocus} from "@web/core/utils/hooks";

/**
 * Where a manager writes the own judgement of a period beside the computed figure.
 */
export class CallPopover extends Component {
    static template = "crm_territory_forecast.CallPopover";
    static props = {
        close: Function,
        title: String,
        // as one would type it; empty without a call
        amount: String,
        note: String,
        // of the currency
        symbol: String,
        // who wrote it in which week, if somebody did
        origin: {type: String, optional: true},
        canRemove: Boolean,
        // what was typed before the field was there, or null
        takeTyped: Function,
        onSave: Function,
    };

    setup() {
        useAutofocus({refName: "amount", selectAll: true});
        this.amountRef = useRef("amount");
        this.noteRef = useRef("note");
        this.state = useState({error: ""});
        onMounted(() => this.showTyped());
    }

    showTyped() {
        const typed = this.props.takeTyped();
        if (typed !== null) {
            const input = this.amountRef.el;
            input.value = typed;
            input.setSelectionRange(typed.length, typed.length);
        }
    }

    async save() {
        let amount = null;
        try {
            amount = parseAmount(this.amountRef.el.value, this.props.symbol);
        } catch (error) {
            if (!(error instanceof InvalidNumberError)) {
                throw error;
            }
            this.state.error = error.message;
            return;
        }
        await this.props.onSave(amount, this.noteRef.el.value.trim());
        this.props.close();
    }

    async remove() {
        await this.props.onSave(null, "");
        this.props.close();
    }
}
