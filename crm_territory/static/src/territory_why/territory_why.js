import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";

const OVERRIDE_FIELDS = ["decision", "territory_id", "reason", "user_id", "date_end"];
const KEYS = {"res.partner": "partner_id", "crm.lead": "lead_id"};

/**
 * Why the record is in its territories, and what was decided by hand. Asked for when
 * the page of the form is opened, so that opening the form costs nothing.
 */
class TerritoryWhy extends Component {
    static template = "crm_territory.TerritoryWhy";
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({why: false, overrides: []});
        let shownId = false;
        useRecordObserver(async (record) => {
            // What the territories depend on has changed: ask again
            const {territory_ids: territories} = record.data;
            const {resModel, resId} = record;
            if (resId !== shownId) {
                // Of another record, or a new one: nothing is known of it yet
                shownId = resId;
                Object.assign(this.state, {why: false, overrides: []});
            }
            if (!resId || !territories) {
                return;
            }
            const [[values], overrides] = await Promise.all([
                this.orm.read(resModel, [resId], ["territory_why"]),
                this.orm.searchRead(
                    "crm.territory.override",
                    [[KEYS[resModel], "=", resId]],
                    OVERRIDE_FIELDS
                ),
            ]);
            if (resId === shownId) {
                Object.assign(this.state, {why: values.territory_why, overrides});
            }
        });
    }

    decision(override) {
        return override.decision === "in" ? _t("Put in") : _t("Kept out");
    }

    date(override) {
        return override.date_end ? formatDate(deserializeDate(override.date_end)) : "";
    }
}

registry.category("view_widgets").add("territory_why", {
    component: TerritoryWhy,
    fieldDependencies: [{name: "territory_ids", type: "many2many"}],
});
