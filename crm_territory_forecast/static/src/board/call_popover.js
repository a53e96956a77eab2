import {Component, useRef, useState} from "@odoo/owl";
import {InvalidNumberError, parseFloat} from "@web/views/fields/parsers";
import {_t} from "@web/core/l10n/translation";
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
        // who wrote it in which week, if somebody did
        origin: {type: String, optional: true},
        onSave: Function,
    };

    setup() {
        useAutofocus({refName: "amount", selectAll: true});
        this.amountRef = useRef("amount");
        this.noteRef = useRef("note");
        this.state = useState({error: ""});
    }

    async save() {
        const text = this.amountRef.el.value.trim();
        let amount = null;
        try {
            amount = text === "" ? null : parseFloat(text);
        } catch (error) {
            if (!(error instanceof InvalidNumberError)) {
                throw error;
            }
            this.state.error = _t("“%s” is not a number.", text);
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
