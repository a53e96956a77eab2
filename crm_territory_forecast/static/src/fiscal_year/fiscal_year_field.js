import {rangeAround, yearLabel} from "../period_range/period_range";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

// how many years before and after the one that is chosen can be chosen
const YEARS_AROUND = 5;

/**
 * A date that stands for the fiscal year that it is in, chosen as a year.
 *
 * The first month of the fiscal year is the record's ``fiscal_month``.
 */
export class FiscalYearField extends Component {
    static template = "crm_territory_forecast.FiscalYearField";
    static props = {...standardFieldProps};

    get start() {
        const day = this.props.record.data[this.props.name];
        const month = Number(this.props.record.data.fiscal_month || 1);
        return deserializeDate(rangeAround("year", month, day || undefined).date_from);
    }

    get label() {
        return yearLabel(this.start);
    }

    get years() {
        const {start} = this;
        const years = [];
        for (let step = -YEARS_AROUND; step <= YEARS_AROUND; step++) {
            const year = start.plus({years: step});
            years.push({label: yearLabel(year), step});
        }
        return years;
    }

    choose(step) {
        this.props.record.update({
            [this.props.name]: this.start.plus({years: Number(step)}),
        });
    }
}

registry.category("fields").add("fiscal_year", {
    component: FiscalYearField,
    displayName: _t("Fiscal Year"),
    supportedTypes: ["date"],
});
