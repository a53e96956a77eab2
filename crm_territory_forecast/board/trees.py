from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql

from ..engine import rows

_NAMES = ("name", "parent_path", "complete_name", "lineage", "plan_id", "active")


class Trees:
    """The territories that a forecast speaks of, and what it leaves out of them.

    Reads once: the tree in use, those of all plans, and what is left out. Answers
    lists of ``engine.rows.Node``, ids, and where the territories of former plans are
    found again in the tree in use: by their lineage. In all of it the user's rights
    play no part. Used by all others.

    :param forecast: of whose company and plans
    """

    def __init__(self, forecast):
        self.forecast = forecast
        self.env = forecast.env
        self._territories = (
            self.env["crm.territory"].sudo().with_context(active_test=False)
        )
        self._plan_domain = Domain(
            "plan_id.company_id", "in", (forecast.company_id.id, False)
        )

    # -- the plan in use

    @cached_property
    def giver(self):
        """The plan that gives way to another one, as long as that is being introduced:
        its tree is in use until then. No query while there is none.
        """
        companies = (self.forecast.company_id, self.forecast.company_id.browse())
        return (
            self.env["crm.territory.plan"]
            ._giving_way()
            .filtered(lambda plan: plan.company_id in companies)[:1]
        )

    @property
    def _in_use(self):
        if self.giver:
            return Domain("plan_id", "=", self.giver.id)
        return Domain("plan_id.state", "=", "active")

    def plans_in_use(self):
        """The plan that gives way, or else the active one. At most 2 queries."""
        plans = self.giver.browse()
        companies = (self.forecast.company_id.id, False)
        return self.giver or plans.search(
            Domain("state", "=", "active") & Domain("company_id", "in", companies)
        )

    def introduction_for_client(self):
        """What the client is told while a plan is being introduced: its name (plan),
        that of the one before (before), how far it is in percent (progress) and, for
        planners, how many records are judged (done) of how many (total); else False.
        """
        if not self.giver:
            return False
        plan = self.giver.giving_way_to_id.with_env(self.env)
        return {
            "plan": plan.sudo().name,
            "before": self.giver.name,
            "progress": int(plan.introduction_progress),
            "done": plan.introduction_done,
            "total": plan.introduction_total,
        }

    # -- trees

    @cached_property
    def today(self):
        """The active territories of the plan in use, which is the active one of the
        company, or the one that all companies share, or the one that gives way to it;
        also those left out. 2 queries.
        """
        return self._nodes(
            self._plan_domain & self._in_use & Domain("active", "=", True)
        )

    @cached_property
    def ever(self):
        """The territories of all plans of the company, also archived ones. 1 query."""
        return self._nodes(self._plan_domain)

    @cached_property
    def today_ids(self):
        return frozenset(node.id for node in self.today)

    def whole(self, reading):
        """The tree of a reading, also what is left out."""
        return self.ever if reading == "then" else self.today

    def of(self, reading):
        """The tree of a reading (see ``options.reading_of``)."""
        return [node for node in self.whole(reading) if not node.is_left_out]

    def _nodes(self, domain):
        """In the order of siblings. 1 query."""
        query = self._territories._search(
            domain, order="plan_id, sequence, name, id", active_test=False
        )
        is_left_out = SQL(
            "%s && %s::int4[]", path_sql(query.table), self._topmost_left_out_ids
        )
        found = self.env.execute_query(
            query.select(
                *(
                    self._territories._field_to_sql(query.table, name, query)
                    for name in ("id", *_NAMES)
                ),
                is_left_out,
            )
        )
        return [
            rows.Node(
                territory_id,
                name,
                tuple(int(id_) for id_ in path.split("/")[:-1]),
                *others,
            )
            for territory_id, name, path, *others in found
        ]

    # -- former plans

    def found_again(self, ids):
        """Where territories that are not in the tree in use are found again in it.

        Drafts are found nowhere: they do not count yet. 1 query; none without ids.

        :return: {id: id in the tree}, and the Nodes that are in no tree any more: of
            former plans, and archived ones; neither holds what is left out
        """
        elsewhere = set(ids) - self.today_ids - {None}
        if not elsewhere:
            return {}, []
        olds = self._nodes(
            self._plan_domain
            & Domain("id", "in", list(elsewhere))
            & Domain("plan_id.state", "!=", "draft")
        )
        olds = [old for old in olds if not old.is_left_out]
        new_of = rows.successors(olds, self.today)
        return new_of, [old for old in olds if old.id not in new_of]

    @cached_property
    def former(self):
        """{id of a territory of a former plan, or of one that is being introduced: that
        in the tree in use}, without what is left out. 1 query; 1 more if there are any.
        """
        domain = self._plan_domain & Domain("plan_id.state", "!=", "draft")
        domain &= ~self._in_use
        olds = [old for old in self._nodes(domain) if not old.is_left_out]
        return rows.successors(olds, self.today) if olds else {}

    def with_former(self, ids):
        """The territories of the tree in use, and those that are found again in them.
        1 query.
        """
        wanted = set(ids)
        return [*ids, *(old for old, new in self.former.items() if new in wanted)]

    # -- what is left out

    @cached_property
    def _topmost_left_out_ids(self):
        """The territories that are chosen to be left out, in whatever plan they are
        found again. At most 1 query.
        """
        forecast = self.forecast.sudo().with_context(active_test=False)
        chosen = forecast.excluded_territory_ids
        if not chosen:
            return []
        lineages = [lineage for lineage in chosen.mapped("lineage") if lineage]
        found = self._territories._search([("lineage", "in", lineages)])
        return list({*chosen.ids, *found.get_result_ids()})

    @cached_property
    def uncounted_ids(self):
        """The territories that are not of the company's plans, or are left out, with
        all below them: few, if any. At most 3 queries.
        """
        companies = (self.forecast.company_id.id, False)
        others = self._territories._search([("company_id", "not in", companies)])
        return self.left_out_ids.union(others.get_result_ids())

    @cached_property
    def left_out_ids(self):
        """The territories left out, with all below them. At most 2 queries, none if
        none is chosen.
        """
        if not self._topmost_left_out_ids:
            return frozenset()
        found = self._territories._search(
            [("id", "child_of", self._topmost_left_out_ids)]
        )
        return frozenset(found.get_result_ids())

    @cached_property
    def left_out_user_ids(self):
        """The salespeople left out, also archived ones."""
        forecast = self.forecast.sudo().with_context(active_test=False)
        return forecast.excluded_user_ids.ids

    # -- members

    def members(self, nodes, only_user_id=None):
        """[(territory id, user id, name, whether active)] of today's members: managers
        first. 1 query.

        :param only_user_id: if not all, this one
        """
        members = self.env["crm.territory.member"].sudo()
        query = members._search(
            Domain("territory_id", "in", [node.id for node in nodes])
            & Domain("is_current", "=", True)
            & Domain("user_id", "not in", self.left_out_user_ids)
            & (Domain("user_id", "=", only_user_id) if only_user_id else Domain.TRUE),
            order="is_manager desc, sequence, id",
        )
        user = query.join(query.table, "user_id", "res_users", "id", "user_id")
        partner = query.join(user, "partner_id", "res_partner", "id", "partner_id")
        self.env["res.users"].flush_model(["partner_id", "active"])
        self.env["res.partner"].flush_model(["name"])
        return self.env.execute_query(
            query.select(
                members._field_to_sql(query.table, "territory_id", query),
                members._field_to_sql(query.table, "user_id", query),
                SQL.identifier(partner, "name"),
                SQL.identifier(user, "active"),
            )
        )
