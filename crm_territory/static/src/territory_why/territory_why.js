import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDate, formatDate} from "@web/core/l10n/dates";
import {RecordSelector} from "@web/core/record_selectors/record_selector";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";
import {useRecordObserver} from "@web/model/relational_model/utils";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {TerritoryExplanation} from "./territory_explanation";

const OVERRIDE_FIELDS = ["decision", "territory_id", "reason", "user_id", "date_end"];
const KEYS = {"res.partner": "partner_id", "crm.lead": "lead_id"};

/**
 * Why the record is in its territories, why it is not in another, and what was decided
 * by hand. Asked for when the page of the form is opened, so that opening the form costs
 * nothing.
 */
class TerritoryWhy extends Component {
    static template = "crm_territory.TerritoryWhy";
    static components = {RecordSelector, TerritoryExplanation};
    static props = {...standardWidgetProps};

    setup() {
        this.orm = useService("orm");
        this.state = useState({explanation: null, overrides: [], askedId: false});
        let shownId = false;
        useRecordObserver(async (record) => {
            // What the territories depend on has changed: ask again
            const {territory_ids: territories} = record.data;
            const {resModel, resId} = record;
            if (resId !== shownId) {
                // Of another record, or a new one: nothing is known of it yet
                shownId = resId;
                Object.assign(this.state, {
                    explanation: null,
                    overrides: [],
                    askedId: false,
                });
            }
            if (!resId || !territories) {
                return;
            }
            const [explanation, overrides] = await Promise.all([
                this.explain(record),
                this.orm.searchRead(
                    "crm.territory.override",
                    [[KEYS[resModel], "=", resId]],
                    OVERRIDE_FIELDS
                ),
            ]);
            if (resId === shownId) {
                Object.assign(this.state, {explanation, overrides});
            }
        });
    }

    explain({resModel, resId}) {
        return this.orm.call(resModel, "get_territory_explanation", [[resId]], {
            territory_id: this.state.askedId,
        });
    }

    async askWhyNot(territoryId) {
        this.state.askedId = territoryId;
        this.state.explanation = await this.explain(this.props.record);
    }

    get selectorProps() {
        return {
            resModel: "crm.territory",
            resId: this.state.askedId,
            domain: [["plan_id.state", "=", "active"]],
            placeholder: _t("Why not…? Choose a territory"),
            fieldString: _t("Territory"),
            update: this.askWhyNot.bind(this),
        };
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
