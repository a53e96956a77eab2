from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..boolean_search import boolean_search
from ..plans.giving_way import GivingWay, before_introduction


class CrmTerritoryWonReportMixin(models.AbstractModel):
    """What reports share that tell what was won, beside what is open: it counts for who
    won it, and where its territory is today.

    A report has the column ``salesperson_id`` beside ``user_id``, which record rules
    ask: who won an opportunity may have handed it over.
    """

    _name = "crm.territory.won.report.mixin"
    _description = "Report on What Was Won"
    _inherit = ["crm.territory.report.mixin"]
    _auto = False

    user_id = fields.Many2one(
        string="Salesperson Today", help="Who has the opportunity now."
    )
    salesperson_id = fields.Many2one(
        "res.users",
        "Salesperson",
        readonly=True,
        help="Who won it; of what is not won, who has it.",
    )

    @api.depends("salesperson_id")
    def _compute_is_of_seller(self):
        sellers = self.env["res.users"]._sellers()
        for row in self:
            salesperson = row.salesperson_id
            row.is_of_seller = not salesperson or salesperson in sellers

    def _search_is_of_seller(self, operator, value):
        sellers = self.env["res.users"]._sellers()
        domain = Domain("salesperson_id", "in", [False, *sellers.ids])
        return boolean_search(operator, value, domain)

    @api.model
    def _credited(self):
        """How ``crm_lead AS lead`` is credited. What closed in a territory of a former
        plan is told in the one that it is in the plan in use. While a plan is being
        introduced that is the one before, also for what was moved.

        :return: {salesperson, territory: SQL of ids; carried: the joins that they need}
        """
        own, joins = SQL("lead.territory_id"), []
        introduced = GivingWay(self.env).plans.giving_way_to_id
        moved = before_introduction(introduced, "lead_id")
        if moved:
            own = SQL(
                "CASE WHEN moved.id IS NULL THEN lead.territory_id"
                " ELSE moved.territory_id END"
            )
            joins.append(SQL("LEFT JOIN (%s) AS moved ON moved.id = lead.id", moved))
        territory = own
        found = self.env["crm.territory"]._found_again()
        if found:
            old_ids, company_ids, new_ids = map(list, zip(*found, strict=True))
            territory = SQL("COALESCE(carried.new_id, %s)", own)
            joins.append(
                SQL(
                    """
                    LEFT JOIN unnest(%s::int[], %s::int[], %s::int[])
                           AS carried(old_id, company_id, new_id)
                           ON carried.old_id = %s
                          AND COALESCE(carried.company_id, lead.company_id, 0)
                              = COALESCE(lead.company_id, 0)
                    """,
                    old_ids,
                    company_ids,
                    new_ids,
                    own,
                )
            )
        return {
            "salesperson": SQL("COALESCE(lead.won_user_id, lead.user_id)"),
            "territory": territory,
            "carried": SQL(" ").join(joins),
        }
