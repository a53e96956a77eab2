import {registry} from "@web/core/registry";
import {graphView} from "@web/views/graph/graph_view";
import {MovementGraphModel} from "./movement_graph_model";
import {MovementGraphRenderer} from "./movement_graph_renderer";

registry.category("views").add("crm_territory_movement", {
    ...graphView,
    Model: MovementGraphModel,
    Renderer: MovementGraphRenderer,
});
