from odoo import api, fields, models

from ..conflicts import Conflicts
from ..conflicts.rules import PlanRules


class CrmTerritoryRule(models.Model):
    """What is wrong with a rule while it is edited: nothing is saved."""

    _inherit = "crm.territory.rule"

    conflict = fields.Char(compute="_compute_conflict", export_string_translation=False)

    @api.depends("domain", "applies_to", "is_anywhere", "territory_id", "active")
    @api.depends_context("uid", "lang")
    def _compute_conflict(self):
        """For who edits it: that it can never take anything, or nothing that another
        rule of the territory does not; else, where its records are, too.
        """
        for rule in self:
            territory = rule.territory_id._origin
            rule.conflict = False
            if territory.user_shapes_criteria and rule.active and not rule.error:
                try:
                    rule.conflict = rule._conflict(territory)
                except Exception:  # noqa: BLE001 - whatever a field's search raises
                    continue  # what is no domain yet is told when it is saved

    def _conflict(self, territory):
        plan = territory.sudo().plan_id.sudo(self.env.su).with_env(self.env)
        _severity, text = PlanRules(Conflicts(plan)).verdict_of_edited(self)
        return text or self._shared_records(territory)

    def _shared_records(self, territory):
        """How many of its records, of those that the user sees, other territories of
        the type have, too; where the geography cannot keep them apart.
        """
        if territory.area_ids and not self.is_anywhere:
            return False
        territory = territory.sudo()
        if territory.plan_id.state != "active":
            return False
        others = self.env["crm.territory"].search(
            [
                ("plan_id", "=", territory.plan_id.id),
                ("type_id", "in", [False, territory.type_id.id]),
                ("id", "not in", territory._path_ids()),
                "!",
                ("id", "child_of", territory.id),
            ]
        )
        set_ids = self.env["crm.territory.set"].sudo()._ids_with_any(others.ids)
        count = self._model_to_read().search_count(
            self._records_domain() & fields.Domain("territory_set_id", "in", set_ids)
        )
        if not count:
            return False
        return self.env._(
            "%s of these records are in other territories of the same type, too.", count
        )
