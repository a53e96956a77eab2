import {onMounted, onWillUnmount, useState} from "@odoo/owl";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {ListController} from "@web/views/list/list_controller";
import {browser} from "@web/core/browser/browser";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {listView} from "@web/views/list/list_view";
import {registry} from "@web/core/registry";
import {useSetupAction} from "@web/search/action_hook";

/**
 * What is found in a moment is there when the view opens; it asks for the rest, once,
 * and shows it when it comes.
 *
 * @param {Function} Controller of the view
 * @param {String} template its own
 * @returns {Function}
 */
function looking(Controller, template) {
    return class extends Controller {
        static template = template;

        setup() {
            super.setup();
            this.looking = useState({isBusy: !this.props.globalState?.hasLooked});
            useSetupAction({getGlobalState: () => ({hasLooked: !this.looking.isBusy})});
            onMounted(() => this.findRest());
            onWillUnmount(() => {
                this.isLeft = true;
            });
        }

        async findRest() {
            if (!this.looking.isBusy) {
                return;
            }
            try {
                await this.model.orm.silent.call(this.props.resModel, "find_rest", [
                    this.props.context.default_plan_id,
                ]);
                if (!this.isLeft) {
                    await this.model.root.load();
                    // columns come before the one that a phone shows
                    browser.requestAnimationFrame(() =>
                        this.rootRef.el
                            ?.querySelector(".o_renderer")
                            ?.scrollTo({left: 0})
                    );
                }
            } finally {
                this.looking.isBusy = false;
            }
        }
    };
}

registry.category("views").add("crm_territory_findings_list", {
    ...listView,
    Controller: looking(ListController, "crm_territory.FindingsList"),
});
registry.category("views").add("crm_territory_findings_kanban", {
    ...kanbanView,
    Controller: looking(KanbanController, "crm_territory.FindingsKanban"),
});
