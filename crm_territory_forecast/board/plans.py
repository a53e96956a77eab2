from functools import cached_property

from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql
from odoo.addons.crm_territory.plans.giving_way import GivingWay

from ..engine import rows

_NAMES = ("name", "parent_path", "complete_name", "lineage", "plan_id", "active")


class Plans:
    """What is kept of the plans of a forecast: territories, members, what is left out.

    Reads, when asked: lists of ``engine.rows.Node``, ids, and rows of members, of all
    plans of the company and of those that companies share. In all of it the user's
    rights play no part. Used by ``Trees``, and by who shows members or tells that a
    plan is being introduced.

    :param forecast: of whose company and plans
    """

    def __init__(self, forecast):
        self.forecast = forecast
        self.env = forecast.env
        self._territories = (
            self.env["crm.territory"].sudo().with_context(active_test=False)
        )
        self._domain = Domain(
            "plan_id.company_id", "in", (forecast.company_id.id, False)
        )

    # -- the plan in use

    @cached_property
    def giver(self):
        """The plan that gives way to another one, as long as that is being introduced:
        its tree is in use until then. No query while there is none.
        """
        companies = (self.forecast.company_id, self.forecast.company_id.browse())
        return GivingWay(self.env).plans.filtered(
            lambda plan: plan.company_id in companies
        )[:1]

    @property
    def _is_in_use(self):
        if self.giver:
            return Domain("plan_id", "=", self.giver.id)
        return Domain("plan_id.state", "=", "active")

    def in_use(self):
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

    # -- territories

    def nodes_in_use(self):
        """The active territories of the plan in use: the active one of the company, or
        the one that all companies share, or the one that gives way to it. 2 queries.
        """
        return self._nodes(self._is_in_use & Domain("active", "=", True))

    def nodes_ever(self):
        """The territories of all plans, also archived ones. 1 query."""
        return self._nodes(Domain.TRUE)

    def nodes_not_in_use(self, ids=None):
        """The territories that counted once, or will soon: of former plans, of one that
        is being introduced. Those of drafts count nowhere yet. 1 query.

        :param ids: of these only, of whatever plan
        """
        domain = Domain("plan_id.state", "!=", "draft")
        if ids is None:
            return self._nodes(domain & ~self._is_in_use)
        return self._nodes(domain & Domain("id", "in", list(ids)))

    def _nodes(self, domain):
        """In the order of siblings. 1 query."""
        query = self._territories._search(
            self._domain & domain,
            order="plan_id, sequence, name, id",
            active_test=False,
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

    # -- what is left out

    @cached_property
    def _chosen(self):
        """The territories and salespeople that are chosen to be left out, also archived
        ones: {name of the field: ids}. 1 query.
        """
        forecasts = self.forecast
        fields = [forecasts._fields[f"excluded_{n}_ids"] for n in ("territory", "user")]
        forecasts.flush_model([field.name for field in fields])
        found = {field.name: [] for field in fields}
        for name, id_ in self.env.execute_query(
            SQL(" UNION ALL ").join(
                SQL(
                    "SELECT %s, %s FROM %s WHERE %s = %s",
                    field.name,
                    SQL.identifier(field.column2),
                    SQL.identifier(field.relation),
                    SQL.identifier(field.column1),
                    forecasts.id,
                )
                for field in fields
            )
        ):
            found[name].append(id_)
        return found

    @cached_property
    def _topmost_left_out_ids(self):
        """The territories that are chosen to be left out, in whatever plan they are
        found again. At most 1 query.
        """
        chosen = self._territories.browse(self._chosen["excluded_territory_ids"])
        if not chosen:
            return []
        lineages = [lineage for lineage in chosen.mapped("lineage") if lineage]
        found = self._territories._search([("lineage", "in", lineages)])
        return list({*chosen.ids, *found.get_result_ids()})

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

    def ids_of_others(self):
        """The territories that are not of the company's plans. 1 query."""
        companies = (self.forecast.company_id.id, False)
        others = self._territories._search([("company_id", "not in", companies)])
        return others.get_result_ids()

    def left_out_user_ids(self):
        """The salespeople left out, also archived ones."""
        return self._chosen["excluded_user_ids"]

    # -- members

    def members(self, nodes, only_user_id=None):
        """[(territory id, user id, name, whether active)] of today's members that are
        not left out: managers first. 1 query.

        :param only_user_id: if not all, this one
        """
        members = self.env["crm.territory.member"].sudo()
        query = members._search(
            Domain("territory_id", "in", [node.id for node in nodes])
            & Domain("is_current", "=", True)
            & Domain("user_id", "not in", self.left_out_user_ids())
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
