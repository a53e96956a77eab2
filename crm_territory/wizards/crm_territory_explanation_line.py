from odoo import fields, models

VERDICTS = [("passed", "Passed"), ("blocked", "Blocked"), ("not_asked", "Not asked")]


class CrmTerritoryExplanationLine(models.TransientModel):
    """One layer of access, for one user or for two."""

    _name = "crm.territory.explanation.line"
    _description = "Layer of Access"

    explanation_id = fields.Many2one(
        "crm.territory.explanation", required=True, ondelete="cascade"
    )
    kind = fields.Selection(
        [
            ("right", "Access right"),
            ("global", "Rule for all"),
            ("group", "Rule of a group"),
            ("territory", "Why"),
            ("other", "Other"),
        ],
        string="Layer",
        readonly=True,
    )
    name = fields.Char(readonly=True)
    verdict = fields.Selection(VERDICTS, readonly=True)
    words = fields.Char("Because", readonly=True)
    other_verdict = fields.Selection(VERDICTS, "Compared", readonly=True)
    other_words = fields.Char("Compared Because", readonly=True)
    differs = fields.Boolean(readonly=True)


class CrmTerritoryExplanationDifference(models.TransientModel):
    """One record that the one sees, and the other does not."""

    _name = "crm.territory.explanation.difference"
    _description = "Difference of Access"
    _inherit = ["crm.territory.asked.mixin"]

    explanation_id = fields.Many2one(
        "crm.territory.explanation", required=True, ondelete="cascade"
    )
    side = fields.Selection(
        [("first", "Only the user, or lost"), ("second", "Only the other, or gained")],
        readonly=True,
    )
    who = fields.Char("Seen By", readonly=True)
