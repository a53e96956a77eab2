import {AmountFormat, formatRate, progressOf} from "../figures/figures";
import {Component, onWillStart, useState} from "@odoo/owl";
import {crmKanbanView} from "@crm/views/crm_kanban/crm_kanban_view";
import {registry} from "@web/core/registry";
import {useService} from "@web/core/utils/hooks";

/**
 * What the salesperson is to achieve in the running period, by territory, and what of
 * it is still to be won. Nothing shows without a target.
 */
export class OwnTargets extends Component {
    static template = "crm_territory_forecast.OwnTargets";
    static props = {};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.formatRate = formatRate;
        this.state = useState({label: "", rows: []});
        onWillStart(() => this.load());
    }

    async load() {
        const own = await this.orm.call(
            "crm.territory.forecast",
            "get_own_targets",
            []
        );
        this.format = new AmountFormat(own);
        this.state.label = own.label;
        this.state.rows = own.rows;
    }

    width(row) {
        return Math.min(100, Math.round(100 * (row.achieved_rate ?? 1)));
    }

    progress(row) {
        return progressOf(row, false);
    }

    openBoard(row) {
        this.action.doAction(
            "crm_territory_forecast.crm_territory_forecast_action_board",
            {
                additionalContext: {
                    active_model: "crm.territory",
                    active_id: row.territory_id,
                },
            }
        );
    }
}

class OwnTargetsKanbanRenderer extends crmKanbanView.Renderer {
    static template = "crm_territory_forecast.OwnTargetsKanbanRenderer";
    static components = {...crmKanbanView.Renderer.components, OwnTargets};

    /**
     * The same kanban shows leads, which have no target.
     */
    get showsOpportunities() {
        return this.props.list.context.default_type === "opportunity";
    }
}

registry
    .category("views")
    .add(
        "crm_kanban",
        {...crmKanbanView, Renderer: OwnTargetsKanbanRenderer},
        {force: true}
    );
