import {HierarchyArchParser} from "@web_hierarchy/hierarchy_arch_parser";
import {HierarchyModel} from "@web_hierarchy/hierarchy_model";
import {hierarchyView} from "@web_hierarchy/hierarchy_view";
import {registry} from "@web/core/registry";

/**
 * Who may not create territories cannot move them in the tree either: the managers
 * of a territory may write it, but not its place.
 */
export class CrmTerritoryHierarchyArchParser extends HierarchyArchParser {
    parse() {
        const archInfo = super.parse(...arguments);
        archInfo.draggable = archInfo.draggable && archInfo.activeActions.create;
        return archInfo;
    }
}

/**
 * A tree that has one root only shows what is below it at once.
 */
export class CrmTerritoryHierarchyModel extends HierarchyModel {
    async load() {
        await super.load(...arguments);
        const [tree, ...otherTrees] = this.root.trees;
        if (tree && !otherTrees.length && tree.root.canShowChildNodes) {
            await tree.root.showChildNodes();
        }
    }
}

registry.category("views").add("crm_territory_hierarchy", {
    ...hierarchyView,
    ArchParser: CrmTerritoryHierarchyArchParser,
    Model: CrmTerritoryHierarchyModel,
});
