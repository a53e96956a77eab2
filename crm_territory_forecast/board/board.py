from functools import cached_property

from odoo import fields

from ..engine import roll_up, rows
from ..engine.figures import OPEN, SUMMED, added, figures
from .opportunities import Opportunities
from .period_sums import PeriodSums
from .rights import Rights
from .targets import Targets
from .trees import Trees


class Board:
    """Targets and what comes of them, for tree and members, as a user sees them.

    Reads, each when it is first asked for: tree, members, targets, calls and sums, by
    at most fifteen queries, however large. Answers rows (``engine.rows.Row``), their
    figures by period, and all of it as the client gets it. Used by ``Sheet``,
    ``StarPerformers`` and ``RunningPeriod``, and by the wizard that spreads targets.

    Keys are (territory id, user id or None); of targets, parts and calls (territory
    id, user id or None, first day).

    :param periods: list of ``engine.periods.Period``, in order, without a gap
    :param reading: see ``options.reading_of``
    :param territory_id: the one to show with all below it; None: all
    :param with_members: whether to show members, too
    :param with_calls: whether calls are told
    :param with_targets: whether targets are told; else only who has some is read
    :param only_user_id: members only this one, without territories
    """

    def __init__(
        self,
        forecast,
        periods,
        reading="credited",
        territory_id=None,
        with_members=False,
        with_calls=True,
        with_targets=True,
        only_user_id=None,
    ):
        self.forecast = forecast
        self.env = forecast.env
        self.periods = periods
        self.reading = reading
        self.territory_id = territory_id
        self.with_members = with_members or bool(only_user_id)
        self.with_calls = with_calls
        self.with_targets = with_targets
        self.only_user_id = only_user_id
        self.rights = Rights(self.env)
        self.trees = Trees(forecast)
        self.opportunities = Opportunities(self.trees, reading)
        self.target_reader = Targets(self.opportunities, only_user_id)

    # -- what is read

    @cached_property
    def _of_periods(self):
        return self.target_reader.of(self.periods)

    @property
    def targets(self):
        """{key: amount}"""
        return self._of_periods[0]

    @cached_property
    def calls(self):
        return self.target_reader.calls(self.periods) if self.with_calls else {}

    @cached_property
    def _members(self):
        """The members that the user sees, and former ones who have targets or calls.

        :return: {territory id: [user id]}, {user id: (name, whether active)}
        """
        if not self.with_members:
            return {}, {}
        members = self.trees.plans.members(self._tree, self.only_user_id)
        names = {user_id: known for _id, user_id, *known in members}
        former = dict.fromkeys(self._people_with_targets())
        former.update(dict.fromkeys(key[:2] for key in self.calls if key[1]))
        ids = {node.id for node in self._tree}
        left_out_ids = set(self.trees.left_out_user_ids)
        found = {}
        for territory_id, user_id in (*((m[0], m[1]) for m in members), *former):
            if (
                territory_id in ids
                and user_id not in left_out_ids
                and self._shows(territory_id, user_id)
            ):
                users = found.setdefault(territory_id, [])
                if user_id not in users:
                    users.append(user_id)
        unnamed = {u for users in found.values() for u in users} - names.keys()
        for user in self.env["res.users"].sudo().browse(unnamed):
            names[user.id] = (user.name, user.active)
        return found, names

    def _people_with_targets(self):
        if self.with_targets:
            return [key[:2] for key in self.targets if key[1]]
        return sorted(self.target_reader.people(self.periods))

    def _shows(self, territory_id, user_id):
        if self.only_user_id:
            return user_id == self.only_user_id
        return self.rights.sees(territory_id, user_id)

    @cached_property
    def _summed(self):
        return PeriodSums(
            self.opportunities,
            self.periods,
            self._members[0],
            only_user_id=self.only_user_id,
            with_undated=True,
        )

    # -- the tree

    @cached_property
    def _tree(self):
        """The whole tree of the reading, without what is left out."""
        return self.trees.of(self.reading)

    @cached_property
    def nodes(self):
        """The territories shown: of former trees those of which there is something."""
        nodes = self._tree
        if self.reading == "then":
            shown = {key[0] for key in (*self._summed.sums, *self.targets)}
            nodes = rows.with_ancestors(nodes, shown)
        if self.territory_id:
            nodes = [node for node in nodes if self.territory_id in node.path]
        if self.only_user_id:
            ids = self._members[0].keys()
            nodes = [node for node in nodes if not ids.isdisjoint(node.path)]
        return nodes

    @cached_property
    def people(self):
        """{territory id: [user id]} of the members shown."""
        found = self._members[0]
        return {node.id: found[node.id] for node in self.nodes if node.id in found}

    # -- rows

    @cached_property
    def rows(self):
        """The rows, depth first: a territory, its members, then what is below it."""
        shown = [node for node in self.nodes if self._shows_territory(node.id)]
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
                has_children=node.id in self.people,
                is_active=node.active,
                can_edit=self.rights.may_set(node.id),
            )
            if above:
                above.has_children = True
            by_id[node.id] = row
            found.append(row)
            found += [self._member_row(node, u, row) for u in self._people_of(node)]
        for node, _parent in rows.depth_first(self.nodes):
            if not self._shows_territory(node.id):
                found += [self._member_row(node, u) for u in self._people_of(node)]
        return found

    def _shows_territory(self, territory_id):
        return not self.only_user_id and self.rights.sees(territory_id)

    def _people_of(self, node):
        return self.people.get(node.id, ())

    def _member_row(self, node, user_id, above=None):
        name, is_active = self._members[1][user_id]
        return rows.Row(
            key=rows.key_of(node.id, user_id),
            parent=above.key if above else False,
            level=above.level + 1 if above else 0,
            name=name if above else f"{name} ({node.complete_name})",
            territory_id=node.id,
            user_id=user_id,
            is_active=is_active,
            can_edit=self.rights.may_set(node.id, user_id),
        )

    # -- what they add up to

    @cached_property
    def sums(self):
        """Sums of what each row holds: of a territory with all below it, of a member
        what he won or has there and below.
        """
        return self.rolled_up(self._summed.sums)

    def rolled_up(self, summed):
        """Sums by territory and member (see ``PeriodSums``), by row."""
        return roll_up.rolled_up(summed, self.nodes, self.people)

    @cached_property
    def parts(self):
        return self.parts_of(self.targets)

    def parts_of(self, targets):
        """What the parts of a territory are to achieve together: {(territory id, first
        day): sum of the targets of its children and members}; for those who may see
        the targets of all of them.
        """
        found = roll_up.parts_of(targets, self.nodes)
        return {k: total for k, total in found.items() if self.rights.sees_parts(k[0])}

    @cached_property
    def partial_ids(self):
        """The territories whose figures lack what the user may not open, there or
        below. At most 2 queries; none for those to whom everything is open.
        """
        if self.env.su or self.rights.sees_all_opportunities:
            return frozenset()
        hidden_ids = self._summed.hidden_ids
        return frozenset(
            above for node in self._tree if node.id in hidden_ids for above in node.path
        )

    # -- what is in no row

    @cached_property
    def lost(self):
        """What is of territories that are in no tree any more: {target, achieved,
        open}. Nothing beside a part of the tree, or *as was*.
        """
        if self.territory_id or self.reading == "then":
            return {"target": 0.0, "achieved": 0.0, "open": 0.0}
        summed = self._summed.in_territories(self._summed.gone_ids)
        return {"target": self._of_periods[1], **_achieved_and_open(summed)}

    @cached_property
    def unplaced(self):
        """What is in no territory: {achieved, open}; nothing beside a part of it."""
        if self.territory_id:
            return {"achieved": 0.0, "open": 0.0}
        return _achieved_and_open(self._summed.in_territories({None}))

    # -- figures

    @cached_property
    def digits(self):
        """Decimal places of amounts."""
        return self.forecast._digits()

    def cells(self, row):
        """The figures of a row: those of each period, and those of all.

        :return: [``engine.figures.figures``], and one more, with *undated*: the open
            ones that are not expected on any day
        """
        key = (row.territory_id, row.user_id)
        digits = self.digits
        targets, calls, parts = self.targets, self.calls, self.parts
        cells = [
            figures(
                self.sums.of_period(key, number),
                targets.get((*key, period.start)),
                None if row.user_id else parts.get((row.territory_id, period.start)),
                digits,
                calls.get((*key, period.start)),
            )
            for number, period in enumerate(self.periods)
        ]
        target = added(cell["target"] for cell in cells)
        total = figures(
            self.sums.total(key),
            target if target is None else round(target, digits),
            None,
            digits,
        )
        total["mismatch"] = added(cell["mismatch"] for cell in cells)
        total["undated"] = round(self.sums.undated(key), digits)
        return cells, total

    def for_client(self):
        """The board as the client gets it; amounts are in the currency of the forecast,
        rounded, days are texts:

        - forecast: see ``crm.territory.forecast._for_client``
        - periods: see ``periods_for_client``
        - rows: of ``engine.rows.Row.for_client``, with *cells*, the figures of each
          period (see ``engine.figures.figures``), and *total*, those of all
        - is_partial: whether a row lacks what the user may not open
        - introduction: see ``Plans.introduction_for_client``
        - lost, unplaced: see there
        """
        digits = self.digits
        found = []
        for row in self.rows:
            row.is_partial = not row.user_id and row.territory_id in self.partial_ids
            cells, total = self.cells(row)
            found.append(dict(row.for_client(), cells=cells, total=total))
        return {
            "forecast": self.forecast._for_client(),
            "periods": periods_for_client(
                self.forecast, self.periods, self.opportunities.frozen
            ),
            "rows": found,
            "is_partial": any(row["is_partial"] for row in found),
            "introduction": self.trees.plans.introduction_for_client(),
            "lost": {name: round(each, digits) for name, each in self.lost.items()},
            "unplaced": {
                name: round(each, digits) for name, each in self.unplaced.items()
            },
        }


def periods_for_client(forecast, periods, frozen):
    """Periods as the client gets them: key, label, date_start, date_end, is_current,
    is_closed (over), is_frozen.

    :param frozen: the first days of the frozen ones
    """
    today = forecast._today()
    return [
        {
            "key": fields.Date.to_string(period.start),
            "label": forecast._period_label(period.start),
            "date_start": fields.Date.to_string(period.start),
            "date_end": fields.Date.to_string(period.end),
            "is_current": period.start <= today <= period.end,
            "is_closed": period.end < today,
            "is_frozen": period.start in frozen,
        }
        for period in periods
    ]


def _achieved_and_open(summed):
    named = dict(zip(SUMMED, summed, strict=True))
    return {
        "achieved": named["achieved"],
        "open": sum(named[name] for name in OPEN),
    }
