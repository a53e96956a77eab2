import {SpreadsheetDashboardAction} from "@spreadsheet_dashboard/bundle/dashboard_action/dashboard_action";
import {patch} from "@web/core/utils/patch";

/**
 * Figures of dashboards by territory are grey and pulse until what they show is there,
 * rather than being empty.
 */
patch(SpreadsheetDashboardAction.prototype, {
    /** Whether figures of the dashboard that is shown wait for the server. */
    get areFiguresWaiting() {
        const model = this.loader.getActiveDashboard()?.model;
        if (!model) {
            return false;
        }
        const isByTerritory = model.getters
            .getGlobalFilters()
            .some((filter) => filter.modelName === "crm.territory");
        const {odooDataProvider} = model.config.custom;
        return isByTerritory && odooDataProvider.pendingPromises.size > 0;
    },
});
