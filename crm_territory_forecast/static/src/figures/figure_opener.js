import {markup} from "@odoo/owl";
import {useService} from "@web/core/utils/hooks";

/**
 * Functions that open what a figure is made of: its opportunities, or targets.
 *
 * @returns {Object} ``opportunities`` and ``targets``, each
 *  (forecastId: Number, options: Object, name: string) => Promise; ``options`` are those
 *  of get_opportunities_action and get_targets_action, ``name`` is what the list is
 *  called
 */
export function useFigureOpener() {
    const orm = useService("orm");
    const action = useService("action");
    const open = async (method, forecastId, options, name) => {
        const found = await orm.call("crm.territory.forecast", method, [
            [forecastId],
            options,
        ]);
        return action.doAction({
            ...found,
            name,
            display_name: name,
            // HTML of the action's record, as the action service takes it
            help: found.help && markup(found.help),
        });
    };
    return {
        opportunities: (...words) => open("get_opportunities_action", ...words),
        targets: (...words) => open("get_targets_action", ...words),
    };
}
