from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, ormcache

from ..boolean_search import boolean_search
from ..compat import CACHE


class CrmTerritory(models.Model):
    """What a user is in the tree, and what he reads of it."""

    _inherit = "crm.territory"

    user_is_manager = fields.Boolean(
        "I Manage It",
        compute="_compute_user_is_manager",
        search="_search_user_is_manager",
        help="I manage this territory or one above it.",
    )
    user_sees = fields.Boolean(
        compute="_compute_user_sees",
        search="_search_user_sees",
        help="Not of a draft that is not shared with me.",
    )
    user_is_sales_manager = fields.Boolean(compute="_compute_user_is_manager")
    user_is_member = fields.Boolean(
        "Mine",
        compute="_compute_user_is_member",
        search="_search_user_is_member",
        help="I am a member of this territory or of one above it today.",
    )

    @api.depends("name")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_display_name(self):
        """Odoo reads the names that a many2one shows with all rights: those of other
        companies' territories are not told.
        """
        super()._compute_display_name()
        if self.env.uid == SUPERUSER_ID:
            return
        visible = self._companies_above(tuple(self.env.companies._ids))
        companies = self._company_of_all()
        for territory in self:
            if companies.get(territory.id) not in visible:
                territory.display_name = self.env._("Territory of another company")

    @api.depends_context("uid")
    def _compute_user_is_manager(self):
        managed_ids = set(self.env.user._territory_scope().managed_ids)
        is_sales_manager = self.env.user.has_group("sales_team.group_sale_manager")
        for territory in self:
            territory.user_is_manager = territory._origin.id in managed_ids
            territory.user_is_sales_manager = is_sales_manager

    def _search_user_is_manager(self, operator, value):
        ids = self.env.user._territory_scope().managed_ids
        return boolean_search(operator, value, Domain("id", "in", ids))

    @api.depends_context("uid")
    def _compute_user_is_member(self):
        line_ids = set(self.env.user._territory_scope().line_ids)
        for territory in self:
            territory.user_is_member = territory._origin.id in line_ids

    def _search_user_is_member(self, operator, value):
        ids = self.env.user._territory_scope().line_ids
        return boolean_search(operator, value, Domain("id", "in", ids))

    @api.depends_context("uid")
    @api.depends("plan_id")
    def _compute_user_sees(self):
        hidden = self.env["crm.territory.plan"]._hidden_drafts()
        for territory in self:
            territory.user_sees = territory.plan_id.id not in hidden

    def _search_user_sees(self, operator, value):
        hidden = self.env["crm.territory.plan"]._hidden_drafts()
        shown = Domain("plan_id", "not in", list(hidden)) if hidden else Domain.TRUE
        return boolean_search(operator, value, shown)

    # -- companies

    @api.model
    def _visible_company_ids(self):
        """The companies whose territories the user may read: ids, None for no company;
        or None: all.
        """
        if self.env.su:
            return None
        return self._companies_above(tuple(self.env.companies._ids))

    @api.model
    @ormcache("company_ids", cache="stable")
    def _companies_above(self, company_ids):
        """The companies, those that they are branches of, and none: a branch stays one
        of the same.
        """
        companies = self.env["res.company"].sudo().browse(company_ids)
        return frozenset({*companies.parent_ids.ids, None})

    @api.model
    def _hidden_ids(self, ids):
        """Those among the ids that are of other companies' territories."""
        visible = self._visible_company_ids()
        if visible is None:
            return set()
        companies = self._company_of_all()
        return {id_ for id_ in ids if companies.get(id_) not in visible}

    @ormcache(cache=CACHE)
    def _company_of_all(self):
        """{territory id: company id} of those that are of one."""
        self.flush_model(["company_id"])
        return dict(
            self.env.execute_query(
                SQL(
                    "SELECT id, company_id FROM crm_territory"
                    " WHERE company_id IS NOT NULL"
                )
            )
        )
