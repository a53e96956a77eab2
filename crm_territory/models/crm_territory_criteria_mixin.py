from odoo import api, fields, models
from odoo.exceptions import AccessError

# the objects that criteria speak of; areas speak of all
_OBJECTS = frozenset({"account", "lead", "opportunity"})


class CrmTerritoryCriteriaMixin(models.AbstractModel):
    """Areas and rules: a manager shapes what lies below his territory, within what that
    takes, and nobody moves his own border (design 5b).
    """

    _name = "crm.territory.criteria.mixin"
    _description = "Criteria of a Territory"
    _inherit = ["crm.territory.line.mixin"]

    @api.model_create_multi
    def create(self, vals_list):
        criteria = super().create(vals_list)
        criteria._check_within_border()
        return criteria

    def write(self, vals):
        self._check_within_border()
        result = super().write(vals)
        self._check_within_border()
        return result

    def unlink(self):
        self._check_within_border()
        return super().unlink()

    def _check_within_border(self):
        """
        :raise AccessError: the user has no say in what one of the territories takes
        """
        if self.env.su or self.env.user._shapes_all_territories():
            return
        for objects, criteria in self.grouped(lambda c: c._objects()).items():
            criteria.territory_id._check_shaped_by_user(objects)

    def _objects(self):
        """The objects whose territories depend on it: frozenset."""
        return _OBJECTS


class CrmTerritory(models.Model):
    """Who says which records a territory takes."""

    _inherit = "crm.territory"

    is_open_to_managers = fields.Boolean(
        "Managers Shape What Lies Below",
        tracking=True,
        help="Managers of this territory change the criteria of those below it even if"
        " neither this one nor one above says what it takes: they can take any record.",
    )
    user_shapes_criteria = fields.Boolean(compute="_compute_user_shapes_criteria")

    @api.depends_context("uid")
    def _compute_user_shapes_criteria(self):
        shaped = self._origin._shaped_by_user()
        is_planner = self.env.su or self.env.user._shapes_all_territories()
        for territory in self:
            territory.user_shapes_criteria = is_planner or territory._origin in shaped

    def _check_shaped_by_user(self, objects):
        if shut := self - self._shaped_by_user(objects):
            raise AccessError(
                self.env._(
                    "You cannot change which records “%(territory)s” takes: managers do"
                    " so below their own territory, where that one or one above says"
                    " what it takes. Ask a sales administrator, who can also open your"
                    " territory to its managers.",
                    territory=shut[0].sudo().complete_name,
                )
            )

    def _shaped_by_user(self, objects=_OBJECTS):
        """Those whose criteria on these objects the user may change.

        What lies below a border is gated by it: no criteria there take a record that it
        does not. A lead without account is no account: rules for accounts are no border
        for it.
        """
        if self.env.su or self.env.user._shapes_all_territories():
            return self
        managed = self.env.user._managed_territories().with_context(active_test=True)
        needed = objects | {"account"}
        bordered = {
            territory.id
            for territory in managed
            if territory.is_open_to_managers
            or needed <= territory.browse(territory._path_ids())._bounded()
        }
        return self.filtered(
            lambda territory: not bordered.isdisjoint(territory.sudo()._path_ids()[:-1])
        )

    def _bounded(self):
        """The objects of which these territories say what they take."""
        if self.area_ids:
            return _OBJECTS
        return frozenset(self.rule_ids.mapped("applies_to"))
