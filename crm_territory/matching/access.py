"""What a user's memberships and subordinates open: ids, to be inlined in conditions.

A sub-select in an OR misleads PostgreSQL's planner (12 ms against 1.3 ms for a page of
a million leads), so the ids of sets and of owners are resolved first.
"""

from dataclasses import dataclass

from odoo.fields import Domain
from odoo.tools import SQL

from ..compat import memory_of_transaction

# `sales_team` inlines as many ids for the same reason
INLINED = 10_000
_MEMORY = "crm_territory.access"


@dataclass(frozen=True)
class Scope:
    """What a user sees on top of Odoo's own rules.

    :param line_ids: the territories that the user is a member of today, and all below
        them, of whatever plan, archived ones as well
    :param managed_ids: of these, what the user manages
    :param live_ids: of these, what shares: all active, in active plans, and in plans
        that give way to one whose records are not all judged yet
    :param read_set_ids: sets with a territory of ``live_ids``
    :param write_set_ids: of those, the sets whose records the user may change
    :param owner_ids: the users whose superior the user is
    :param internal_partner_ids: the partners of companies, and of colleagues who left
    :param customer_ids: the accounts of which the user owns a lead, an opportunity or a
        quotation, whatever became of it; None if they are too many to be inlined
    """

    line_ids: tuple[int, ...]
    managed_ids: tuple[int, ...]
    live_ids: tuple[int, ...]
    read_set_ids: tuple[int, ...]
    write_set_ids: tuple[int, ...]
    owner_ids: tuple[int, ...]
    internal_partner_ids: tuple[int, ...] = ()
    customer_ids: tuple[int, ...] | None = ()


def scope_of(env, user_id, days, with_accounts=False):
    """The Scope of a user. 1 query for each user and transaction.

    Only active territories of active plans share, and until the plan that took the
    place of another has judged all records, those of the other one: a record is in
    territories of the one or of the other, so nobody sees what neither gives him. A
    membership opens its territory and all below; it lets write if it is a manager's, or
    if the territory that it is in says so.

    :param dict days: {plan id: its day}
    :param bool with_accounts: find internal_partner_ids and customer_ids, too
    :return: Scope
    """
    memory = memory_of_transaction(env, _MEMORY)
    key = (user_id, frozenset(days.items()), with_accounts)
    if key not in memory:
        for name, fields in READ_FIELDS.items():
            if name in env and (with_accounts or name not in _ACCOUNT_MODELS):
                env[name].flush_model(fields)
        [row] = env.execute_query(_query(env, user_id, days, with_accounts))
        ids = [tuple(found or ()) for found in row]
        if with_accounts and len(ids[-1]) > INLINED:
            ids[-1] = None
        memory[key] = Scope(*ids)
    return memory[key]


def inlined(model, field_name, ids):
    """The domain of the records whose many2one is one of ids: these inlined, but for
    very many.
    """
    if len(ids) <= INLINED:
        return Domain(field_name, "in", list(ids))
    comodel = model.env[model._fields[field_name].comodel_name].sudo()
    query = comodel.with_context(active_test=False)._search([("id", "in", list(ids))])
    return Domain(field_name, "any!", query)


def forget_changed(env, model_name, names):
    """Fields of a model have changed in this transaction: scopes may differ."""
    if not READ_FIELDS.get(model_name, frozenset()).isdisjoint(names):
        forget(env, only_accounts=model_name in _ACCOUNT_MODELS)


def forget(env, only_accounts=False):
    """What scopes depend on has changed in this transaction."""
    memory = memory_of_transaction(env, _MEMORY)
    for key in [key for key in memory if key[-1] or not only_accounts]:
        del memory[key]
    for model in (env["crm.lead"], env["res.partner"], env["crm.activity.report"]):
        names = [name for name in _ANSWERS if name in model._fields]
        model.invalidate_model(names, flush=False)


# Who owns one of these (user_id) sees its customer (partner_id), where it is installed.
CUSTOMER_DOCUMENTS = ("crm.lead", "sale.order")
# what a scope reads: a change of one of these is in force in the same transaction
READ_FIELDS = {
    "crm.territory.member": frozenset(
        {"territory_id", "user_id", "is_manager", "date_start", "date_end"}
    ),
    "crm.territory": frozenset({"parent_id", "active", "permission", "plan_id"}),
    "crm.territory.plan": frozenset({"state", "giving_way_to_id"}),
    "crm.team": frozenset({"user_id", "active"}),
    "crm.team.member": frozenset({"user_id", "crm_team_id", "active"}),
    "res.users": frozenset({"reports_to_id", "partner_id", "share", "active"}),
    "res.company": frozenset({"partner_id"}),
    "res.partner": frozenset({"commercial_partner_id"}),
    **dict.fromkeys(CUSTOMER_DOCUMENTS, frozenset({"user_id", "partner_id"})),
}
# of these, only who sees which account
_ACCOUNT_MODELS = frozenset({"res.company", "res.partner", *CUSTOMER_DOCUMENTS})
# the fields of records that are computed from scopes
_ANSWERS = (
    "territory_can_read",
    "territory_can_write",
    "territory_can_see_unowned",
    "territory_can_write_unowned",
    "territory_is_unassigned",
    "territory_can_see",
    "territory_is_readonly",
)


def _query(env, user_id, days, with_accounts):
    # OFFSET 0: the few memberships come first; where PostgreSQL does not know that they
    # are few, it would look for one in each territory
    return SQL(
        """
        WITH RECURSIVE line AS (
            SELECT territory.id, member.is_manager,
                   territory.active
                   AND (plan.state = 'active' OR plan.giving_way_to_id IS NOT NULL)
                   AS is_live,
                   member.is_manager OR territory.permission = 'write' AS may_write
              FROM (SELECT territory_id, is_manager, date_start, date_end
                      FROM crm_territory_member WHERE user_id = %(user_id)s OFFSET 0
                   ) AS member
              JOIN crm_territory AS territory ON territory.id = member.territory_id
              JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
              JOIN unnest(%(plan_ids)s::int4[], %(days)s::date[])
                   AS zone(plan_id, today) ON zone.plan_id = plan.id
             WHERE daterange(member.date_start, member.date_end, '[]') @> zone.today
            UNION
            SELECT below.id, line.is_manager, line.is_live AND below.active,
                   line.may_write
              FROM line JOIN crm_territory AS below ON below.parent_id = line.id
        ), shared AS (
            SELECT link.set_id, bool_or(line.may_write) AS may_write
              FROM line
              JOIN crm_territory_set_rel AS link ON link.territory_id = line.id
             WHERE line.is_live
             GROUP BY link.set_id
        ), subordinate AS (
            SELECT id FROM res_users WHERE reports_to_id = %(user_id)s
            UNION
            SELECT below.id
              FROM subordinate JOIN res_users AS below
                ON below.reports_to_id = subordinate.id
        ), led AS (
            SELECT member.user_id
              FROM crm_team AS team
              JOIN crm_team_member AS member ON member.crm_team_id = team.id
             WHERE team.user_id = %(user_id)s AND team.active AND member.active
        )
        SELECT (SELECT array_agg(DISTINCT id) FROM line),
               (SELECT array_agg(DISTINCT id) FROM line WHERE is_manager),
               (SELECT array_agg(DISTINCT id) FROM line WHERE is_live),
               (SELECT array_agg(set_id) FROM shared),
               (SELECT array_agg(set_id) FROM shared WHERE may_write),
               (SELECT array_agg(id)
                  FROM (SELECT id FROM subordinate
                        UNION SELECT user_id FROM led) AS below
                 WHERE id <> %(user_id)s)
               %(accounts)s
        """,
        user_id=user_id,
        plan_ids=list(days),
        days=list(days.values()),
        accounts=_accounts_query(env, user_id) if with_accounts else SQL(),
    )


def _accounts_query(env, user_id):
    documents = SQL(" UNION ALL ").join(
        SQL(
            "SELECT partner_id FROM %s WHERE user_id = %s",
            SQL.identifier(env[name]._table),
            user_id,
        )
        for name in CUSTOMER_DOCUMENTS
        if name in env
    )
    return SQL(
        """
        , (SELECT array_agg(partner_id)
             FROM (SELECT partner_id FROM res_company
                   UNION
                   SELECT partner_id FROM res_users
                    WHERE NOT share AND NOT active) AS internal),
          (SELECT array_agg(account_id)
             FROM (SELECT DISTINCT contact.commercial_partner_id AS account_id
                     FROM (%s) AS document
                     JOIN res_partner AS contact ON contact.id = document.partner_id
                    LIMIT %s) AS customer)
        """,
        documents,
        INLINED + 1,
    )
