import {AlertDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";

/**
 * How an edit is told that was not done.
 *
 * @param {Object} options ``onRead()`` is called when a dialog was read
 * @returns {Object} the functions ``refused(lines)``, ``invalid(lines)`` and
 *  ``inform(text)``, and whether a dialog shows: ``isTelling``
 */
export function useEditMessages({onRead}) {
    const dialog = useService("dialog");
    const notification = useService("notification");
    const shown = new Set();
    const messages = {
        isTelling: false,

        /** Once for as long as it shows: who goes on typing has been told. */
        refused(lines) {
            const text = lines.join("\n");
            if (!shown.has(text)) {
                shown.add(text);
                notification.add(text, {
                    type: "warning",
                    onClose: () => shown.delete(text),
                });
            }
        },

        invalid(lines) {
            // the dialog takes the focus, which is no reason to judge the edit again
            messages.isTelling = true;
            dialog.add(
                AlertDialog,
                {
                    title: _t("Nothing was changed"),
                    body: lines.join("\n"),
                    contentClass: "o_crm_territory_edit_problems",
                },
                {
                    onClose: () => {
                        messages.isTelling = false;
                        onRead();
                    },
                }
            );
        },

        inform(text) {
            notification.add(text, {type: "info"});
        },
    };
    return messages;
}
