import {ListController} from "@web/views/list/list_controller";
import {StartSteps} from "./start_steps";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";

/** The plans, below the first steps of who has none yet. */
class PlanListController extends ListController {
    static template = "crm_territory.PlanListView";
    static components = {...ListController.components, StartSteps};
}

registry.category("views").add("crm_territory_plan_list", {
    ...listView,
    Controller: PlanListController,
});
