import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {standardWidgetProps} from "@web/views/widgets/standard_widget_props";
import {useService} from "@web/core/utils/hooks";

/**
 * The first steps to a plan that assigns: they tick themselves, and one can close them.
 */
export class StartSteps extends Component {
    static template = "crm_territory.StartSteps";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({steps: []});
        const read = async () => {
            this.state.steps = await this.orm.call(
                "crm.territory.plan",
                "get_start_steps",
                []
            );
        };
        onWillStart(read);
        onWillUpdateProps(read);
    }

    stateLabel(step) {
        return step.is_done ? _t("Done") : _t("To do");
    }

    get next() {
        return this.state.steps.find((step) => !step.is_done);
    }

    /** Where a step is done. */
    open({name, plan_id}) {
        if (!plan_id) {
            return this.action.doAction("crm_territory.crm_territory_start_action");
        }
        if (name === "criteria" || name === "people") {
            return this.action.doAction("crm_territory.crm_territory_action_tree", {
                additionalContext: {
                    active_model: "crm.territory.plan",
                    active_id: plan_id,
                },
            });
        }
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.territory.plan",
            res_id: plan_id,
            views: [[false, "form"]],
        });
    }

    async close() {
        await this.orm.call("crm.territory.plan", "close_start_steps", []);
        this.state.steps = [];
    }
}

/** In a form: what is saved there may have done a step. */
class StartStepsWidget extends Component {
    static template = "crm_territory.StartStepsWidget";
    static components = {StartSteps};
    static props = {...standardWidgetProps};

    get key() {
        const {resId, data} = this.props.record;
        return `${resId} ${data.state}`;
    }
}

registry.category("view_widgets").add("crm_territory_start_steps", {
    component: StartStepsWidget,
    fieldDependencies: [{name: "state", type: "selection"}],
});
