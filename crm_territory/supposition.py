"""What would be if something were changed: looked at, and taken back.

What is supposed is written to the database by plain statements within a savepoint that
is always rolled back: no mail, no journal, nothing that other workers are told of.
"""

from contextlib import closing, contextmanager

from odoo.tools import SQL

from .matching import access
from .runs.work import Worker


@contextmanager
def supposed(env, *statements):
    """Within the block the statements are done; after it, all is as it was.

    :param statements: SQL, or functions without argument
    """
    with closing(env.cr.savepoint()):
        for statement in statements:
            if isinstance(statement, SQL):
                env.cr.execute(statement)
            else:
                statement()
        _forget(env)
        yield
    _forget(env)


def _forget(env):
    env.invalidate_all(flush=False)
    access.forget(env)


def a_membership(territory, user, is_manager):
    """Of a user in a territory, from ever and without end, in place of others there.

    :return: list of SQL
    """
    return [
        SQL(
            "DELETE FROM crm_territory_member WHERE territory_id = %s AND user_id = %s",
            territory.id,
            user.id,
        ),
        SQL(
            """
            INSERT INTO crm_territory_member (territory_id, plan_id, company_id,
                   user_id, is_manager, weight, capacity, sequence)
            VALUES (%s, %s, %s, %s, %s, 1, 0, 10)
            """,
            territory.id,
            territory.plan_id.id,
            territory.company_id.id or None,
            user.id,
            is_manager,
        ),
    ]


def a_move(territory, parent):
    """Of a territory, and what lies below, to below another: list of SQL."""
    return [
        SQL(
            "UPDATE crm_territory SET parent_id = %s WHERE id = %s",
            parent.id or None,
            territory.id,
        )
    ]


def another_plan(plan, record):
    """A plan is active instead of the one that is, and has judged a record.

    :return: list of functions
    """
    return [lambda: _judge_by(plan.sudo(), record.sudo())]


def _judge_by(plan, record):
    env = plan.env
    is_lead = record._name == "crm.lead"
    account = record.partner_id if is_lead else record
    run = env["crm.territory.run"].create(
        {
            "plan_id": plan.id,
            "is_dry": True,
            "scope": "selection",
            "include_closed": True,
            "partner_ids": account.commercial_partner_id.ids,
            "lead_ids": record.ids if is_lead else [],
        }
    )
    run._start()
    worker = Worker(run)
    while run.state == "running":
        worker.do_batch()
    env.flush_all()
    column = "lead_id" if is_lead else "partner_id"
    moved = env.execute_query(
        SQL(
            "SELECT set_after_id FROM crm_territory_move WHERE run_id = %s AND %s = %s",
            run.id,
            SQL.identifier(column),
            record.id if is_lead else record.commercial_partner_id.id,
        )
    )
    for (set_id,) in moved:
        env.cr.execute(
            SQL(
                "UPDATE %s SET territory_set_id = %s WHERE id = %s",
                SQL.identifier(record._table),
                set_id,
                record.id,
            )
        )
    others = (
        env["crm.territory.plan"]
        ._active_plans()
        .filtered(
            lambda other: not (
                other.company_id
                and plan.company_id
                and other.company_id != plan.company_id
            )
        )
    )
    for state, plans in (("archived", others - plan), ("active", plan)):
        env.cr.execute(
            SQL(
                "UPDATE crm_territory_plan SET state = %s WHERE id = ANY(%s)",
                state,
                plans.ids,
            )
        )
