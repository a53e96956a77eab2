import {markup} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/**
 * A function that opens the opportunities that a figure is made of.
 *
 * @returns {(forecastId: Number, options: Object, name: string) => Promise} ``options``
 *  are those of get_opportunities_action, ``name`` is what the list is called
 */
export function useFigureOpener() {
    const orm = useService("orm");
    const action = useService("action");
    return async (forecastId, options, name) => {
        const found = await orm.call(
            "crm.territory.forecast",
            "get_opportunities_action",
            [[forecastId], options]
        );
        return action.doAction({
            ...found,
            name,
            display_name: name,
            // HTML of the action's record, as the action service takes it
            help: found.help && markup(found.help),
        });
    };
}
