from odoo import api, models

from ..conflicts import KeptFindings
from ..outline import Outline, OutlineChanges


class CrmTerritoryPlan(models.Model):
    """The tree of the plan as one screen."""

    _inherit = "crm.territory.plan"

    @api.model
    @api.readonly
    def get_tree_plans(self):
        """The plans whose trees the user can look at, archived ones last.

        :return: {"plans": [{"id", "name", "state"}], "default_id": the one that is most
            likely meant, False for none}. 2 queries.
        """
        plans = self.with_context(active_test=False).search([])
        order = {"active": 0, "draft": 1, "archived": 2}
        plans = plans.sorted(lambda plan: order[plan.state])
        return {
            "plans": plans.read(["name", "state"]),
            "default_id": (self._current_plan() or plans)[:1].id,
        }

    @api.readonly
    def get_tree(self):
        """The tree, with what there is beside it. About 20 queries, whatever its size.

        :return: dict with

            - ``plan``: id, name, state, ``can_edit`` (may its user change names, places
              and types?), ``sees_findings`` (may he look for conflicts and gaps?) and
              ``looked_at`` (when he did last; False for never)
            - ``types``: id and name of those that a territory can have
            - ``rows``: of each active territory, depth-first: id, parent_id (False at
              the top), level (0 at the top), sequence, name, path (the full name),
              code, type_id; ``members`` (of today: user_id, name, is_manager);
              ``criteria`` (in words: text, is_broken); ``accounts``, ``leads`` and
              ``opportunities`` (open ones that the user sees, here and below);
              ``conflicts`` and ``gaps`` (found when he looked last, here and below);
              ``can_add_members``
        :raise AccessError: the user may not read the plan
        """
        return Outline(self).for_client()

    def change_tree(self, changes):
        """Change the tree as its user saw it: all of it or nothing.

        :param changes: list of dict, done in their order

            - ``{"id", "before", "after"}``: set the values ``after`` of a territory
              whose values were ``before``: of name, code, type_id, parent_id, sequence
              and active
            - without ``before``: create one; ``after`` None: delete one
            - ``added`` and ``removed``: ids of users who become members, or are no
              longer; ``before`` and ``after`` may be empty then
        :return: {"ids": the territories, in the order of the changes; "tree": as of
            `get_tree`, after it}
        :raise UserError: somebody changed one of them meanwhile; the plan is archived
        :raise AccessError: the user may not
        """
        ids = OutlineChanges(self).apply(changes)
        return {"ids": ids, "tree": self.get_tree()}

    def look_for_conflicts(self):
        """Look for conflicts and gaps anew; the tree with what was found.

        :raise AccessError: they are for those who plan it, and for managers
        """
        KeptFindings(self).look()
        return self.get_tree()
