from odoo import api, fields, models
from odoo.tools import SQL

from ..plans.shared_draft import shown_simulations


class CrmTerritoryPreview(models.Model):
    """The territories of drafts shared for comment in which the user will be, or above
    which: all that he is told of such a draft, with the lines of each.

    A projection, and no right on the draft: it has the rows of who asks, whatever his
    rights, so that no name, chatter or line of a draft is told along the way (decision
    0017). Its ids are those of the territories.
    """

    _name = "crm.territory.preview"
    _description = "Territory of a Shared Draft"
    _auto = False
    _order = "plan_id, complete_name, id"
    _rec_name = "complete_name"
    _depends = {
        "crm.territory": ["active", "complete_name", "parent_path"],
        "crm.territory.member": [
            "date_end",
            "is_manager",
            "plan_id",
            "territory_id",
            "user_id",
        ],
        "crm.territory.plan": [
            "comment_by_id",
            "company_id",
            "date_start",
            "state",
            "tz",
            "version",
        ],
    }

    plan_id = fields.Many2one("crm.territory.plan", "Draft", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    complete_name = fields.Char("Territory", readonly=True)
    is_member = fields.Boolean(
        "Member", readonly=True, help="Else you are a member of one above."
    )
    is_manager = fields.Boolean("Manager", readonly=True)
    simulation_date = fields.Datetime(
        "Simulated On", compute="_compute_simulation", compute_sudo=True
    )
    is_outdated = fields.Boolean(
        "Changed Since",
        compute="_compute_simulation",
        compute_sudo=True,
        help="The draft was changed since it was simulated.",
    )
    account_count = fields.Integer(
        "Accounts",
        compute="_compute_counts",
        help="That you may open today, of this territory.",
    )
    new_count = fields.Integer("New to Me", compute="_compute_counts")
    area_count = fields.Integer("Areas", compute="_compute_counts")

    @property
    def _table_query(self):
        """Members whose time is not over when the plan begins, those who come later,
        too.
        """
        return SQL(
            """
            SELECT territory.id, plan.id AS plan_id, plan.company_id,
                   territory.complete_name,
                   bool_or(mine.id = territory.id) AS is_member,
                   bool_or(member.is_manager) AS is_manager
              FROM crm_territory_plan AS plan
              JOIN crm_territory_member AS member ON member.plan_id = plan.id
              JOIN crm_territory AS mine ON mine.id = member.territory_id
              JOIN crm_territory AS territory
                ON territory.plan_id = plan.id AND territory.active
               AND starts_with(territory.parent_path, mine.parent_path)
             WHERE plan.state = 'draft' AND plan.comment_by_id IS NOT NULL
               AND member.user_id = %s
               AND (member.date_end IS NULL OR member.date_end >= GREATEST(
                   plan.date_start, (now() AT TIME ZONE plan.tz)::date))
             GROUP BY territory.id, plan.id
            """,
            self.env.uid,
        )

    @api.depends("plan_id")
    def _compute_simulation(self):
        shown = shown_simulations(self.env)
        for preview in self:
            run = shown.get(preview.plan_id.id, self.env["crm.territory.run"])
            preview.simulation_date = run.date_end
            preview.is_outdated = bool(run) and run.version != preview.plan_id.version

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_counts(self):
        counts = {}
        for *key, count in self.env["crm.territory.preview.line"]._read_group(
            [("territory_id", "in", self.ids)],
            ["plan_id", "territory_name", "kind", "change"],
            ["__count"],
        ):
            counts[tuple(key)] = count
        for preview in self:
            key = preview.plan_id, preview.complete_name
            preview.new_count = counts.get((*key, "account", "1_new"), 0)
            preview.account_count = preview.new_count + counts.get(
                (*key, "account", "2_stays"), 0
            )
            preview.area_count = counts.get((*key, "area", False), 0)

    @api.readonly
    def action_view_lines(self):
        """Show the accounts and areas of the territory."""
        self.ensure_one()
        self.check_access("read")
        return self._action_lines(self.complete_name, [("territory_id", "=", self.id)])

    @api.readonly
    def action_view_leaving(self):
        """Show the accounts that the user shares today, and would no longer; of no
        territory in particular.
        """
        leaving = [("change", "=", "3_leaves")]
        return self._action_lines(self.env._("Would Leave Me"), leaving)

    @api.model
    def _action_lines(self, name, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_preview_line_action"
        )
        return dict(action, display_name=name, domain=domain)
