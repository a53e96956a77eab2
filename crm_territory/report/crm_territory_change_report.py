from odoo import api, fields, models
from odoo.tools import SQL

from .reading_day import day_sql


class CrmTerritoryChangeReport(models.Model):
    """What came into territories and what left them: one row for each territory that a
    record entered or left, from the journal.

    What is new in a territory because it was just made is no move.
    """

    _name = "crm.territory.change.report"
    _description = "Records In and Out of Territories"
    _inherit = ["crm.territory.dimension.mixin"]
    _auto = False
    _rec_name = "move_id"
    _order = "date desc, id desc"
    _depends = {
        "crm.territory.move": [
            "date",
            "is_dry",
            "lead_id",
            "partner_id",
            "set_after_id",
            "set_before_id",
            "user_id",
        ],
        "crm.territory.set": ["territory_ids"],
    }

    move_id = fields.Many2one("crm.territory.move", readonly=True)
    date = fields.Date(readonly=True)
    author_id = fields.Many2one("res.users", "Changed By", readonly=True)
    territory_id = fields.Many2one("crm.territory", readonly=True)
    kind = fields.Selection(
        [("account", "Accounts"), ("lead", "Leads and Opportunities")], readonly=True
    )
    direction = fields.Selection([("in", "In"), ("out", "Out")], readonly=True)
    partner_id = fields.Many2one("res.partner", "Account", readonly=True)
    lead_id = fields.Many2one("crm.lead", "Lead or Opportunity", readonly=True)
    moved_in = fields.Integer("In", readonly=True)
    moved_out = fields.Integer("Out", readonly=True)
    net = fields.Integer("Net Change", readonly=True)

    @property
    def _table_query(self):
        return SQL(
            "%s UNION ALL %s",
            self._in_one_only("set_after_id", "set_before_id", 1),
            self._in_one_only("set_before_id", "set_after_id", -1),
        )

    def _in_one_only(self, column, other, net):
        """The territories of the one set of moves that the other has not."""
        return SQL(
            """
            SELECT (move.id::int8 << 21) + (link.territory_id << 1) + %(is_out)s AS id,
                   move.id AS move_id, %(day)s AS date,
                   move.user_id AS author_id, move.partner_id, move.lead_id,
                   CASE WHEN move.lead_id IS NULL THEN 'account' ELSE 'lead' END
                   AS kind,
                   link.territory_id,
                   %(direction)s AS direction,
                   %(is_in)s AS moved_in,
                   %(is_out)s AS moved_out,
                   %(net)s AS net
              FROM crm_territory_move AS move
              JOIN crm_territory_set_rel AS link ON link.set_id = %(one)s
              LEFT JOIN crm_territory_set_rel AS same
                     ON same.set_id = %(other)s
                    AND same.territory_id = link.territory_id
             WHERE move.is_dry IS NOT TRUE AND same.set_id IS NULL
            """,
            is_in=int(net > 0),
            is_out=int(net < 0),
            direction="in" if net > 0 else "out",
            net=net,
            day=day_sql(SQL("move.date"), self.env.tz),
            one=SQL.identifier("move", column),
            other=SQL.identifier("move", other),
        )

    @api.readonly
    def action_open(self):
        """Open the record that moved."""
        self.ensure_one()
        reports = self.env["crm.territory.report.mixin"]
        return reports._action_record(self.lead_id or self.partner_id)
