"""Plans that give way to another one, and where records are meanwhile."""

from odoo.tools import SQL


class GivingWay:
    """The plans that give way, of all companies, whoever asks: ``plans``, the latest
    first, archived ones too. No query while there are none, else 1.
    """

    def __init__(self, env):
        plans = env["crm.territory.plan"].sudo().with_context(active_test=False)
        self.plans = plans.browse(plans._ids_giving_way()).exists()

    def is_in_use_sql(self, alias):
        """Whether a plan is one in which reports tell records, of whatever company: an
        active one, but while it is being introduced the one before.

        :param alias: of the table of plans
        """
        givers = {}
        for giver in self.plans:
            givers.setdefault(giver.company_id, giver)
        return SQL(
            "(%(id)s = ANY(%(giver_ids)s)"
            " OR %(state)s = 'active' AND %(id)s <> ALL(%(waiting_ids)s))",
            id=SQL.identifier(alias, "id"),
            state=SQL.identifier(alias, "state"),
            giver_ids=[giver.id for giver in givers.values()],
            waiting_ids=[giver.giving_way_to_id.id for giver in givers.values()],
        )


def before_introduction(plans, name):
    """Where records were before they were moved by the runs that introduce plans.

    :param plans: those that are being introduced
    :param name: of the column of moves: lead_id or partner_id
    :return: a query of rows (id, territory_id), one for each record moved; None if no
        run introduces these
    """
    runs = plans.sudo().introduction_run_id
    if not runs:
        return None
    plans.env["crm.territory.move"].flush_model()
    return SQL(
        "SELECT DISTINCT ON (%(name)s) %(name)s AS id,"
        " territory_before_id AS territory_id FROM crm_territory_move"
        " WHERE run_id = ANY(%(run_ids)s) AND %(name)s IS NOT NULL"
        " ORDER BY %(name)s, crm_territory_move.id",
        name=SQL.identifier(name),
        run_ids=runs.ids,
    )


def share_no_more(plans):
    """These have given way: what is in their territories is not seen by them."""
    if plans:
        plans.sudo().write({"giving_way_to_id": False, "giving_way_since": False})
