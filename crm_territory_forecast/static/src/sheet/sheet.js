import {Component, onWillStart, useState} from "@odoo/owl";
import {deserializeDate, serializeDate} from "@web/core/l10n/dates";
import {AmountFormat} from "../figures/figures";
import {Dropdown} from "@web/core/dropdown/dropdown";
import {DropdownItem} from "@web/core/dropdown/dropdown_item";
import {Introduction} from "../introduction/introduction";
import {Layout} from "@web/search/layout";
import {Pager} from "@web/core/pager/pager";
import {SheetEditor} from "./sheet_editor";
import {SheetModel} from "./sheet_model";
import {SheetRow} from "./sheet_row";
import {_t} from "@web/core/l10n/translation";
import {cursorNotes} from "./sheet_notes";
import {everyFold} from "@crm_territory/folding/folding";
import {getCurrency} from "@web/core/currency";
import {rangeAround} from "../period_range/period_range";
import {registry} from "@web/core/registry";
import {rowTotal} from "./changed_page";
import {standardActionServiceProps} from "@web/webclient/actions/action_service";
import {useService} from "@web/core/utils/hooks";
import {useSetupAction} from "@web/search/action_hook";
import {useSheetEvents} from "./sheet_events";
import {useEditMessages} from "@crm_territory/editing/edit_messages";

const PAGE_ROWS = 300;

/**
 * Targets of a whole tree and year, typed and pasted as in a spreadsheet.
 */
export class TargetSheet extends Component {
    static template = "crm_territory_forecast.TargetSheet";
    static components = {Dropdown, DropdownItem, Introduction, Layout, Pager, SheetRow};
    static props = {...standardActionServiceProps};

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.ui = useService("ui");
        this.model = useState(new SheetModel(this.orm));
        const messages = useEditMessages({onRead: () => this.events.focus()});
        this.editor = useState(new SheetEditor(this.model, messages));
        this.events = useSheetEvents(this.editor, messages);
        // one function for all rows and drawings: rows that do not change stay
        this.refusalAt = (key, column) => this.editor.refusalsOf([{key, column}])[0];
        const context = this.props.action.context || {};
        const {folded, ...left} = this.props.state?.targetSheet || {};
        this.editor.folded = folded || {};
        this.state = useState({
            forecasts: [],
            forecastId: context.default_forecast_id || false,
            year: false,
            offset: 0,
            territoryId: context.active_model === "crm.territory" && context.active_id,
            hasLastYear: false,
            ...left,
        });
        useSetupAction({
            beforeLeave: () => this.editor.finish(),
            getLocalState: () => {
                const {forecastId, year, offset, territoryId, hasLastYear} = this.state;
                return {
                    targetSheet: {
                        ...{forecastId, year, offset, territoryId, hasLastYear},
                        folded: this.editor.folded,
                    },
                };
            },
        });
        onWillStart(() => this.start());
    }

    // Loading -----------------------------------------------------------------

    async start() {
        const frame = await this.orm.call("crm.territory.forecast", "get_frame", []);
        this.state.forecasts = frame.forecasts;
        this.state.forecastId ||= frame.default_id;
        if (this.forecast) {
            this.state.year ||= this.yearOfToday();
            await this.load();
        }
    }

    async load() {
        this.editor.reset();
        await this.model.load(this.state.forecastId, {
            year: this.state.year,
            territory_id: this.state.territoryId,
            offset: this.state.offset,
            limit: PAGE_ROWS,
            tree: "today",
        });
        this.editor.setNotation(new AmountFormat(this.forecast), this.symbol);
    }

    yearOfToday() {
        return rangeAround("year", Number(this.forecast.fiscal_month)).date_from;
    }

    // What shows --------------------------------------------------------------

    get forecast() {
        return this.state.forecasts.find(({id}) => id === this.state.forecastId);
    }

    get format() {
        return this.editor.format;
    }

    get page() {
        return this.model.page;
    }

    get periods() {
        return this.page.periods;
    }

    get rows() {
        return this.editor.rows;
    }

    get canEdit() {
        return this.page.rows.some(({cells}) => cells.some(({can_edit}) => can_edit));
    }

    /**
     * What the buttons beside undo and redo do: on the phone they are a menu.
     */
    get commands() {
        const setting = [
            {key: "spread", label: _t("Spread…"), hotkey: "s"},
            {key: "copyLastYear", label: _t("Copy Last Year…"), hotkey: "y"},
        ];
        const viewing = [
            {
                key: "toggleLastYear",
                icon: "fa-history",
                label: _t("Show what was won a year before"),
                pressed: this.state.hasLastYear ? "true" : "false",
            },
            {key: "unfoldAll", icon: "fa-expand", label: _t("Unfold all")},
            {key: "foldAll", icon: "fa-compress", label: _t("Fold all")},
        ];
        return this.canEdit ? [...setting, ...viewing] : viewing;
    }

    get isSaving() {
        return this.model.pending > 0;
    }

    get total() {
        return rowTotal(this.page.total);
    }

    get symbol() {
        return this.forecast.is_monetary
            ? getCurrency(this.forecast.currency_id)?.symbol || ""
            : "";
    }

    isFolded(row) {
        return Boolean(this.editor.folded[row.key]);
    }

    /**
     * What a row has to know of cursor and selection.
     */
    marksOf(row, index, selection) {
        const {cursor, edit} = this.editor;
        const isCursorRow = cursor?.key === row.key;
        const isSelected =
            selection && selection.top <= index && index <= selection.bottom;
        return {
            cursor: isCursorRow ? cursor.column : -1,
            selectedFrom: isSelected ? selection.left : -1,
            selectedTo: isSelected ? selection.right : -2,
            edit: isCursorRow && edit ? edit.text : null,
        };
    }

    get cursorNotes() {
        return cursorNotes(this.editor);
    }

    get cursorName() {
        const {cursor} = this.editor;
        return this.editor.cellName(this.editor.cursorRow, cursor.column);
    }

    get cursorId() {
        const {cursor} = this.editor;
        return cursor ? `crm_territory_cell_${cursor.key}_${cursor.column}` : false;
    }

    periodTitle({is_frozen, is_closed, is_current}) {
        if (is_frozen) {
            return _t("Frozen: the targets of this period stay as they are");
        }
        if (is_closed) {
            return _t("Closed");
        }
        return is_current ? _t("The current period") : "";
    }

    get pagerProps() {
        return {
            offset: this.state.offset,
            limit: PAGE_ROWS,
            total: this.page.count,
            isEditable: false,
            onUpdate: ({offset}) => this.show({offset}),
        };
    }

    // What is shown -----------------------------------------------------------

    /**
     * Show something else, once all that was changed is saved.
     */
    async show(changes) {
        await this.editor.finish();
        Object.assign(this.state, changes);
        await this.load();
    }

    async setForecast(value) {
        await this.editor.finish();
        this.state.forecastId = Number(value);
        await this.show({year: this.yearOfToday(), offset: 0});
    }

    moveYear(steps) {
        const start = deserializeDate(this.state.year);
        return this.show({year: serializeDate(start.plus({years: steps}))});
    }

    showWholeTree() {
        return this.show({territoryId: false, offset: 0});
    }

    foldAll() {
        this.editor.commit();
        this.editor.reset();
        this.editor.folded = everyFold(this.page.rows);
    }

    unfoldAll() {
        this.editor.folded = {};
    }

    toggleLastYear() {
        this.state.hasLastYear = !this.state.hasLastYear;
    }

    // Wizards -----------------------------------------------------------------

    /**
     * Open a wizard on the year that shows; what it sets can be undone here.
     */
    async openWizard(model, name) {
        await this.editor.finish();
        const row = this.editor.cursor && this.editor.cursorRow;
        await this.action.doAction(
            {
                type: "ir.actions.act_window",
                name,
                res_model: model,
                views: [[false, "form"]],
                target: "new",
                context: {
                    dialog_size: "extra-large",
                    default_forecast_id: this.state.forecastId,
                    default_date_start: this.state.year,
                    default_territory_id: row
                        ? row.territory_id
                        : this.state.territoryId,
                    default_user_id: row && row.user_id,
                },
            },
            {
                onClose: (infos) =>
                    infos?.targets ? this.model.takeOver(infos) : this.model.read(),
            }
        );
    }

    spread() {
        return this.openWizard("crm.territory.forecast.spread", _t("Spread Targets"));
    }

    copyLastYear() {
        return this.openWizard("crm.territory.forecast.copy", _t("Copy Targets"));
    }
}

registry.category("actions").add("crm_territory_forecast.sheet", TargetSheet);
