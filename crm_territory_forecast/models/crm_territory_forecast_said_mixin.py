from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import attainment, rows


class CrmTerritoryForecastSaidMixin(models.AbstractModel):
    """What people said of territories, targets and calls, and where it belongs in a
    tree that was made later.
    """

    _name = "crm.territory.forecast.said.mixin"
    _description = "Targets and Calls of a Forecast"
    _inherit = ["crm.territory.forecast.rows.mixin"]

    def _targets(self, periods, nodes, is_today, frozen=frozenset()):
        """The targets that the user may read, placed in the tree.

        A target of a territory of another plan is that of its successor, unless that
        one has its own.

        :param frozen: the first days of the periods whose targets are those that were
            frozen
        :return: {(territory id, user id or None, first day): amount}, and the sum of
            the targets of territories that are no longer in the tree
        """
        said = {}
        for model_name, is_frozen in (
            ("crm.territory.forecast.target", False),
            ("crm.territory.forecast.snapshot.target", True),
        ):
            of_kind = [p for p in periods if (p.start in frozen) == is_frozen]
            if of_kind:
                said.update(self._said(model_name, of_kind, ("amount",)))
        placed, lost = self._placed(said, nodes, is_today)
        return (
            {key: amount for key, (amount,) in placed.items()},
            self._topmost(lost) if is_today else 0.0,
        )

    def _calls(self, periods, nodes, is_today):
        """The latest call of each row: {key as of targets: values for the client}."""
        said = self._said(
            "crm.territory.forecast.call",
            periods,
            ("amount", "note", "week", "author_id"),
            order="week",
        )
        placed, _lost = self._placed(said, nodes, is_today)
        authors = self.env["res.users"].sudo().browse({c[3] for c in placed.values()})
        names = {author.id: author.name for author in authors}
        return {
            key: {
                "amount": amount,
                "note": note or "",
                "week": fields.Date.to_string(week),
                "author": names[author_id],
            }
            for key, (amount, note, week, author_id) in placed.items()
        }

    def _said(self, model_name, periods, names, order=None):
        """What the user may read of the periods: {(territory id, user id, first day):
        values}; of several of a key the last one. 1 query.
        """
        model = self.env[model_name]
        query = model._search(
            Domain("forecast_id", "=", self.id)
            & Domain("date_start", "in", [period.start for period in periods])
            & Domain("user_id", "not in", self._excluded_user_ids()),
            order=order,
        )
        columns = ("territory_id", "user_id", "date_start", *names)
        found = self.env.execute_query(
            query.select(*(model._field_to_sql(query.table, n, query) for n in columns))
        )
        return {row[:3]: row[3:] for row in found}

    def _told_targets_sql(self, left_out_ids, frozen):
        """The targets that the user may read, of frozen periods those that were frozen,
        with the columns of *told* targets (see ``engine.attainment``).

        :param left_out_ids: the territories whose targets are not told
        :param frozen: the first days of the frozen periods
        """
        is_frozen = Domain("date_start", "in", list(frozen))
        told = [("crm.territory.forecast.target", attainment.TARGET, ~is_frozen)]
        if frozen:
            model_name = "crm.territory.forecast.snapshot.target"
            told.append((model_name, attainment.FROZEN_TARGET, is_frozen))
        common = (
            Domain("forecast_id", "=", self.id)
            & Domain("territory_id", "not in", list(left_out_ids))
            & Domain("user_id", "not in", self._excluded_user_ids())
        )
        names = ("territory_id", "user_id", "date_start")
        selects = []
        for model_name, source, domain in told:
            model = self.env[model_name]
            query = model._search(common & domain)
            columns = {
                name: model._field_to_sql(query.table, name, query)
                for name in ("id", *names, "amount")
            }
            selects.append(
                query.select(
                    SQL("%s AS source", source),
                    SQL("%s AS record_id", columns["id"]),
                    *(columns[name] for name in names),
                    SQL("%s::float8 AS amount", columns["amount"]),
                )
            )
        return self._told_once(SQL(" UNION ALL ").join(selects), left_out_ids)

    def _told_once(self, told, left_out_ids):
        """Told targets without those of drafts; those of former plans where the tree in
        use has their territory, unless it has its own. At most 4 queries.
        """
        of_forecast = Domain("forecast_id", "=", self.id)
        said = [
            self.env[name].sudo()._search(of_forecast).subselect("territory_id")
            for name in (
                "crm.territory.forecast.target",
                "crm.territory.forecast.snapshot.target",
            )
        ]
        others = self._nodes(
            Domain("plan_id.state", "!=", "active")
            & Domain.OR(Domain("id", "in", ids) for ids in said)
        )
        if not others:
            return told
        plans = self.env["crm.territory.plan"].sudo()
        draft_plan_ids = set(plans._search([("state", "=", "draft")]))
        former = [node for node in others if node.plan_id not in draft_plan_ids]
        successors = rows.successors(former, self._nodes_today())
        return SQL(
            """
            SELECT DISTINCT ON (placed_id, COALESCE(user_id, 0), date_start)
                   source, record_id, placed_id AS territory_id, user_id, date_start,
                   amount
              FROM (SELECT told.*, COALESCE(successor.new_id, told.territory_id)
                           AS placed_id
                      FROM (%(told)s) AS told
                      LEFT JOIN unnest(%(old_ids)s::int[], %(new_ids)s::int[])
                             AS successor(old_id, new_id)
                             ON successor.old_id = told.territory_id
                     WHERE told.territory_id <> ALL(%(draft_ids)s)) AS placed
             WHERE placed_id <> ALL(%(left_out_ids)s)
             ORDER BY placed_id, COALESCE(user_id, 0), date_start,
                      territory_id = placed_id DESC, territory_id DESC
            """,
            told=told,
            left_out_ids=list(left_out_ids),
            draft_ids=[node.id for node in others if node.plan_id in draft_plan_ids],
            old_ids=list(successors),
            new_ids=list(successors.values()),
        )

    def _placed(self, said, nodes, is_today):
        """Put what was said of territories where it belongs in the tree.

        :param nodes: of the whole tree, also those left out
        :return: {key in the tree: values}, and {(Node, user id, first day): values} of
            territories that have no successor
        """
        kept = [node for node in nodes if not node.is_left_out]
        known = {node.id for node in nodes}
        left_out = known.difference(node.id for node in kept)
        elsewhere = {key[0] for key in said} - known
        placed, lost = {}, {}
        if elsewhere and is_today:
            new_of, gone = self._nodes_elsewhere(elsewhere, nodes)
            by_id = {old.id: old for old in gone}
            # of several predecessors, the latest one
            for key in sorted(said, key=lambda key: key[0]):
                territory_id, user_id, start = key
                if territory_id in new_of:
                    placed[new_of[territory_id], user_id, start] = said[key]
                elif territory_id in by_id:
                    lost[by_id[territory_id], user_id, start] = said[key]
        placed.update({k: values for k, values in said.items() if k[0] in known})
        return {k: v for k, v in placed.items() if k[0] not in left_out}, lost

    def _topmost(self, lost):
        """The sum of lost targets of territories: those of a part are in the whole."""
        told = {(node.id, start) for node, user_id, start in lost if not user_id}
        return sum(
            amount
            for (node, user_id, start), (amount,) in lost.items()
            if not user_id
            and not any((above, start) in told for above in node.path[:-1])
        )
