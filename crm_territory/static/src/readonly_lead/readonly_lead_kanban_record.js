import {RottingKanbanRecord} from "@mail/js/rotting_mixin/rotting_kanban_record";
import {patch} from "@web/core/utils/patch";

/**
 * The cards of leads, in every kanban of CRM: what is shared for reading only is not
 * dragged to another stage, and has no menu of changes.
 */
patch(RottingKanbanRecord.prototype, {
    getRecordClasses() {
        const classes = super.getRecordClasses();
        return this.props.record.data.territory_is_readonly
            ? classes.replace("o_draggable", "o_territory_readonly")
            : classes;
    },

    createWidget(props) {
        super.createWidget(props);
        this.showMenu =
            this.constructor.KANBAN_MENU_ATTRIBUTE in props.archInfo.templateDocs &&
            !props.record.data.territory_is_readonly;
    },
});
