from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .reading_day import day_sql

# what a map is colored by, where that is a territory: the first that tells places apart
_COLORS = (
    "territory_level_1_id",
    "territory_level_2_id",
    "territory_level_3_id",
    "territory_id",
)


class CrmTerritoryMapReport(models.Model):
    """What lies where: one row for each account, for each open opportunity and for
    each one that was won, in its credited territory.

    The place of an opportunity is that of its account, else its own. The *date* is that
    of the report of revenue; accounts have none.
    """

    _name = "crm.territory.map.report"
    _description = "Map of Territories"
    _inherit = [
        "crm.territory.won.report.mixin",
        "crm.territory.account.report.mixin",
    ]
    _auto = False
    _order = "id"
    _depends = {
        "crm.lead": [
            "active",
            "company_id",
            "country_id",
            "date_closed",
            "date_deadline",
            "expected_revenue",
            "partner_id",
            "state_id",
            "territory_id",
            "territory_set_id",
            "type",
            "user_id",
            "won_status",
            "won_user_id",
        ],
        "res.partner": [
            "active",
            "commercial_partner_id",
            "company_id",
            "country_id",
            "industry_id",
            "partner_share",
            "state_id",
            "territory_id",
            "territory_set_id",
            "user_id",
        ],
    }

    lead_id = fields.Many2one(string="Opportunity")
    kind = fields.Selection(
        [
            ("account", "Account"),
            ("open", "Open Opportunity"),
            ("won", "Won Opportunity"),
        ],
        readonly=True,
    )
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    state_id = fields.Many2one("res.country.state", readonly=True)
    is_gap = fields.Boolean("Without Territory", readonly=True)
    date = fields.Date(
        readonly=True,
        help="Of winning; of an open opportunity, when closing is expected.",
    )
    account_count = fields.Integer("Accounts", readonly=True)
    open_amount = fields.Monetary(
        "Open Pipeline", currency_field="company_currency_id", readonly=True
    )
    open_count = fields.Integer("Open Deals", readonly=True)
    won_amount = fields.Monetary(
        "Won", currency_field="company_currency_id", readonly=True
    )
    won_count = fields.Integer("Won Deals", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT account.id::int8 << 1 AS id, 'account' AS kind,
                   account.id AS partner_id, NULL::int4 AS lead_id,
                   account.user_id, account.user_id AS salesperson_id,
                   account.company_id, account.partner_share,
                   account.territory_set_id, account.territory_id,
                   account.industry_id, account.country_id, account.state_id,
                   account.territory_id IS NULL AS is_gap, NULL::date AS date,
                   1 AS account_count,
                   NULL::numeric AS open_amount, NULL::int4 AS open_count,
                   NULL::numeric AS won_amount, NULL::int4 AS won_count
              FROM res_partner AS account
             WHERE %(is_account)s
             UNION ALL
            SELECT (lead.id::int8 << 1) + 1,
                   CASE lead.won_status WHEN 'won' THEN 'won' ELSE 'open' END,
                   account.id, lead.id, lead.user_id, %(salesperson)s,
                   lead.company_id, NULL, lead.territory_set_id, %(territory)s,
                   account.industry_id,
                   COALESCE(account.country_id, lead.country_id),
                   CASE WHEN account.country_id IS NULL THEN lead.state_id
                        ELSE account.state_id END,
                   lead.territory_id IS NULL,
                   CASE lead.won_status WHEN 'won' THEN %(day_closed)s
                                        ELSE lead.date_deadline END,
                   NULL,
                   CASE lead.won_status WHEN 'pending' THEN lead.expected_revenue END,
                   CASE lead.won_status WHEN 'pending' THEN 1 END,
                   CASE lead.won_status WHEN 'won' THEN lead.expected_revenue END,
                   CASE lead.won_status WHEN 'won' THEN 1 END
              FROM crm_lead AS lead %(account_of_lead)s %(carried)s
             WHERE lead.type = 'opportunity'
               AND (lead.won_status = 'won'
                    OR lead.won_status = 'pending' AND lead.active)
            """,
            **self._credited(),
            is_account=self._is_account(),
            account_of_lead=self._account_join(),
            day_closed=day_sql(SQL("lead.date_closed"), self.env.tz),
        )

    @api.model
    @api.readonly
    def get_geography(self, place, color=None):
        """What a map of places needs beside the figures. O(areas) in the database,
        O(territories x places) here, as many queries however many there are.

        :param place: ``country_id``, or ``state_id``: those of the United States
        :param color: the field of the report that colors the map; None: the first level
            of territories that tells the places apart
        :return: {color, codes: list of (id of a place, its code), covered: list of (id
            of a place, id of a territory, its name)}. Covered is where an area of an
            active plan is, at least in a part of the place, also where nothing lies
            yet; the area of a whole country covers its states.
        """
        areas = self._areas_by_territory(place)
        if color is None:
            choices = (name for name in _COLORS if _tells_apart(_shown(areas, name)))
            color = next(choices, _COLORS[-1])
        shown = _shown(areas, color) if color in _COLORS else {}
        return {
            "color": color,
            "codes": [(each.id, each.code) for each in self._places(place)],
            "covered": [
                (place_id, territory.id, territory.name)
                for territory, places in shown.items()
                for place_id in places.ids
            ],
        }

    @api.model
    def _places(self, place):
        if place == "country_id":
            return self.env["res.country"].search([])
        return self.env["res.country.state"].search([("country_id.code", "=", "US")])

    @api.model
    def _areas_by_territory(self, place):
        """{territory: the places of its areas}"""
        domain = Domain("territory_id.active", "=", True)
        domain &= Domain("plan_id.state", "=", "active")
        if place == "state_id":
            is_whole = Domain("city", "=", False) & Domain("zip_from", "=", False)
            domain &= Domain("country_id.code", "=", "US")
            domain &= Domain("state_id", "!=", False) | is_whole
        found = {}
        for territory, country, group, state in self.env[
            "crm.territory.area"
        ]._read_group(
            domain, ["territory_id", "country_id", "country_group_id", "state_id"]
        ):
            places = country or group.country_ids
            if place == "state_id":
                places = state or country.state_ids
            found[territory] = found.get(territory, places) | places
        return found


def _shown(areas, color):
    """{territory as which the map shows others: the places of their areas}"""
    level = color.removeprefix("territory_")
    found = {}
    for territory, places in areas.items():
        shown = territory if level == "id" else territory[level]
        if shown:
            found[shown] = found.get(shown, places) | places
    return found


def _tells_apart(shown):
    """Whether not all places are covered by the same territories."""
    covering = {}
    for territory, places in shown.items():
        for place in places:
            covering.setdefault(place, set()).add(territory)
    return len({frozenset(territories) for territories in covering.values()}) > 1
