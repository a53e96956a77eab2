import {Component, onWillStart, onWillUpdateProps, useState} from "@odoo/owl";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {TreeEditor} from "./tree_editor";
import {TreeModel} from "./tree_model";
import {TreeRow} from "./tree_row";
import {_t} from "@web/core/l10n/translation";
import {browser} from "@web/core/browser/browser";
import {firstFolds} from "./tree_rows";
import {leavingOf} from "./tree_words";
import {useEditMessages} from "../editing/edit_messages";
import {useService} from "@web/core/utils/hooks";
import {useTreeEvents} from "./tree_events";

// so many users are offered
const OFFERED = 8;

const folds = {
    key: (planId) => `crm_territory.tree.${planId}`,
    read(planId) {
        return JSON.parse(browser.localStorage.getItem(this.key(planId)) || "null");
    },
    keep(planId, folded) {
        browser.localStorage.setItem(this.key(planId), JSON.stringify(folded));
    },
};

/**
 * The tree of a plan, changed as in an outline: by keyboard, mouse and buttons.
 */
export class TerritoryTree extends Component {
    static template = "crm_territory.TerritoryTree";
    static components = {TreeRow};
    static props = {planId: Number, planState: {type: String, optional: true}};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.dialog = useService("dialog");
        this.ui = useService("ui");
        this.messages = useEditMessages({onRead: () => this.events.focus()});
        this.model = useState(
            new TreeModel(this.orm, (names) => this.tellOthers(names))
        );
        this.editor = useState(
            new TreeEditor(this.model, (folded) =>
                folds.keep(this.props.planId, folded)
            )
        );
        this.state = useState({target: null, isLooking: false});
        this.events = useTreeEvents(this.editor, this);
        this.offers = [{options: (text) => this.offered(text)}];
        this.none = [];
        onWillStart(() => this.load(this.props.planId));
        onWillUpdateProps(async ({planId, planState}) => {
            if (planId !== this.props.planId || planState !== this.props.planState) {
                await this.load(planId);
            }
        });
    }

    async load(planId) {
        await this.model.load(planId);
        this.editor.reset(folds.read(planId) || firstFolds(this.model.rows));
    }

    async readAgain() {
        if (!this.model.pending && !this.editor.edit) {
            await this.model.read();
            this.editor.keepPlace();
        }
    }

    // What shows --------------------------------------------------------------

    get plan() {
        return this.model.plan;
    }

    get rows() {
        return this.editor.rows;
    }

    get row() {
        return this.editor.row;
    }

    get cursorId() {
        const {cursor} = this.editor;
        return cursor ? `crm_territory_row_${cursor}` : false;
    }

    get isSaving() {
        return this.model.pending > 0;
    }

    propsOf(row) {
        const {edit, folded, cursor} = this.editor;
        const isEdited = edit?.id === row.id;
        const column = isEdited ? edit.column : "";
        const {target} = this.state;
        return {
            row,
            types: this.model.types,
            isFolded: Boolean(folded[row.id]),
            isCursor: isEdited || (!edit && cursor === row.id),
            canEdit: this.plan.can_edit,
            target: target?.id === row.id ? target.where : "",
            column,
            text: isEdited ? edit.text : "",
            inherited: this.model.inherited.get(row.id) || null,
            members: column === "members" ? this.offers : this.none,
        };
    }

    /** The users that can become members, as the search of any field finds them. */
    async offered(text) {
        const found = await this.orm.call("res.users", "name_search", [], {
            name: text,
            domain: [["share", "=", false]],
            limit: OFFERED,
        });
        return found.map(([id, label]) => ({
            label,
            onSelect: () => {
                this.editor.addMember(id);
                this.events.focus();
            },
        }));
    }

    showTarget(target) {
        if (JSON.stringify(target) !== JSON.stringify(this.state.target)) {
            this.state.target = target;
        }
    }

    tellOthers(names) {
        this.messages.inform(
            _t("Somebody else has changed the tree: %s", names.join(", "))
        );
    }

    // Commands ----------------------------------------------------------------

    async undo() {
        if (!(await this.editor.undo())) {
            this.messages.inform(_t("There is nothing to undo."));
        }
    }

    async redo() {
        if (!(await this.editor.redo())) {
            this.messages.inform(_t("There is nothing to do again."));
        }
    }

    /** Ask, telling what goes along; then archive, or delete what is empty. */
    remove() {
        const {row} = this;
        if (!row || !this.plan.can_edit) {
            return;
        }
        const {title, body, label, isDeleted} = leavingOf(
            this.model.rows,
            row,
            this.plan.state
        );
        this.dialog.add(
            ConfirmationDialog,
            {
                ...{title, body, confirmLabel: label},
                confirm: () =>
                    isDeleted
                        ? this.editor.delete(row.id)
                        : this.editor.archive(row.id),
                cancel: () => this.events.focus(),
            },
            {onClose: () => this.events.focus()}
        );
    }

    openRow() {
        return (
            this.row &&
            this.action.doAction({
                type: "ir.actions.act_window",
                res_model: "crm.territory",
                res_id: this.row.id,
                views: [[false, "form"]],
            })
        );
    }

    async openRecords(id, method) {
        if (method === "findings") {
            return this.openFindings(id);
        }
        const action = await this.orm.call("crm.territory", method, [[id]]);
        return this.action.doAction(action);
    }

    /** What was found of a territory and those below. */
    async openFindings(id) {
        const action = await this.action.loadAction(
            "crm_territory.crm_territory_finding_action"
        );
        const line = ["territory_id", "other_id", "target_id"].map((name) => [
            ...[name, "child_of", id],
        ]);
        return this.action.doAction({
            ...action,
            domain: ["&", ["plan_id", "=", this.plan.id], "|", "|", ...line],
            context: {
                search_default_group_kind: 1,
                default_plan_id: this.plan.id,
            },
        });
    }

    async look() {
        this.state.isLooking = true;
        try {
            await this.model.look();
        } finally {
            this.state.isLooking = false;
        }
    }
}
