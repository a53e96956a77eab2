import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {rowTotal} from "./changed_page";

/**
 * One row of the sheet: drawn again only when it changes, or the cursor comes or goes.
 *
 * It listens to nothing itself: the sheet hears what happens in all its rows.
 */
export class SheetRow extends Component {
    static template = "crm_territory_forecast.SheetRow";
    static props = {
        row: Object,
        periods: Array,
        format: Object,
        isFolded: Boolean,
        hasLastYear: Boolean,
        // columns; -1 where there is none
        cursor: Number,
        selectedFrom: Number,
        selectedTo: Number,
        // the text of an edit of the cell under the cursor
        edit: {type: [String, {value: null}]},
        // why the target of a row, by its key, in a column cannot be changed
        refusalAt: Function,
    };

    get foldTitle() {
        return this.props.isFolded ? _t("Unfold") : _t("Fold");
    }

    get rowTotal() {
        return rowTotal(this.props.row);
    }

    isSelected(column) {
        return this.props.selectedFrom <= column && column <= this.props.selectedTo;
    }

    hasMismatch(cell) {
        return Boolean(cell.mismatch) && Math.abs(cell.mismatch) >= 0.005;
    }

    mismatchTitle(cell) {
        const {format} = this.props;
        return _t("Mismatch: the target is %(target)s, those below have %(parts)s", {
            target: format.full(cell.amount),
            parts: format.full(cell.parts),
        });
    }

    cellTitle(cell, column) {
        return cell.can_edit ? "" : this.props.refusalAt(this.props.row.key, column);
    }
}
