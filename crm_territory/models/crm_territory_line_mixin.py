from odoo import api, fields, models
from odoo.exceptions import ValidationError


class CrmTerritoryLineMixin(models.AbstractModel):
    """What belongs to a territory and that its manager may edit.

    The rights are judged on the state before the change: a membership that makes
    somebody a manager would allow itself if it were judged after.
    """

    _name = "crm.territory.line.mixin"
    _description = "Part of a Territory"
    _inherit = [
        "crm.territory.guarded.mixin",
        "crm.territory.import.mixin",
        "crm.territory.audited.mixin",
    ]

    imported_plan_id = fields.Many2one(
        "crm.territory.plan",
        string="Plan",
        compute="_compute_imported_plan_id",
        readonly=False,
        export_string_translation=False,
        help="The column of a file that tells in which plan the territory is.",
    )

    @api.depends("territory_id")
    def _compute_imported_plan_id(self):
        for line in self:
            line.imported_plan_id = line.territory_id.plan_id

    @api.model_create_multi
    def create(self, vals_list):
        default = self.default_get(["territory_id"]).get("territory_id")
        self._check_may_edit(vals.get("territory_id", default) for vals in vals_list)
        self.flush_model()  # a line that ends makes room for the one after it
        return super().create(vals_list)

    def write(self, vals):
        if "territory_id" in vals:
            self._check_may_edit([vals["territory_id"]])
        return super().write(vals)

    @api.model
    def _check_may_edit(self, territory_ids):
        """Raise an AccessError unless the user may edit all these territories."""
        if self.env.su:
            return
        ids = [territory_id for territory_id in territory_ids if territory_id]
        for id_ in ids:
            if type(id_) is not int:
                raise ValidationError(self.env._("“%s” is no territory.", id_))
        self.env["crm.territory"].browse(set(ids)).check_access("write")
