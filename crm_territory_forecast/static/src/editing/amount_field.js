import {FloatField, floatField} from "@web/views/fields/float/float_field";
import {parseAmount} from "./amount_parser";
import {registry} from "@web/core/registry";

/**
 * An amount in a form or a list, read as in the sheet: "10k" is one, too.
 */
export class AmountField extends FloatField {
    parse(text) {
        return parseAmount(text) ?? 0;
    }
}

registry.category("fields").add("territory_amount", {
    ...floatField,
    component: AmountField,
});
