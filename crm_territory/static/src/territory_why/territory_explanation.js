import {Component, useState} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/** The icon of what holds, fails, or is only told. */
function icon(holds) {
    if (holds === null) {
        return "fa-circle-o text-muted";
    }
    return holds ? "fa-check text-success" : "fa-times text-danger";
}

/**
 * Why a record is in its territories, and not in others: what
 * `get_territory_explanation` answers.
 */
export class TerritoryExplanation extends Component {
    static template = "crm_territory.TerritoryExplanation";
    static props = {explanation: Object};

    setup() {
        this.icon = icon;
        this.state = useState({opened: {}});
    }

    /** The territories that came nearest need no look at first: they are folded. */
    get sections() {
        const {territories, others, asked} = this.props.explanation;
        const sections = [
            {name: "asked", cards: asked ? [asked] : [], isOpen: true},
            {name: "territories", cards: territories, isOpen: true},
            {name: "others", cards: others, isOpen: false},
        ];
        return sections.filter((section) => section.cards.length);
    }

    isOpen(section, card) {
        return this.state.opened[`${section.name} ${card.id}`] ?? section.isOpen;
    }

    toggle(section, card) {
        const key = `${section.name} ${card.id}`;
        this.state.opened[key] = !this.isOpen(section, card);
    }
}

/** A field that holds an explanation. */
class TerritoryExplanationField extends Component {
    static template = "crm_territory.TerritoryExplanationField";
    static components = {TerritoryExplanation};
    static props = {...standardFieldProps};

    get value() {
        return this.props.record.data[this.props.name];
    }
}

/** A field that holds what is asked of a record, and whether that holds. */
class TerritoryChecksField extends Component {
    static template = "crm_territory.TerritoryChecksField";
    static props = {...standardFieldProps};

    setup() {
        this.icon = icon;
    }

    get value() {
        return this.props.record.data[this.props.name];
    }
}

const fields = registry.category("fields");
fields.add("territory_explanation", {
    component: TerritoryExplanationField,
    supportedTypes: ["json"],
});
fields.add("territory_checks", {
    component: TerritoryChecksField,
    supportedTypes: ["json"],
});
