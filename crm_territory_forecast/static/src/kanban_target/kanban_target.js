import {_t} from "@web/core/l10n/translation";
import {forecastKanbanView} from "@crm/views/forecast_kanban/forecast_kanban_view";
import {formatMonetary} from "@web/views/fields/formatters";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

const BaseRenderer = forecastKanbanView.Renderer;
const BaseHeader = BaseRenderer.components.KanbanHeader;

/**
 * The head of a month of Odoo's forecast: also its target, and what of it is open.
 */
class TargetKanbanHeader extends BaseHeader {
    static template = "crm_territory_forecast.TargetKanbanHeader";

    /**
     * Without opportunities Odoo shows invented ones: their targets are none.
     */
    get target() {
        const isNone = this.group.isFolded || this.props.list.model.useSampleModel;
        return isNone ? 0 : this.group.aggregates.forecast_target || 0;
    }

    /**
     * Less what is to be expected of all opportunities of the column, not only of those
     * that a click on its bar has picked.
     */
    get gap() {
        const {progressBarState} = this.props;
        const {sumField} = progressBarState.progressAttributes;
        const expected = this.progressBar.activeBar
            ? this.group.aggregates[sumField.name]
            : progressBarState.getAggregateValue(this.group, sumField).value;
        return this.target - (expected || 0);
    }

    get gapText() {
        return this.gap > 0
            ? _t("%s uncovered", this.amount(this.gap))
            : _t("covered, %s over", this.amount(-this.gap));
    }

    amount(value) {
        return formatMonetary(value, {
            currencyId: user.activeCompany.currency_id,
            digits: [0, 0],
        });
    }
}

class TargetKanbanRenderer extends BaseRenderer {
    static components = {
        ...BaseRenderer.components,
        KanbanHeader: TargetKanbanHeader,
    };
}

class TargetKanbanController extends forecastKanbanView.Controller {
    get progressBarAggregateFields() {
        const fields = super.progressBarAggregateFields;
        const {forecast_target: target} = this.props.fields;
        return target ? [...fields, target] : fields;
    }
}

registry.category("views").add(
    "forecast_kanban",
    {
        ...forecastKanbanView,
        Renderer: TargetKanbanRenderer,
        Controller: TargetKanbanController,
    },
    {force: true}
);
