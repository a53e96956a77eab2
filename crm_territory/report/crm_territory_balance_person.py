from odoo import fields, models
from odoo.tools import SQL

# ids of users are less
_USERS = 2**22


class CrmTerritoryBalancePerson(models.Model):
    """What each salesperson has of a measure, before and after the proposal: an equal
    part of what each of his territories has. One row for each measure and user.
    """

    _name = "crm.territory.balance.person"
    _description = "Share of a Salesperson"
    _auto = False
    _rec_name = "user_id"
    _order = "measure_id, before desc, id"
    _depends = {
        "crm.territory.balance.share": [
            "after",
            "balance_id",
            "before",
            "measure_id",
            "user_ids",
        ],
    }

    balance_id = fields.Many2one("crm.territory.balance", readonly=True)
    measure_id = fields.Many2one("crm.territory.balance.measure", readonly=True)
    user_id = fields.Many2one("res.users", string="Salesperson", readonly=True)
    territory_count = fields.Integer("Territories", readonly=True)
    target = fields.Float("Even Share", readonly=True)
    before = fields.Float(readonly=True)
    after = fields.Float(readonly=True)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT share.measure_id::int8 * %s + link.user_id AS id,
                   share.balance_id, share.measure_id, link.user_id,
                   COUNT(*) AS territory_count,
                   SUM(SUM(share.before / people.count)) OVER measure
                       / COUNT(*) OVER measure AS target,
                   SUM(share.before / people.count) AS before,
                   SUM(share.after / people.count) AS after
              FROM crm_territory_balance_share AS share
              JOIN crm_territory_balance_share_user_rel AS link
                ON link.share_id = share.id
              JOIN LATERAL (
                       SELECT COUNT(*)
                         FROM crm_territory_balance_share_user_rel
                        WHERE share_id = share.id
                   ) AS people ON TRUE
             GROUP BY share.balance_id, share.measure_id, link.user_id
            WINDOW measure AS (PARTITION BY share.measure_id)
            """,
            _USERS,
        )
