import {registry} from "@web/core/registry";
import {rpcBus} from "@web/core/network/rpc";

// long enough to be read while the list behind the form is being loaded
const SHOWN_FOR = 10_000;
const SAVING = new Set(["web_save", "web_save_multi"]);
const READING = ["web_read", "web_search_read", "web_read_group"];

/**
 * What its author no longer sees after an edit is saved all the same: the server answers
 * its id, and where it went. This says so, whoever saved it, and remembers it until what
 * shows the record has taken it off the screen.
 */
export const leavingService = {
    dependencies: ["notification"],

    start(env, {notification}) {
        const left = new Set();
        const tell = (messages) => {
            for (const message of new Set(messages)) {
                notification.add(message, {
                    type: "success",
                    autocloseDelay: SHOWN_FOR,
                });
            }
        };
        rpcBus.addEventListener("RPC:RESPONSE", ({detail}) => {
            const {model, method} = detail.data.params || {};
            if (!SAVING.has(method) || !Array.isArray(detail.result)) {
                return;
            }
            const rows = detail.result.filter((row) => row.territory_left);
            for (const row of detail.result) {
                left.delete(`${model},${row.id}`);
            }
            for (const row of rows) {
                left.add(`${model},${row.id}`);
            }
            tell(rows.map((row) => row.territory_left));
            if (rows.length) {
                rpcBus.trigger("CLEAR-CACHES", READING);
            }
        });
        return {
            tell,
            /**
             * Whether a record has left; it is told once.
             *
             * @param {String} resModel
             * @param {Number} resId
             * @returns {Boolean}
             */
            take: (resModel, resId) => left.delete(`${resModel},${resId}`),
        };
    },
};

registry.category("services").add("crm_territory.leaving", leavingService);

/**
 * After a decision by hand: what it was, where the records went that the user no longer
 * sees, and away from the form of such a record. Lists are loaded again.
 *
 * @param {Object} env
 * @param {Object} action
 * @returns {Object|undefined}
 */
function leave(env, {params}) {
    env.services["crm_territory.leaving"].tell(params.messages);
    const controller = env.services.action.currentController;
    if (
        controller?.props.type === "form" &&
        controller.props.resModel === params.res_model &&
        params.res_ids.includes(controller.currentState.resId)
    ) {
        // this closes the dialog, too
        controller.config.historyBack();
        return;
    }
    return {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("crm_territory_leave", leave);
