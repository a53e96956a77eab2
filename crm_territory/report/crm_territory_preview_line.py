from odoo import api, fields, models
from odoo.fields import NO_ACCESS, Domain
from odoo.tools import SQL

from ..boolean_search import boolean_search
from ..plans.shared_draft import shown_simulations_sql
from .crm_territory_preview import CrmTerritoryPreview

ACCOUNT, AREA = "account", "area"
NEW, STAYS, LEAVES = "1_new", "2_stays", "3_leaves"


class CrmTerritoryPreviewLine(models.Model):
    """What the user will have in drafts shared for comment: accounts as the last
    simulation of each says, and the areas of his territories; and the accounts that he
    shares today, and would no longer.

    Accounts are those that he may open today. Where the others are, and where an
    account goes that leaves him, he is not told.
    """

    _name = "crm.territory.preview.line"
    _description = "Account or Area of a Shared Draft"
    _auto = False
    _order = "territory_name, kind, id"
    _depends = {
        **CrmTerritoryPreview._depends,
        "crm.territory.area": ["territory_id"],
        "crm.territory.move": [
            "partner_id",
            "run_id",
            "set_after_id",
            "set_before_id",
        ],
        "crm.territory.run": ["is_dry", "only_missing", "plan_id", "scope", "state"],
        "crm.territory.set": ["territory_ids"],
        "res.partner": ["active"],
    }

    kind = fields.Selection([(ACCOUNT, "Account"), (AREA, "Area")], readonly=True)
    plan_id = fields.Many2one("crm.territory.plan", "Draft", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    # (PostgreSQL cannot order by it: its model has no table)
    territory_id = fields.Many2one(
        "crm.territory.preview",
        "Territory of the Draft",
        readonly=True,
        exportable=False,
    )
    territory_name = fields.Char(
        "Territory", readonly=True, help="Empty: none of mine."
    )
    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    area_id = fields.Many2one("crm.territory.area", readonly=True, groups=NO_ACCESS)
    move_id = fields.Many2one("crm.territory.move", readonly=True, groups=NO_ACCESS)
    change = fields.Selection(
        [
            (NEW, "New to me"),
            (STAYS, "Stays with me"),
            (LEAVES, "Would leave me"),
        ],
        readonly=True,
    )
    name = fields.Char("Account or Area", compute="_compute_name")
    place = fields.Char(compute="_compute_name")
    objection_state = fields.Selection(
        [("new", "New"), ("accepted", "Accepted"), ("declined", "Declined")],
        string="My Objection",
        compute="_compute_objection_state",
    )
    is_visible = fields.Boolean(
        compute="_compute_is_visible",
        search="_search_is_visible",
        exportable=False,
    )

    @property
    def _table_query(self):
        """Ids: of what it is, and of the territory, one beside the other.

        An account that was in a territory before it was simulated, as the plan was
        active once, is not told: no simulation moved it there.
        """
        return SQL(
            """
            WITH mine AS MATERIALIZED (%(mine)s), shown AS MATERIALIZED (
                SELECT run.id, run.plan_id, plan.company_id
                  FROM crm_territory_run AS run
                  JOIN crm_territory_plan AS plan ON plan.id = run.plan_id
                 WHERE run.id IN (%(shown)s)
                   AND run.plan_id IN (SELECT plan_id FROM mine)
            ), kept AS MATERIALIZED (
                SELECT link.set_id, link.territory_id, mine.plan_id,
                       mine.complete_name
                  FROM crm_territory_set_rel AS link
                  JOIN mine ON mine.id = link.territory_id
            )
            SELECT (move.id::int8 << 22) + (COALESCE(kept.territory_id, 0) << 1) AS id,
                   'account' AS kind, shown.plan_id, shown.company_id,
                   kept.territory_id, kept.complete_name AS territory_name,
                   move.partner_id, NULL::int4 AS area_id,
                   move.id AS move_id,
                   CASE WHEN kept.set_id IS NULL THEN '3_leaves'
                        WHEN move.set_before_id = ANY(%(today)s) THEN '2_stays'
                        ELSE '1_new' END AS change
              FROM shown
              JOIN crm_territory_move AS move ON move.run_id = shown.id
              JOIN res_partner AS account ON account.id = move.partner_id
              LEFT JOIN kept
                     ON kept.set_id = move.set_after_id
                    AND kept.plan_id = shown.plan_id
             WHERE account.active
               AND (kept.set_id IS NOT NULL
                    OR move.set_before_id = ANY(%(today)s)
                    AND (move.set_after_id = ANY(%(today)s)) IS NOT TRUE)
             UNION ALL
            SELECT (area.id::int8 << 22) + 1, 'area', mine.plan_id, mine.company_id,
                   mine.id, mine.complete_name, NULL, area.id, NULL, NULL
              FROM mine
              JOIN crm_territory_area AS area ON area.territory_id = mine.id
            """,
            mine=self.env["crm.territory.preview"]._table_query,
            shown=shown_simulations_sql(),
            today=list(self.env.user._territory_scope().read_set_ids),
        )

    @api.depends("partner_id")
    @api.depends_context("uid", "lang")
    def _compute_name(self):
        areas = self.sudo().area_id
        for line in self:
            if line.kind == AREA:
                area = line.sudo().area_id.with_prefetch(areas.ids)
                line.name, line.place = area.display_name, False
                continue
            account = line.partner_id
            places = (account.zip, account.city, account.country_id.name)
            line.name = account.display_name
            line.place = ", ".join(filter(None, places))

    @api.depends_context("uid")
    def _compute_objection_state(self):
        """Of the newest objection of the user that stands. 1 query."""
        objections = self.env["crm.territory.objection"].sudo()
        found = {}
        for objection in objections.search(
            [
                ("user_id", "=", self.env.uid),
                ("plan_id", "in", self.plan_id.ids),
                ("state", "!=", "withdrawn"),
            ],
            order="id",
        ):
            key = objection.plan_id, objection.partner_id, objection.area_id
            found[key] = objection.state
        for line in self:
            of_all = line.sudo()
            key = of_all.plan_id, of_all.partner_id, of_all.area_id
            line.objection_state = found.get(key, False)

    def _compute_is_visible(self):
        visible = self.search([("id", "in", self.ids), ("is_visible", "=", True)])
        for line in self:
            line.is_visible = line in visible

    def _search_is_visible(self, operator, value):
        """Of accounts, those that the user may open: by all rules that there are."""
        accounts = self.env["res.partner"].sudo(False).with_context(active_test=False)
        visible = Domain("kind", "=", AREA)
        visible |= Domain("partner_id", "in", accounts._search([]))
        return boolean_search(operator, value, visible)

    # -- actions

    def action_object(self):
        """Open the dialog in which one says what is wrong with it."""
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Object"),
            "res_model": "crm.territory.object",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_res_id": str(self.id)},
        }

    @api.readonly
    def action_open(self):
        """Open the account; of an area, the dialog in which one objects."""
        self.ensure_one()
        self.check_access("read")
        if self.kind == AREA:
            return self.action_object()
        return self.env["crm.territory.report.mixin"]._action_record(self.partner_id)
