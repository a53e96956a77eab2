import {HierarchyArchParser} from "@web_hierarchy/hierarchy_arch_parser";
import {hierarchyView} from "@web_hierarchy/hierarchy_view";
import {registry} from "@web/core/registry";

/**
 * Who may not write territories cannot drag them either.
 */
export class CrmTerritoryHierarchyArchParser extends HierarchyArchParser {
    parse() {
        const archInfo = super.parse(...arguments);
        archInfo.draggable = archInfo.draggable && archInfo.activeActions.edit;
        return archInfo;
    }
}

registry.category("views").add("crm_territory_hierarchy", {
    ...hierarchyView,
    ArchParser: CrmTerritoryHierarchyArchParser,
});
