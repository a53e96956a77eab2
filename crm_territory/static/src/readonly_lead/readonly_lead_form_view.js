import "@crm/views/crm_form/crm_form";
import {registry} from "@web/core/registry";

const views = registry.category("views");
const crmFormView = views.get("crm_form");

class TerritoryLeadFormController extends crmFormView.Controller {
    /**
     * What the cog menu offers for a lead acts on it, and would fail on one that is
     * shared for reading only.
     * @override
     */
    get actionMenuItems() {
        const items = super.actionMenuItems;
        return this.model.root.data.territory_is_readonly
            ? {...items, action: []}
            : items;
    }
}

views.add(
    "crm_form",
    {...crmFormView, Controller: TerritoryLeadFormController},
    {force: true}
);
