from odoo import models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql

from ..engine import history, rows


class CrmTerritoryForecastRowsMixin(models.AbstractModel):
    """Which territories and members the user sees in a forecast, and may set."""

    _name = "crm.territory.forecast.rows.mixin"
    _description = "Rows of a Forecast"

    def _sees_everything(self):
        return self.env.su or not self.env.user._is_limited_by_territories()

    def _sets_everything(self):
        return self.env.su or self.env.user.has_group("sales_team.group_sale_manager")

    # -- the tree

    def _nodes_today(self):
        """The active territories of the plan in use, which is the active one of the
        company, or the one that all companies share: list of Node. 1 query.
        """
        companies = (self.company_id.id, False)
        return self._nodes(
            Domain("plan_id.state", "=", "active")
            & Domain("plan_id.company_id", "in", companies)
            & Domain("active", "=", True)
        )

    def _nodes_ever(self):
        """The territories of all plans of the company, also archived ones."""
        companies = (self.company_id.id, False)
        return self._nodes(Domain("plan_id.company_id", "in", companies))

    def _uncounted_ids(self):
        """The territories that are not among ``_nodes_ever``, or are left out: few, if
        any. At most 3 queries.
        """
        companies = (self.company_id.id, False)
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        of_others = territories._search([("company_id", "not in", companies)])
        return self._excluded_ids().union(of_others.get_result_ids())

    def _nodes(self, domain):
        """In the order of siblings. 1 query, and 1 for what is left out."""
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        names = ("name", "parent_path", "complete_name", "lineage", "plan_id", "active")
        query = territories._search(
            domain, order="plan_id, sequence, name, id", active_test=False
        )
        is_left_out = SQL(
            "%s && %s::int4[]", path_sql(query.table), self._topmost_excluded_ids()
        )
        found = self.env.execute_query(
            query.select(
                territories._field_to_sql(query.table, "id", query),
                *(territories._field_to_sql(query.table, n, query) for n in names),
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

    def _nodes_elsewhere(self, ids, nodes):
        """Where territories that are not in today's tree are found again in it. 1
        query; none without ids.

        :param nodes: of the whole tree, also those left out
        :return: {id: id in the tree}, and the Nodes that are in no tree any more: of
            former plans of the company, and archived ones; not those left out
        """
        if not ids:
            return {}, []
        companies = (self.company_id.id, False)
        olds = self._nodes(
            Domain("id", "in", list(ids))
            & Domain("plan_id.company_id", "in", companies)
            & Domain("plan_id.state", "!=", "draft")
        )
        olds = [old for old in olds if not old.is_left_out]
        new_of = rows.successors(olds, nodes)
        return new_of, [old for old in olds if old.id not in new_of]

    def _carried_sql(self, opportunities):
        """Opportunities (see ``_counted_sql``) where the tree in use counts those of
        former plans. 2 queries.
        """
        olds = self._nodes(
            Domain("plan_id.company_id", "in", (self.company_id.id, False))
            & Domain("plan_id.state", "=", "archived")
        )
        new_of = rows.successors(olds, self._nodes_today())
        if not new_of:
            return opportunities
        others = [name for name in history.STATE if name != "territory_id"]
        return SQL(
            """
            SELECT %(others)s, record_id, is_frozen,
                   COALESCE(carried.new_id, territory_id) AS territory_id
              FROM (%(opportunities)s) AS counted
              LEFT JOIN unnest(%(old_ids)s::int[], %(new_ids)s::int[])
                     AS carried(old_id, new_id) ON carried.old_id = territory_id
            """,
            others=history.columns(others, "counted"),
            opportunities=opportunities,
            old_ids=list(new_of),
            new_ids=list(new_of.values()),
        )

    def _with_predecessors(self, ids):
        """The territories, and those of other plans that are found again in them. 1
        query.
        """
        territories = self.env["crm.territory"].sudo().with_context(active_test=False)
        lineages = SQL(
            "SELECT lineage FROM crm_territory WHERE id = ANY(%s)", list(ids)
        )
        companies = (self.company_id.id, False)
        found = territories._search(
            Domain("lineage", "in", lineages)
            & Domain("lineage", "!=", False)
            & Domain("plan_id.company_id", "in", companies)
            & Domain("plan_id.state", "=", "archived")
        )
        return [*ids, *found.get_result_ids()]

    def _visible_ids(self, nodes):
        """The territories of the user's line; all for those who see everything."""
        if self._sees_everything():
            return frozenset(node.id for node in nodes)
        return frozenset(self.env.user._territory_scope().line_ids)

    def _managed_ids(self, nodes):
        if self._sets_everything():
            return frozenset(node.id for node in nodes)
        return frozenset(self.env.user._territory_scope().managed_ids)

    # -- members

    def _members_today(self, nodes):
        """[(territory id, user id, name, whether active)] of today's members: managers
        first. 1 query.
        """
        members = self.env["crm.territory.member"].sudo()
        query = members._search(
            Domain("territory_id", "in", [node.id for node in nodes])
            & Domain("is_current", "=", True)
            & Domain("user_id", "not in", self._excluded_user_ids()),
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

    def _people(self, nodes, managed_ids, more=()):
        """The members that the user sees.

        A member sees oneself, who manages the territory sees all, a superior sees the
        people below, also in territories that are not his. At most 3 queries.

        :param more: (territory id, user id) of former members who have targets
        :return: {territory id: [user id]}, {user id: (name, whether active)}
        """
        everything = self._sees_everything()
        below = {self.env.uid}
        if not everything:
            below.update(self.env.user._territory_scope().owner_ids)
        excluded = frozenset(self._excluded_user_ids())
        ids = {node.id for node in nodes}
        members = self._members_today(nodes)
        names = {user_id: known for _id, user_id, *known in members}
        found = {}
        for territory_id, user_id in (*((m[0], m[1]) for m in members), *more):
            if (
                territory_id in ids
                and user_id not in excluded
                and (everything or territory_id in managed_ids or user_id in below)
            ):
                users = found.setdefault(territory_id, [])
                if user_id not in users:
                    users.append(user_id)
        former = {u for users in found.values() for u in users} - names.keys()
        if former:
            users = self.env["res.users"].sudo().browse(former)
            names.update({user.id: (user.name, user.active) for user in users})
        return found, names

    # -- rows

    def _rows(self, nodes, visible_ids, managed_ids, people, names):
        """The rows, depth first: a territory, its members, then what is below it.

        :param nodes: those of the tree
        :param people, names: as ``_people`` finds them
        :return: list of Row
        """
        shown = [node for node in nodes if node.id in visible_ids]
        found = []
        by_id = {}
        for node, parent in rows.depth_first(shown):
            above = by_id.get(parent and parent.id)
            row = rows.Row(
                key=rows.key_of(node.id),
                parent=above.key if above else False,
                level=above.level + 1 if above else 0,
                name=node.name,
                territory_id=node.id,
                has_children=node.id in people,
                is_active=node.active,
                can_edit=node.id in managed_ids,
            )
            if above:
                above.has_children = True
            by_id[node.id] = row
            found.append(row)
            for user_id in people.get(node.id, ()):
                found.append(self._member_row(node, user_id, names, managed_ids, row))
        for node in nodes:
            if node.id not in visible_ids:
                for user_id in people.get(node.id, ()):
                    found.append(self._member_row(node, user_id, names, managed_ids))
        return found

    def _member_row(self, node, user_id, names, managed_ids, above=None):
        name, is_active = names[user_id]
        can_edit = node.id in managed_ids and (
            self._sets_everything() or user_id != self.env.uid
        )
        return rows.Row(
            key=rows.key_of(node.id, user_id),
            parent=above.key if above else False,
            level=above.level + 1 if above else 0,
            name=name if above else f"{name} ({node.complete_name})",
            territory_id=node.id,
            user_id=user_id,
            is_active=is_active,
            can_edit=can_edit,
        )
