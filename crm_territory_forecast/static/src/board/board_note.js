import {Component, useState, xml} from "@odoo/owl";

/**
 * What the title of the focused cell says, for who has no mouse to point at it; screen
 * readers tell the title itself. Drawn apart: the board is not drawn again when the
 * focus moves.
 */
export class BoardNote extends Component {
    static template = xml`
        <div class="o_crm_territory_board_note px-3 py-1 border-top small text-muted"
            aria-hidden="true" t-out="note.text"/>
    `;
    static props = {note: Object};

    setup() {
        this.note = useState(this.props.note);
    }
}
