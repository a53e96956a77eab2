"""Who gets leads without salesperson (design 3.11).

When this is done, is told in ``handout_turns``.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from psycopg2 import OperationalError

from odoo.tools import SQL

from .engine.owner_policy import next_candidate
from .matching.lines import path_sql


class Busy(Exception):
    """Somebody else is giving out leads to the same people: after him."""


@dataclass
class Waiting:
    """A lead that lacks a salesperson or a team."""

    id: int
    territory_id: int
    company_id: int | None
    needs_user: bool
    needs_team: bool
    declined: frozenset = frozenset()  # ids of users who gave it back


@dataclass
class Gift:
    """What leads get.

    :param leads_of_user: {user id: ids of leads}
    :param leads_of_team: {team id: ids of leads}
    :param turns: {member id: number of the last turn}
    :param turns_before: the same, before it
    """

    leads_of_user: dict = field(default_factory=lambda: defaultdict(list))
    leads_of_team: dict = field(default_factory=lambda: defaultdict(list))
    turns: dict = field(default_factory=dict)
    turns_before: dict = field(default_factory=dict)

    def __bool__(self):
        return bool(self.leads_of_user or self.leads_of_team)

    def lead_ids(self):
        return set().union(*self.leads_of_user.values(), *self.leads_of_team.values())

    def after(self, before):
        """{lead id: (user id, team id)} as it will be, from how it was."""
        after = dict(before)
        for user_id, ids in self.leads_of_user.items():
            after.update({id_: (user_id, after[id_][1]) for id_ in ids})
        for team_id, ids in self.leads_of_team.items():
            after.update({id_: (after[id_][0], team_id) for id_ in ids})
        return after


class HandOut:
    """Gives leads to the members of their territories, by the policies in force.

    :param env: its rights do not matter
    :param run: the run that gives, if one does, and tells everybody at its end; a
        simulation only notes who would get what, in its moves
    :param bool tells: whether to tell who gets leads
    """

    def __init__(self, env, run=None, tells=True):
        self.env = env(su=True)
        self.run = run
        self.tells = tells and not run
        self.is_dry = bool(run and run.is_dry)
        # whose moves count as made; none of a simulation that is not saved
        self.dry_run_id = self.is_dry and run._origin.id
        plans = self.env["crm.territory.plan"]
        compiled = run._compiled()[0] if run else plans._compiled()
        self.policies = compiled.policies
        self.tree = compiled.tree

    # -- what waits

    def waiting(self, among=None, after_id=0, limit=None):
        """The leads that lack what the policy of their territory gives. 1 query.

        :param among: look only among these: ids, or SQL on ``lead``; None: everywhere
        :return: list of Waiting, in the order of ids
        """
        if not self.policies:
            return []
        if among is None:
            among = SQL("TRUE")
        self.env["crm.lead"].flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT lead.id, %(territory)s, lead.company_id, %(needs_user)s,
                       %(needs_team)s,
                       ARRAY(SELECT user_id FROM crm_lead_territory_declined_rel
                              WHERE lead_id = lead.id)
                  FROM crm_lead AS lead %(join)s
                 WHERE lead.active AND lead.won_status = 'pending'
                   AND lead.territory_is_locked IS NOT TRUE
                   AND (lead.user_id IS NULL OR lead.team_id IS NULL
                        OR lead.territory_owner_state IS NOT NULL)
                   AND (%(needs_user)s OR %(needs_team)s)
                   AND %(among)s AND lead.id > %(after_id)s
                 ORDER BY lead.id LIMIT %(limit)s
                """,
                territory=self._territory(),
                join=self._join(),
                needs_user=self._needs_user(),
                needs_team=SQL(
                    "(lead.team_id IS NULL AND %s = ANY(%s))",
                    self._territory(),
                    self._with_policy(lambda policy, _plan: policy.team_id),
                ),
                among=among
                if isinstance(among, SQL)
                else SQL("lead.id = ANY(%s)", list(among)),
                after_id=after_id,
                limit=limit,
            )
        )
        return [Waiting(*row[:5], frozenset(row[5])) for row in rows]

    def _needs_user(self):
        """Nobody has it; or who has it was chosen by nobody, and the plan lets the
        territory choose then.
        """
        return SQL(
            """
            ((lead.user_id IS NULL AND lead.territory_owner_state IS NULL
              OR lead.territory_owner_state = 'undone' AND %(is_run)s)
             AND %(territory)s = ANY(%(giving)s)
             OR lead.territory_owner_state = 'leader'
             AND %(territory)s = ANY(%(replacing_leaders)s)
             OR lead.territory_owner_state = 'creator'
             AND %(territory)s = ANY(%(replacing_creators)s))
            """,
            territory=self._territory(),
            is_run=bool(self.run),
            giving=self._with_policy(lambda policy, _plan: policy.gives_user),
            replacing_leaders=self._with_policy(
                lambda policy, plan: policy.gives_user and plan.replaces_leader
            ),
            replacing_creators=self._with_policy(
                lambda policy, plan: policy.gives_user and plan.replaces_creator
            ),
        )

    def _with_policy(self, test):
        """The ids of the territories for whose policy and plan ``test`` holds."""
        plans = self.env["crm.territory.plan"]
        return [
            territory_id
            for territory_id, policy in self.policies.items()
            if test(policy, plans.browse(self.tree.nodes[territory_id].plan_id))
        ]

    def _territory(self):
        """The territory that a lead is credited to, or would be."""
        if not self.dry_run_id:
            return SQL("lead.territory_id")
        return SQL(
            "CASE WHEN move.id IS NULL THEN lead.territory_id"
            " ELSE move.territory_after_id END"
        )

    def _join(self):
        if not self.dry_run_id:
            return SQL()
        return SQL(
            "LEFT JOIN crm_territory_move AS move"
            " ON move.lead_id = lead.id AND move.run_id = %s",
            self.dry_run_id,
        )

    # -- give

    def give(self, waiting, patiently=False):
        """Give the leads what they lack.

        :param waiting: list of Waiting
        :param bool patiently: wait for others who give out to the same people
        :raise Busy: others do, or did since this transaction began
        :raise psycopg2.OperationalError: the same, of one that waits
        :return: Gift
        """
        gift = Gift()
        self._choose_teams([lead for lead in waiting if lead.needs_team], gift)
        self._choose_users(
            [lead for lead in waiting if lead.needs_user], patiently, gift
        )
        if not gift:
            return gift
        leads = self.env["crm.lead"].browse(gift.lead_ids())
        before = {lead.id: (lead.user_id.id, lead.team_id.id) for lead in leads}
        after = gift.after(before)
        if not self.is_dry:
            self._write(gift)
            after = {lead.id: (lead.user_id.id, lead.team_id.id) for lead in leads}
        if self.run:
            self.env["crm.territory.move"]._record_gift(self.run, before, after)
        return gift

    def would_get(self, waiting):
        """Who would get one lead now, in a simulation: (user, team), empty for none."""
        gift = Gift()
        if waiting.needs_team:
            self._choose_teams([waiting], gift)
        if waiting.needs_user:
            self._choose_users([waiting], False, gift)
        users, teams = self.env["res.users"], self.env["crm.team"]
        return users.browse(gift.leads_of_user), teams.browse(gift.leads_of_team)

    def _choose_teams(self, waiting, gift):
        teams = self.env["crm.team"].browse(
            {self.policies[lead.territory_id].team_id for lead in waiting}
        )
        company_of_team = {team.id: team.company_id.id for team in teams}
        for lead in waiting:
            team_id = self.policies[lead.territory_id].team_id
            company_id = company_of_team[team_id]
            if not company_id or company_id == lead.company_id:
                gift.leads_of_team[team_id].append(lead.id)

    def _choose_users(self, waiting, patiently, gift):
        of_territory = self._members_in_lines({lead.territory_id for lead in waiting})
        pools = {}
        for lead in waiting:
            key = (lead.territory_id, lead.company_id)
            if key not in pools:
                pools[key] = self._members_for(*key, of_territory)
        members = self.env["crm.territory.member"].union(*pools.values())
        if not members:
            return
        self._lock(members, patiently)
        candidates = self._candidates(members)
        ranks = self.env["crm.territory"]._owner_ranks()
        for lead in waiting:
            policy = self.policies[lead.territory_id]
            pool = pools[lead.territory_id, lead.company_id]
            chosen = next_candidate(
                ranks[policy.kind],
                [candidates[member_id] for member_id in pool.ids],
                {member.id for member in pool if member.user_id.id in lead.declined},
            )
            if chosen:
                member = members.browse(chosen.id)
                gift.leads_of_user[member.user_id.id].append(lead.id)
                gift.turns[chosen.id] = chosen.last_turn
                gift.turns_before[chosen.id] = member.last_turn

    def _members_in_lines(self, territory_ids):
        """The members of today, with an active user, of territories and of those above:
        {territory id: members}. 1 query.
        """
        node_ids = {id_ for node_id in territory_ids for id_ in self.tree.line(node_id)}
        members = self.env["crm.territory.member"].search(
            [
                ("territory_id", "in", list(node_ids)),
                ("is_current", "=", True),
                ("user_id.active", "=", True),
            ]
        )
        return {
            territory.id: found
            for territory, found in members.grouped("territory_id").items()
        }

    def _members_for(self, territory_id, company_id, of_territory):
        """Who may get the leads of a company in a territory: the members there; where
        there is none and the policy is the manager's, or that of a territory above, the
        next above who are.
        """
        policy = self.policies[territory_id]
        only_managers = policy.kind == "manager"
        nobody = self.env["crm.territory.member"]
        for node_id in self.tree.line(territory_id):
            members = of_territory.get(node_id, nobody).filtered(
                lambda member: (
                    (member.is_manager or not only_managers)
                    and (not company_id or company_id in member.user_id.company_ids.ids)
                )
            )
            if members or (node_id == policy.territory_id and not only_managers):
                return members
        return nobody

    def _lock(self, members, patiently):
        """Only one transaction at a time gives leads to the same people: all their
        memberships are locked, in one order. That they were given something since this
        transaction began is a serialization failure.
        """
        if self.is_dry:
            return
        lock = SQL(
            """
            SELECT id FROM crm_territory_member WHERE user_id = ANY(%s)
             ORDER BY id FOR NO KEY UPDATE %s
            """,
            members.user_id.ids,
            SQL() if patiently else SQL("SKIP LOCKED"),
        )
        members.flush_model()
        if patiently:
            self.env.execute_query(lock)
        else:
            self._try(lock, set(members.ids))
        members.invalidate_recordset(["last_turn", "capacity", "weight", "sequence"])

    def _try(self, lock, member_ids):
        try:
            with self.env.cr.savepoint(flush=False):
                rows = self.env.execute_query(lock)
                if not member_ids.issubset(member_id for (member_id,) in rows):
                    raise Busy
        except OperationalError as error:
            raise Busy from error

    def _candidates(self, members):
        """{member id: Candidate}. 1 query."""
        load = self._load(members)
        return {member.id: member._as_candidate(load[member.id]) for member in members}

    def _load(self, members):
        """How many open leads and opportunities the members own that are credited to
        their territory, or below it: Counter of member ids.
        """
        owner = SQL("lead.user_id")
        if self.dry_run_id:
            owner = SQL("COALESCE(move.salesperson_after_id, lead.user_id)")
        rows = self.env.execute_query(
            SQL(
                """
                SELECT member.id, sum(owned.leads)::int4
                  FROM (SELECT %(owner)s AS user_id, %(territory)s AS territory_id,
                               count(*) AS leads
                          FROM crm_lead AS lead %(join)s
                         WHERE lead.active AND lead.won_status = 'pending'
                           AND %(owner)s = ANY(%(user_ids)s)
                         GROUP BY 1, 2) AS owned
                  JOIN crm_territory AS territory ON territory.id = owned.territory_id
                  JOIN crm_territory_member AS member
                    ON member.user_id = owned.user_id
                   AND member.territory_id = ANY(%(path)s)
                 WHERE member.id = ANY(%(ids)s)
                 GROUP BY member.id
                """,
                owner=owner,
                territory=self._territory(),
                join=self._join(),
                path=path_sql("territory"),
                user_ids=members.user_id.ids,
                ids=members.ids,
            )
        )
        return Counter(dict(rows))

    def _write(self, gift):
        leads = self.env["crm.lead"]._asking_once_for_teams()
        for user_id, ids in gift.leads_of_user.items():
            # Odoo's own message only where it is the only one
            is_told_by_odoo = self.tells and len(ids) == 1
            user = self.env["res.users"].browse(user_id)
            by_plan = leads.browse(ids).grouped(
                lambda lead: self.tree.nodes[lead.territory_id.id].plan_id
            )
            for plan_id, given in by_plan.items():
                # Odoo puts a lead of no company into the one in which it is given
                given.with_company(self._company_of(user, plan_id)).with_context(
                    mail_auto_subscribe_no_notify=not is_told_by_odoo
                ).write({"user_id": user_id, "territory_owner_state": False})
        # after the salesperson: Odoo brings the team that it finds for him
        for team_id, ids in gift.leads_of_team.items():
            leads.browse(ids).team_id = team_id
        now = self.env.cr.now()
        for member_id, turn in gift.turns.items():
            self.env["crm.territory.member"].browse(member_id).write(
                {"last_turn": turn, "last_assigned": now}
            )
        if self.tells:
            for ids in gift.leads_of_user.values():
                if len(ids) > 1:
                    leads.browse(ids)._tell_salesperson()

    def _company_of(self, user, plan_id):
        """The company that a user works for, of those that a plan covers."""
        covered = self.tree.cover.judging.get(plan_id)
        if covered is None or user.company_id.id in covered:
            return user.company_id
        return user.company_ids.filtered(lambda company: company.id in covered)[:1]
