import {_t} from "@web/core/l10n/translation";
import {branchOf} from "./tree_rows";
import {htmlJoin} from "@web/core/utils/html";
import {isEmpty} from "./tree_changes";
import {markup} from "@odoo/owl";

/**
 * What is asked before a territory leaves the tree: what goes along, and what becomes of
 * its records.
 *
 * @returns {{title: string, body: string, label: string, isDeleted: boolean}} what has
 *  nothing that would be lost is deleted, all else is archived
 */
export function leavingOf(rows, row, planState) {
    const isDeleted = isEmpty(row);
    if (isDeleted) {
        return {
            isDeleted,
            title: _t("Delete “%s”?", row.name),
            body: _t("It has no members, criteria or records."),
            label: _t("Delete"),
        };
    }
    const lines = [...alongLines(branchOf(rows, row.id)), recordLine(row, planState)];
    return {
        isDeleted,
        title: _t("Archive “%s”?", row.name),
        body: htmlJoin(lines.filter(Boolean), markup`<br/>`),
        label: _t("Archive"),
    };
}

function alongLines(branch) {
    const members = new Set(branch.flatMap((row) => row.members.map((m) => m.user_id)));
    const criteria = branch.filter((row) => row.criteria.length);
    return [
        branch.length > 1 &&
            _t("With it go the %s territories below it.", branch.length - 1),
        members.size && _t("%s people are members there today.", members.size),
        criteria.length && _t("The criteria of %s territories end.", criteria.length),
    ];
}

function recordLine({accounts, leads, opportunities}, planState) {
    if (!accounts && !leads && !opportunities) {
        return "";
    }
    const counts = {accounts, leads, opportunities};
    return planState === "active"
        ? _t(
              "%(accounts)s accounts, %(leads)s leads and %(opportunities)s opportunities are there: each stays until it is changed or the assignment is run.",
              counts
          )
        : _t(
              "%(accounts)s accounts, %(leads)s leads and %(opportunities)s opportunities are there.",
              counts
          );
}
