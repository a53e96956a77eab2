import {Component, onWillStart, useState} from "@odoo/owl";
import {Layout} from "@web/search/layout";
import {StartSteps} from "../start_steps/start_steps";
import {TerritoryTree} from "./territory_tree";
import {registry} from "@web/core/registry";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";

/**
 * The tree of a plan on a screen of its own.
 */
export class TerritoryTreeAction extends Component {
    static template = "crm_territory.TerritoryTreeAction";
    static components = {Layout, StartSteps, TerritoryTree};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        const {active_model, active_id} = this.props.action.context || {};
        this.state = useState({
            plans: [],
            planId:
                this.props.state?.planId ||
                (active_model === "crm.territory.plan" && active_id) ||
                false,
        });
        useSetupAction({getLocalState: () => ({planId: this.state.planId})});
        onWillStart(async () => {
            const found = await this.orm.call(
                "crm.territory.plan",
                "get_tree_plans",
                []
            );
            this.state.plans = found.plans;
            this.state.planId ||= found.default_id;
        });
    }

    showPlan(value) {
        this.state.planId = Number(value);
    }
}

/**
 * The tree of a plan in its form.
 */
export class TerritoryTreeWidget extends Component {
    static template = "crm_territory.TerritoryTreeWidget";
    static components = {TerritoryTree};
    static props = {...standardWidgetProps};

    get plan() {
        const {resId, data} = this.props.record;
        return {id: resId, state: data.state};
    }
}

registry.category("actions").add("crm_territory.tree", TerritoryTreeAction);
registry.category("view_widgets").add("crm_territory_tree", {
    component: TerritoryTreeWidget,
    fieldDependencies: [{name: "state", type: "selection"}],
    additionalClasses: ["w-100"],
});
