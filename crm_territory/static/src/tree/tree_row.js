import {AutoComplete} from "@web/core/autocomplete/autocomplete";
import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";

// so many members are named
const NAMED = 2;

/**
 * One row of the tree: drawn again only when it changes, or the cursor comes or goes.
 *
 * It listens to nothing itself: the tree hears what happens in all its rows.
 */
export class TreeRow extends Component {
    static template = "crm_territory.TreeRow";
    static components = {AutoComplete};
    static props = {
        row: Object,
        types: Array,
        isFolded: Boolean,
        isCursor: Boolean,
        canEdit: Boolean,
        // "before", "below" or "after": where what is dragged would be dropped
        target: String,
        // the column that is written, and its text
        column: String,
        text: String,
        // what it has from above: {from, texts}
        inherited: {type: [Object, {value: null}]},
        members: Array,
    };

    get typeName() {
        return this.props.types.find(({id}) => id === this.props.row.type_id)?.name;
    }

    get foldTitle() {
        return this.props.isFolded ? _t("Unfold") : _t("Fold");
    }

    get conflictLabel() {
        return _t("%s conflicts", this.props.row.conflicts);
    }

    get gapLabel() {
        return _t("%s gaps", this.props.row.gaps);
    }

    get memberSummary() {
        const {members} = this.props.row;
        const names = members.slice(0, NAMED).map(({name}) => name);
        if (members.length > NAMED) {
            names.push(_t("%s more", members.length - NAMED));
        }
        return names.join(", ");
    }

    get memberTitle() {
        const named = ({name, is_manager}) =>
            is_manager ? _t("%s (manager)", name) : name;
        return this.props.row.members.map(named).join("\n");
    }

    get criteriaTitle() {
        return this.props.row.criteria.map(({text}) => text).join("\n");
    }

    get inheritedTitle() {
        return _t("From %(territory)s: %(criteria)s", {
            territory: this.props.inherited.from,
            criteria: this.props.inherited.texts.join("; "),
        });
    }
}
