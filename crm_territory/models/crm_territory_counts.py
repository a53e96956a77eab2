from collections import Counter

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..matching.lines import path_sql

_RECORD_COUNTS = (
    "account_count",
    "lead_count",
    "opportunity_count",
    "opportunity_amount",
)


class CrmTerritory(models.Model):
    """The records in a territory and below: how many the user sees, and which."""

    _inherit = "crm.territory"

    account_count = fields.Integer(
        "Accounts", compute="_compute_record_counts", help="Here and below."
    )
    lead_count = fields.Integer(
        "Leads", compute="_compute_record_counts", help="Open, here and below."
    )
    opportunity_count = fields.Integer(
        "Opportunities", compute="_compute_record_counts", help="Open, here and below."
    )
    company_currency_id = fields.Many2one(
        "res.currency", compute="_compute_company_currency_id"
    )
    opportunity_amount = fields.Monetary(
        "Pipeline",
        compute="_compute_record_counts",
        currency_field="company_currency_id",
        help="Expected revenue of the open opportunities, here and below.",
    )

    def _compute_company_currency_id(self):
        for territory in self:
            company = territory.company_id or self.env.company
            territory.company_currency_id = company.currency_id

    def _compute_record_counts(self):
        """Here and below, of what the user may see: 4 queries for all territories."""
        lines = self._lines_of_sets()
        counts = {name: Counter() for name in _RECORD_COUNTS}
        for territory_set, count in self.env["res.partner"]._read_group(
            Domain("territory_set_id", "in", list(lines))
            & self.env["res.partner"]._account_domain(),
            ["territory_set_id"],
            ["__count"],
        ):
            counts["account_count"].update(
                dict.fromkeys(lines[territory_set.id], count)
            )
        for territory_set, kind, count, amount in self.env["crm.lead"]._read_group(
            [
                ("territory_set_id", "in", list(lines)),
                ("won_status", "=", "pending"),
            ],
            ["territory_set_id", "type"],
            ["__count", "expected_revenue:sum"],
        ):
            line = lines[territory_set.id]
            counts[f"{kind}_count"].update(dict.fromkeys(line, count))
            if kind == "opportunity":
                counts["opportunity_amount"].update(dict.fromkeys(line, amount))
        for territory in self:
            for name in _RECORD_COUNTS:
                territory[name] = counts[name][territory.id]

    def _lines_of_sets(self):
        """{set id: ids among self that hold one of its territories, or lie above}."""
        self.flush_model(["parent_path"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT link.set_id, array_agg(DISTINCT line.id)
                  FROM crm_territory_set_rel AS link
                  JOIN crm_territory AS territory ON territory.id = link.territory_id,
                       unnest(%s) AS line(id)
                 WHERE line.id = ANY(%s)
                 GROUP BY link.set_id
                """,
                path_sql("territory"),
                self.ids,
            )
        )
        return dict(rows)

    def _action_view(self, xml_id, domain=()):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return dict(
            action,
            domain=[("territory_ids", "child_of", self.ids), *domain],
            context={"active_test": True},
        )

    @api.readonly
    def action_view_accounts(self):
        return self._action_view(
            "crm_territory.crm_territory_account_action",
            self.env["res.partner"]._account_domain_for_client(),
        )

    @api.readonly
    def action_view_leads(self):
        return self._action_view(
            "crm_territory.crm_territory_lead_action",
            [("type", "=", "lead"), ("won_status", "=", "pending")],
        )

    @api.readonly
    def action_view_opportunities(self):
        return self._action_view(
            "crm_territory.crm_territory_opportunity_action",
            [("type", "=", "opportunity"), ("won_status", "=", "pending")],
        )
