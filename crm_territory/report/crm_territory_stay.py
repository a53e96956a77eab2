from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_list

# so many members of a stay are named
_NAMED = 5


class CrmTerritoryStay(models.Model):
    """Which record was in which territory from when to when: one row for each time
    without a break, from the journal. What never moved is where it is since it was
    made.

    A deleted record or territory is in no row. A change of the credited territory ends
    a stay and begins another.
    """

    _name = "crm.territory.stay"
    _description = "Territory History"
    _inherit = ["crm.territory.dimension.mixin"]
    _auto = False
    _obeys_rules_of_leads = True
    _rec_name = "territory_id"
    _order = "date_start desc, id desc"
    _depends = {
        "crm.territory.move": [
            "date",
            "is_dry",
            "lead_id",
            "partner_id",
            "set_after_id",
            "set_before_id",
            "territory_after_id",
            "territory_before_id",
        ],
        "crm.territory.set": ["territory_ids"],
        "res.partner": ["commercial_partner_id", "territory_set_id", "territory_id"],
        "crm.lead": ["territory_set_id", "territory_id"],
    }

    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    lead_id = fields.Many2one("crm.lead", "Lead or Opportunity", readonly=True)
    kind = fields.Selection(
        [("account", "Accounts"), ("lead", "Leads and Opportunities")], readonly=True
    )
    territory_id = fields.Many2one("crm.territory", readonly=True)
    is_credited = fields.Boolean("Credited", readonly=True)
    date_start = fields.Datetime("From", readonly=True)
    date_end = fields.Datetime("Until", readonly=True, help="Empty: it is there now.")
    people = fields.Char(
        "Members",
        compute="_compute_people",
        help="Who was a member of the territory meanwhile, by the first and last days"
        " that its members have today. Managers come first.",
    )
    as_of = fields.Date(
        compute="_compute_as_of",
        search="_search_as_of",
        help="What was so at the end of a day.",
    )

    @property
    def _table_query(self):
        """Rows by the sequence of states of each record: what it was made with, and
        what each move left. States in a row that hold the same territory are one stay.
        """
        return SQL(
            """
            WITH move AS (
                SELECT id, partner_id, lead_id, date, set_before_id, set_after_id,
                       territory_before_id, territory_after_id,
                       row_number() OVER record AS number,
                       lead(date) OVER record AS until
                  FROM crm_territory_move
                 WHERE is_dry IS NOT TRUE
                WINDOW record AS (PARTITION BY partner_id, lead_id ORDER BY date, id)
            ), state AS (
                SELECT partner_id, lead_id, number, date AS since, until,
                       set_after_id AS set_id, territory_after_id AS credited_id,
                       id::int8 << 22 AS key
                  FROM move
                UNION ALL %s UNION ALL %s
            ), held AS (
                SELECT state.*, link.territory_id,
                       (link.territory_id = state.credited_id) IS TRUE AS is_credited
                  FROM state
                  JOIN crm_territory_set_rel AS link ON link.set_id = state.set_id
            ), numbered AS (
                SELECT *, number - row_number() OVER (
                              PARTITION BY partner_id, lead_id, territory_id,
                                           is_credited
                              ORDER BY number) AS stay
                  FROM held
            )
            SELECT (array_agg(key ORDER BY number))[1] + (territory_id << 2) AS id,
                   partner_id, lead_id, territory_id,
                   CASE WHEN lead_id IS NULL THEN 'account' ELSE 'lead' END AS kind,
                   is_credited, min(since) AS date_start,
                   CASE WHEN bool_or(until IS NULL) THEN NULL ELSE max(until) END
                   AS date_end
              FROM numbered
             GROUP BY partner_id, lead_id, territory_id, is_credited, stay
            HAVING bool_or(until IS NULL) OR max(until) > min(since)
            """,
            self._made("res.partner", 1),
            self._made("crm.lead", 2),
        )

    def _made(self, model_name, kind):
        """The states that records were made with, SQL.

        :param int kind: tells their keys from each other, and from those of moves
        """
        is_lead = model_name == "crm.lead"
        return SQL(
            """
            SELECT %(partner)s AS partner_id, %(lead)s AS lead_id, 0 AS number,
                   record.create_date AS since, move.date AS until,
                   CASE WHEN move.id IS NULL THEN record.territory_set_id
                        ELSE move.set_before_id END AS set_id,
                   CASE WHEN move.id IS NULL THEN record.territory_id
                        ELSE move.territory_before_id END AS credited_id,
                   (record.id::int8 << 22) + %(kind)s AS key
              FROM %(table)s AS record
              LEFT JOIN move ON move.%(column)s = record.id AND move.number = 1
             WHERE %(is_judged)s
            """,
            partner=SQL("NULL::int4") if is_lead else SQL("record.id"),
            lead=SQL("record.id") if is_lead else SQL("NULL::int4"),
            kind=kind,
            table=SQL.identifier(self.env[model_name]._table),
            column=SQL.identifier("lead_id" if is_lead else "partner_id"),
            is_judged=SQL("TRUE")
            if is_lead
            else SQL("record.commercial_partner_id = record.id"),
        )

    @api.depends("territory_id", "date_start", "date_end")
    def _compute_people(self):
        """1 query for the members of all."""
        members = self.env["crm.territory.member"].search(
            [("territory_id", "in", self.territory_id.ids)]
        )
        of_territory = members.grouped("territory_id")
        for stay in self:
            there = of_territory.get(stay.territory_id, members.browse()).filtered(
                stay._overlaps
            )
            there = there.sorted(lambda member: (not member.is_manager, member.id))
            names = list(dict.fromkeys(there.user_id.mapped("name")))
            if len(names) > _NAMED:
                more = self.env._("%s more", len(names) - _NAMED)
                names = [*names[:_NAMED], more]
            stay.people = format_list(self.env, names) if names else False

    def _overlaps(self, member):
        """Whether somebody was a member while the record was in the territory."""
        zone = pytz.timezone(self.territory_id.sudo().plan_id.tz or "UTC")

        def day(moment):
            return pytz.utc.localize(moment).astimezone(zone).date()

        begins_in_time = (
            not self.date_end
            or not member.date_start
            or member.date_start <= day(self.date_end)
        )
        return begins_in_time and (
            not member.date_end or member.date_end >= day(self.date_start)
        )

    def _compute_as_of(self):
        self.as_of = False

    def _search_as_of(self, operator, value):
        """The stays that held at the end of a day, of the reader's time zone."""
        if operator != "in":
            return NotImplemented
        return Domain.OR(self._as_of(day) for day in value if day)

    @api.model
    def _as_of(self, day):
        """The Domain of the stays that held at the end of a day."""
        day = fields.Date.to_date(day)
        zone = pytz.timezone(self.env.user.tz or "UTC")
        midnight = zone.localize(datetime.combine(day + timedelta(days=1), time()))
        return self._at(midnight.astimezone(pytz.utc).replace(tzinfo=None))

    @api.model
    def _at(self, moment):
        """The Domain of the stays that held right before a moment, in UTC."""
        return Domain("date_start", "<", moment) & (
            Domain("date_end", "=", False) | Domain("date_end", ">=", moment)
        )

    @api.readonly
    def action_open(self):
        """Open the record."""
        self.ensure_one()
        reports = self.env["crm.territory.report.mixin"]
        return reports._action_record(self.lead_id or self.partner_id)
