from odoo import api, fields, models

from ..explanation import rule_parts
from ..matching.criteria import MODEL_OF_OBJECT
from .crm_territory_typed_mixin import TYPED_FIELDS


class CrmTerritoryRule(models.Model):
    """A rule tried on a record while it is edited: nothing is saved."""

    _name = "crm.territory.rule"
    _inherit = ["crm.territory.rule", "crm.territory.typed.mixin"]
    _typed_depends = ("is_typed", "domain", "applies_to")

    tried_partner_id = fields.Many2one(
        "res.partner", string="Test on Account", store=False
    )
    tried_lead_id = fields.Many2one("crm.lead", string="Test on Lead", store=False)
    trial = fields.Json(compute="_compute_trial", export_string_translation=False)

    @api.depends(
        "domain",
        "applies_to",
        "tried_partner_id",
        "tried_lead_id",
        *TYPED_FIELDS,
    )
    @api.depends_context("uid", "lang")
    def _compute_trial(self):
        """What the criteria, as they are on the screen, ask of the record chosen: list
        of one dict with ``holds``, ``text`` and ``details``, see explanation.Steps.
        """
        for rule in self:
            if rule.is_typed:
                with rule._typed_record() as record:
                    rule.trial = [rule._try_on(record)]
                continue
            record = rule._tried()
            rule.trial = [rule._try_on(record)] if record else False

    def _typed_rules(self):
        return self

    def _typed_object(self):
        return self.applies_to or "account"

    def _tried(self):
        """The record chosen, if the user may read it."""
        is_account = MODEL_OF_OBJECT[self.applies_to or "account"] == "res.partner"
        record = (
            self.tried_partner_id.commercial_partner_id
            if is_account
            else self.tried_lead_id
        )._origin
        return record._filtered_access("read")

    def _try_on(self, record):
        env = self.env
        if self.applies_to != "account" and record.type != self.applies_to:
            labels = dict(self._fields["applies_to"]._description_selection(env))
            text = env._("The rule is for: %s", labels[self.applies_to])
            return {"holds": False, "text": text, "details": []}
        if not self.plan_id:
            text = env._("Choose the territory first.")
            return {"holds": None, "text": text, "details": []}
        if problem := self._problem():
            return {"holds": False, "text": problem, "details": []}
        parts = rule_parts(self, record)
        verdicts = {part["holds"] for part in parts}
        text = env._("The rule takes “%s”", record.display_name)
        if False in verdicts:
            text = env._("The rule does not take “%s”", record.display_name)
        elif None in verdicts:
            text = env._("Whether it takes the record depends on what you do not see.")
        holds = False if False in verdicts else None if None in verdicts else True
        return {"holds": holds, "text": text, "details": parts}
