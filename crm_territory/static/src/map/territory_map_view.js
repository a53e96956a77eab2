import {registry} from "@web/core/registry";
import {GraphController} from "@web/views/graph/graph_controller";
import {graphView} from "@web/views/graph/graph_view";
import {TerritoryMapModel} from "./territory_map_model";
import {TerritoryMapRenderer} from "./territory_map_renderer";

/** A favorite keeps the region, and the color where the user chose one. */
export class TerritoryMapController extends GraphController {
    getContext() {
        const {chosenColor, measure, region} = this.model.metaData;
        return {
            graph_measure: measure,
            graph_groupbys: chosenColor ? [chosenColor] : [],
            map_region: region,
        };
    }
}

registry.category("views").add("crm_territory_map", {
    ...graphView,
    Controller: TerritoryMapController,
    Model: TerritoryMapModel,
    Renderer: TerritoryMapRenderer,
    buttonTemplate: "crm_territory.TerritoryMap.Buttons",
});
