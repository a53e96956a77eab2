import {Component} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

const formatters = registry.category("formatters");

/**
 * A figure after a change, with what it was before and the difference: "120 → 95" and
 * "−25" below. The other two are fields of the same record.
 */
export class BeforeAfterField extends Component {
    static template = "crm_territory.BeforeAfterField";
    static props = {
        ...standardFieldProps,
        before: {type: String},
        difference: {type: String},
    };

    get field() {
        return this.props.record.fields[this.props.name];
    }

    format(value) {
        const options = {
            data: this.props.record.data,
            field: this.field,
            digits: this.field.type === "float" ? [16, 1] : undefined,
        };
        if (this.field.type === "monetary") {
            // cents would only fill the column
            options.digits = [16, 0];
        }
        return formatters.get(this.field.type)(value || 0, options);
    }

    get after() {
        return this.format(this.props.record.data[this.props.name]);
    }

    get before() {
        return this.format(this.props.record.data[this.props.before]);
    }

    get difference() {
        const difference = this.props.record.data[this.props.difference];
        if (!difference || this.format(difference) === this.format(0)) {
            return "";
        }
        const sign = difference > 0 ? "+" : "−";
        return sign + this.format(Math.abs(difference));
    }

    get colour() {
        return this.props.record.data[this.props.difference] > 0
            ? "text-success"
            : "text-danger";
    }
}

registry.category("fields").add("crm_territory_before_after", {
    component: BeforeAfterField,
    supportedTypes: ["integer", "float", "monetary"],
    extractProps: ({options}) => ({
        before: options.before,
        difference: options.difference,
    }),
});
