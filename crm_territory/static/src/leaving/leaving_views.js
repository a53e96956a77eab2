import {DynamicList} from "@web/model/relational_model/dynamic_list";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {Record} from "@web/model/relational_model/record";
import {markRaw} from "@odoo/owl";
import {patch} from "@web/core/utils/patch";
import {unique} from "@web/core/utils/arrays";

function hasLeft(env, resModel, resId) {
    return env.services["crm_territory.leaving"]?.take(resModel, resId);
}

patch(Record.prototype, {
    /**
     * Of what has left there is nothing to show: what was on the screen stays there
     * until the view lets it go.
     * @override
     */
    _setData(data) {
        if (!data?.territory_left) {
            return super._setData(...arguments);
        }
        this._values = markRaw({...this._values, ...this._changes});
        this._changes = markRaw({});
        this.data = {...this._values};
        this.dirty = false;
    },

    /**
     * @override
     */
    async _save({reload = true, nextId} = {}) {
        const savedId = this.resId;
        const saved = await super._save(...arguments);
        const {env} = this.model;
        // who does not reload leaves the form anyway, but for dialogs; a quick creation
        // asks by itself
        const stays = reload || nextId || env.inDialog;
        if (!saved || !stays || !hasLeft(env, this.resModel, savedId || this.resId)) {
            return saved;
        }
        if (nextId) {
            const resIds = this.resIds.filter((id) => id !== savedId);
            this.model._updateConfig(this.config, {resIds}, {reload: false});
            return saved;
        }
        // (the records of a list say of themselves, too, that they are alone)
        const isForm = this.model.config.isMonoRecord;
        return isForm ? this._closeLeft() : this._dropLeft(saved);
    },

    /**
     * Close the form of what has left; what was to be done with the record is not.
     *
     * @returns {Boolean}
     */
    _closeLeft() {
        const {env, mutex} = this.model;
        if (env.inDialog) {
            env.dialogData.close();
        } else {
            mutex.getUnlockedDef().then(() => env.config.historyBack());
        }
        return false;
    },

    /**
     * Take the row or card of what has left off a list. Where a row is being edited,
     * another one may be edited next: only this one goes.
     *
     * @param {Boolean} saved
     * @returns {Boolean}
     */
    _dropLeft(saved) {
        const {mutex, root} = this.model;
        if (this.isInEdition) {
            root._removeRecords([this.id]);
        } else {
            mutex.getUnlockedDef().then(() => this.model.load());
        }
        return saved;
    },
});

patch(DynamicList.prototype, {
    /**
     * @override
     */
    async _multiSave() {
        const saved = await super._multiSave(...arguments);
        const leftIds = unique(this.records.map((record) => record.resId)).filter(
            (id) => hasLeft(this.model.env, this.resModel, id)
        );
        if (leftIds.length) {
            const left = this.records.filter((record) =>
                leftIds.includes(record.resId)
            );
            await this._removeRecords(left.map((record) => record.id));
        }
        return saved;
    },
});

patch(KanbanRenderer.prototype, {
    /**
     * No card is made of a new record that has left.
     * @override
     */
    async validateQuickCreate(recordId, mode, group) {
        if (!hasLeft(this.env, group.resModel, recordId)) {
            return super.validateQuickCreate(...arguments);
        }
        this.props.quickCreateState.groupId = mode === "add" ? group.id : false;
    },
});
