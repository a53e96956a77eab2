from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.matching.lines import path_sql

from ..engine import attainment, measure

TARGET = "crm.territory.forecast.target"
FROZEN_TARGET = "crm.territory.forecast.snapshot.target"
CALL = "crm.territory.forecast.call"


class Targets:
    """The targets and calls of a forecast that its user may read.

    Reads the records of periods, when asked. Answers them by row and period, in the
    tree of the reading: what was said of a territory of a former plan is of the one of
    its lineage, unless that one has its own. Amounts are in the currency of the
    forecast. Used by boards, sheets, the wizards that set targets, and by the report on
    attainment.

    :param opportunities: whose reading, trees and frozen periods these are
    :param only_user_id: of this member, without those of territories; None: all
    """

    def __init__(self, opportunities, only_user_id=None):
        self.forecast = opportunities.forecast
        self.env = opportunities.env
        self.trees = opportunities.trees
        self.reading = opportunities.reading
        self.opportunities = opportunities
        self.only_user_id = only_user_id

    # -- by row and period

    def of(self, periods, territory_ids=None):
        """The targets, of frozen periods those that were frozen. At most 3 queries; 1
        more for some territories only.

        :param territory_ids: of the tree in use; None: all
        :return: {(territory id, user id or None, first day): amount}, and the sum of
            the targets of territories that are in no tree any more
        """
        within = Domain.TRUE
        if territory_ids is not None:
            ids = self.trees.with_former(territory_ids)
            within = Domain("territory_id", "in", ids)
        placed, gone = self._placed(self._told(periods, ("amount",), within))
        return (
            {key: amount for key, (amount,) in placed.items()},
            self._sum_of_topmost(gone),
        )

    def people(self, periods):
        """{(territory id, user id)} of the members who have targets. At most 3
        queries.
        """
        members = Domain("user_id", "!=", False)
        found = self._told(periods, (), members, is_by_period=False)
        placed, _gone = self._placed(found)
        return {key[:2] for key in placed}

    def _told(self, periods, names, domain, is_by_period=True):
        """{key: values} of targets as they are, or as they were frozen; see
        ``_read``.
        """
        frozen = self.opportunities.frozen
        found = {}
        for model_name, is_frozen in ((TARGET, False), (FROZEN_TARGET, True)):
            of_model = [p for p in periods if (p.start in frozen) == is_frozen]
            found.update(
                self._read(
                    model_name,
                    of_model,
                    names,
                    domain=domain,
                    is_by_period=is_by_period,
                )
            )
        return found

    def ids_of(self, row, periods):
        """The targets of a row, of frozen periods those that were frozen, which nobody
        changes. At most 2 queries.

        :param row: (territory id, user id or None)
        """
        placed, _gone = self._placed(self._read(TARGET, periods, ("id",)))
        return [id_ for key, (id_,) in placed.items() if key[:2] == row]

    def calls(self, periods):
        """The latest call of each row and period: {key as of ``of``: what the
        client is told}. At most 3 queries.
        """
        names = ("amount", "note", "week", "author_id")
        placed, _gone = self._placed(self._read(CALL, periods, names, order="week"))
        authors = self.env["res.users"].sudo().browse({c[3] for c in placed.values()})
        author_names = {author.id: author.name for author in authors}
        return {
            key: {
                "amount": amount,
                "note": note or "",
                "week": fields.Date.to_string(week),
                "author": author_names[author_id],
            }
            for key, (amount, note, week, author_id) in placed.items()
        }

    def _read(
        self, model_name, periods, names, order=None, domain=None, is_by_period=True
    ):
        """{(territory id, user id, first day): values}; of several of a key the last
        one. 1 query; none without periods.

        :param is_by_period: else the first day is None, and each row is read once
        """
        if not periods:
            return {}
        model = self.env[model_name]
        query = model._search(
            Domain("forecast_id", "=", self.forecast.id)
            & Domain("date_start", "in", [period.start for period in periods])
            & Domain("user_id", "not in", self.trees.left_out_user_ids)
            & self._of_user()
            & (domain or Domain.TRUE),
            order=order,
        )

        def columns(*found):
            told = (model._field_to_sql(query.table, name, query) for name in found)
            return SQL(", ").join(told)

        row = columns("territory_id", "user_id")
        if is_by_period:
            day = columns("date_start")
            asked = query.select(SQL(", ").join([row, day, *map(columns, names)]))
        else:
            asked = query.select(SQL("DISTINCT %s, NULL", row))
        return {each[:3]: each[3:] for each in self.env.execute_query(asked)}

    def _of_user(self):
        if not self.only_user_id:
            return Domain.TRUE
        return Domain("user_id", "=", self.only_user_id)

    def _placed(self, found):
        """Put what was said of territories where it belongs in the tree. At most 1
        query.

        :return: {key in the tree: values}, and {(Node, user id, first day): values} of
            territories that are in no tree any more
        """
        if not found:
            return {}, {}
        whole = self.trees.whole(self.reading)
        kept = {node.id for node in whole if not node.is_left_out}
        placed, lost = {}, {}
        if self.reading != "then":
            new_of, gone = self.trees.found_again({key[0] for key in found})
            gone = {node.id: node for node in gone}
            # of several predecessors, the latest one
            elsewhere = [k for k in found if k[0] in new_of or k[0] in gone]
            for key in sorted(elsewhere, key=lambda key: key[0]):
                territory_id, user_id, start = key
                if new_of.get(territory_id) in kept:
                    placed[new_of[territory_id], user_id, start] = found[key]
                elif territory_id in gone:
                    lost[gone[territory_id], user_id, start] = found[key]
        placed.update({key: v for key, v in found.items() if key[0] in kept})
        return placed, lost

    def _sum_of_topmost(self, gone):
        """The sum of targets of territories: those of a part are in the whole."""
        whole = {(node.id, start) for node, user_id, start in gone if not user_id}
        return sum(
            amount
            for (node, user_id, start), (amount,) in gone.items()
            if not user_id
            and not any((above, start) in whole for above in node.path[:-1])
        )

    def within(self, domain):
        """The targets in a domain, each for itself, without what is left out. At most
        4 queries.

        :return: list of ``engine.measure.Target``
        """
        targets = self.env[TARGET]
        targets.flush_model()
        self.env["crm.territory"].flush_model(["parent_path", "active"])
        self.env["crm.territory.plan"].flush_model(["state"])
        giver = self.trees.plans.giver
        query = targets._search(
            Domain("forecast_id", "=", self.forecast.id)
            & Domain("territory_id", "not in", list(self.trees.left_out_ids))
            & domain
        )
        rows = self.env.execute_query(
            SQL(
                """
                SELECT %s, target.user_id, target.date_start, target.amount,
                       territory.active AND %s
                  FROM crm_territory_forecast_target AS target
                  JOIN crm_territory AS territory
                    ON territory.id = target.territory_id
                  JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
                 WHERE target.id IN %s
                """,
                path_sql("territory"),
                SQL("plan.id = %s", giver.id)
                if giver
                else SQL("plan.state = 'active'"),
                query.subselect(),
            )
        )
        return [
            measure.Target(tuple(line), user_id, start, float(amount), is_in_use)
            for line, user_id, start, amount, is_in_use in rows
        ]

    # -- as SQL

    def sql(self, periods=None):
        """The targets, of frozen periods those that were frozen, in the tree in use and
        in those of former plans, with the columns of *targets* in
        ``engine.attainment``, without what the forecast leaves out. At most 3 queries.

        :param periods: in order, without a gap; None: whenever
        """
        within = Domain.TRUE
        if periods:
            within &= Domain("date_start", ">=", periods[0].start)
            within &= Domain("date_start", "<=", periods[-1].start)
        is_frozen = Domain("date_start", "in", list(self.opportunities.frozen))
        selects = [self._select(TARGET, attainment.TARGET, within & ~is_frozen)]
        if self.opportunities.frozen:
            selects.append(
                self._select(
                    FROZEN_TARGET, attainment.FROZEN_TARGET, within & is_frozen
                )
            )
        return self._each_once(SQL(" UNION ALL ").join(selects))

    def handed_down(self, targets):
        """What of targets is handed down, see ``attainment.handed_down``. 2 queries.

        :param targets: see ``sql``
        """
        rows = self.env.execute_query(
            SQL(
                "SELECT territory_id, user_id, array_agg(date_start), array_agg(amount)"
                " FROM (%s) AS target GROUP BY 1, 2",
                targets,
            )
        )
        found = {row[:2]: dict(zip(*row[2:], strict=True)) for row in rows}
        self.env["crm.territory"].flush_model(["parent_path"])
        lines = self.env.execute_query(
            SQL(
                "SELECT id, %s FROM crm_territory AS territory WHERE id = ANY(%s)",
                path_sql("territory"),
                list({territory_id for territory_id, _user_id in found}),
            )
        )
        return attainment.handed_down(found, {id_: line[:-1] for id_, line in lines})

    def _select(self, model_name, source, domain):
        model = self.env[model_name]
        query = model._search(
            domain
            & Domain("forecast_id", "=", self.forecast.id)
            & Domain("territory_id", "not in", list(self.trees.uncounted_ids))
            & Domain("user_id", "not in", self.trees.left_out_user_ids)
        )

        def column(name):
            return model._field_to_sql(query.table, name, query)

        return query.select(
            SQL("%s AS source", source),
            SQL("%s AS record_id", column("id")),
            *(column(name) for name in ("territory_id", "user_id", "date_start")),
            SQL("%s::float8 AS amount", column("amount")),
        )

    def _each_once(self, targets):
        """Targets without those of drafts; those of former plans where the tree in
        use has their territory, unless it has its own. At most 2 queries.
        """
        new_of, draft_ids = self.trees.former, self._draft_ids()
        if not new_of and not draft_ids:
            return targets
        return SQL(
            """
            SELECT DISTINCT ON (placed_id, COALESCE(user_id, 0), date_start)
                   source, record_id, placed_id AS territory_id, user_id, date_start,
                   amount
              FROM (SELECT target.*, COALESCE(carried.new_id, target.territory_id)
                           AS placed_id
                      FROM (%(targets)s) AS target
                      LEFT JOIN unnest(%(old_ids)s::int[], %(new_ids)s::int[])
                             AS carried(old_id, new_id)
                             ON carried.old_id = target.territory_id
                     WHERE target.territory_id <> ALL(%(draft_ids)s)) AS placed
             WHERE placed_id <> ALL(%(uncounted_ids)s)
             ORDER BY placed_id, COALESCE(user_id, 0), date_start,
                      territory_id = placed_id DESC, territory_id DESC
            """,
            targets=targets,
            old_ids=list(new_of),
            new_ids=list(new_of.values()),
            draft_ids=draft_ids,
            uncounted_ids=list(self.trees.uncounted_ids),
        )

    def _draft_ids(self):
        """The territories of drafts that have targets. 1 query."""
        targets = self.env[TARGET].sudo()
        of_drafts = targets._search(
            [
                ("forecast_id", "=", self.forecast.id),
                ("plan_id.state", "=", "draft"),
            ]
        )
        found = self.env.execute_query(
            of_drafts.select(
                SQL("DISTINCT %s", SQL.identifier(of_drafts.table, "territory_id"))
            )
        )
        return [territory_id for (territory_id,) in found]
