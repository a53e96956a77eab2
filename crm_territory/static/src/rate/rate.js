import {formatPercentage} from "@web/views/fields/formatters";
import {percentageField} from "@web/views/fields/percentage/percentage_field";
import {registry} from "@web/core/registry";

/**
 * A rate that a group may not have: without a target, or without capacity, there is
 * none, which Odoo's percentage would show as 0 %.
 */
export function formatRate(value, options) {
    return value === false ? "" : formatPercentage(value, options);
}
formatRate.extractOptions = formatPercentage.extractOptions;

registry.category("formatters").add("crm_territory_rate", formatRate);
registry.category("fields").add("crm_territory_rate", percentageField);
