from dataclasses import dataclass, field
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

from ..engine import rows
from ..engine.figures import SUMMED, Sums, added, figures
from ..options import checked_options

# what a figure is made of: the categories of its opportunities
_OPEN = ("commit", "best", "pipeline")
_CATEGORIES_OF = {
    "achieved": ("won",),
    "achieved_rate": ("won",),
    "closing_gap": ("won",),
    "commit": ("commit",),
    "best": ("best",),
    "pipeline": ("pipeline",),
    "open": _OPEN,
    "weighted": _OPEN,
    "coverage": _OPEN,
    "shortage_rate": ("won", *_OPEN),
    "uncovered_gap": ("won", *_OPEN),
    "landing": ("won", *_OPEN),
}
_READINGS = ("credited", "today", "then")
_MOST_PERIODS = 120
# far enough from the first and the last day that Python knows
_YEARS = (1900, 2999)


@dataclass
class Board:
    """What the board is made of, as one user sees it.

    Keys are (territory id, user id or None), and of targets and calls also the first
    day of the period.
    """

    periods: list
    rows: list
    sums: Sums
    targets: dict
    parts: dict
    calls: dict = field(default_factory=dict)
    lost_target: float = 0.0
    lost_achieved: float = 0.0


class CrmTerritoryForecastBoardMixin(models.AbstractModel):
    """The board: targets and what comes of them, for the tree and its members."""

    _name = "crm.territory.forecast.board.mixin"
    _description = "Board of a Forecast"
    _inherit = [
        "crm.territory.forecast.figures.mixin",
        "crm.territory.forecast.said.mixin",
    ]

    # -- for the client

    @api.model
    @api.readonly
    def get_frame(self):
        """The forecasts that the user may choose from."""
        forecasts = self.search([])
        return {
            "forecasts": [forecast._for_client() for forecast in forecasts],
            "default_id": self._default_forecast().id,
            "today": fields.Date.to_string(fields.Date.context_today(self)),
        }

    def _for_client(self):
        label = self.env._("Opportunities")
        if self.metric == "amount":
            metric_field = self.env["crm.lead"]._fields.get(self.metric_field_name)
            label = (
                metric_field._description_string(self.env)
                if metric_field
                else self.metric_field_name
            )
        return {
            "id": self.id,
            "name": self.name,
            "period": self.period,
            "fiscal_month": int(self.fiscal_month),
            "is_monetary": self.is_monetary,
            "currency_id": self.currency_id.id,
            "company_id": self.company_id.id,
            "digits": self._digits(),
            "metric_label": label,
            "can_manage": self._sets_everything(),
        }

    @api.readonly
    def get_board(self, options):
        """The board's rows and figures, amounts in the currency of the forecast.

        :param options: date_from, date_to, tree (see ``_reading_of``), territory_id
            (the one to show with all below, or False), members (whether to show them)
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        periods = self._periods_of(options)
        board = self._board(
            periods,
            self._reading_of(options),
            territory_id=options.get("territory_id"),
            with_members=options.get("members"),
        )
        digits = self._digits()
        return {
            "forecast": self._for_client(),
            "periods": self._periods_for_client(periods, self._frozen_periods()),
            "rows": [
                dict(row.for_client(), **self._figures_of_row(board, row, digits))
                for row in board.rows
            ],
            "is_partial": any(row.is_partial for row in board.rows),
            "lost": {
                "target": round(board.lost_target, digits),
                "achieved": round(board.lost_achieved, digits),
            },
        }

    @api.readonly
    def get_opportunities_action(self, options):
        """An action whose domain gives exactly the opportunities of a figure.

        :param options: territory_id (or several: territory_ids), user_id, date_from,
            date_to, figure, tree
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        figure = options.get("figure")
        if figure not in _CATEGORIES_OF:
            raise UserError(
                self.env._("“%s” is not a figure made of opportunities.", figure)
            )
        periods = self._periods_of(options)
        reading = self._reading_of(options)
        is_as_is = reading == "today"
        nodes = self._nodes_of_tree(reading != "then")
        wanted = set(options.get("territory_ids") or [options.get("territory_id")])
        ids = [node.id for node in nodes if not wanted.isdisjoint(node.path)]
        if reading != "then":
            ids = self._with_predecessors(ids)
        categories, user_id = _CATEGORIES_OF[figure], options.get("user_id")
        frozen = self._frozen_periods()
        snapshots = [frozen[p.start] for p in periods if p.start in frozen]
        of_frozen = self._frozen_domain(snapshots, ids, categories, user_id, is_as_is)
        if len(snapshots) == len(periods):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "crm_territory_forecast.crm_territory_forecast_snapshot_line_action"
            )
            return dict(action, domain=list(of_frozen))
        domain = self._live_domain(
            [p for p in periods if p.start not in frozen], categories
        )
        domain &= Domain(
            "territory_today_id" if is_as_is else "territory_id", "in", ids
        )
        if user_id:
            domain &= Domain("user_id", "=", user_id)
        if snapshots:
            lines = self.env["crm.territory.forecast.snapshot.line"].search(of_frozen)
            domain |= Domain("id", "in", lines.lead_id.ids)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm_territory.crm_territory_opportunity_action"
        )
        return dict(action, domain=list(domain), context={"create": False})

    def _live_domain(self, periods, categories):
        """The opportunities of categories in periods, as they are."""
        of_categories = Domain.FALSE
        if "won" in categories:
            of_categories |= Domain("won_status", "=", "won")
        if len(categories) > 1 or "won" not in categories:
            of_categories |= Domain("won_status", "=", "pending") & Domain(
                "forecast_category", "in", [c for c in categories if c != "won"]
            )
        # one domain for each run of periods without a gap
        runs = []
        for period in periods:
            if runs and runs[-1][-1].end + timedelta(days=1) == period.start:
                runs[-1].append(period)
            else:
                runs.append([period])
        return of_categories & Domain.OR(
            self._opportunity_domain(run[0].start, run[-1].end) for run in runs
        )

    def set_call(self, values):
        """Write or take back the user's call of this week.

        :param values: territory_id, user_id, date_start, amount (None: take back), note
        """
        self.ensure_one()
        values = checked_options(self.env, values)
        calls = self.env["crm.territory.forecast.call"]
        territory_id = values.get("territory_id")
        user_id = values.get("user_id") or False
        self._check_row(territory_id, user_id)
        key = {
            "forecast_id": self.id,
            "territory_id": territory_id,
            "user_id": user_id,
            "date_start": self._checked_start(values.get("date_start")),
            "week": calls._this_week(),
        }
        found = calls.search([(name, "=", value) for name, value in key.items()])
        amount = values.get("amount")
        if amount is None:
            found.unlink()
            return False
        written = {
            "amount": self._checked_amount(amount),
            "note": values.get("note") or False,
        }
        if found:
            found.write(written)
        else:
            found = calls.create({**key, **written})
        return found._for_client()

    # -- options

    def _digits(self):
        return self.decimal_places if self.is_monetary else 2

    def _reading_of(self, options):
        """In which territory opportunities and targets count.

        - *credited*: where they are credited, won ones where they closed, carried along
          into the tree in use: what is said unless another reading is asked for;
        - *today*, as is: in the tree in use, won ones where their account is today;
        - *then*, as was: in the trees of all plans, where they were.
        """
        reading = options.get("tree") or "credited"
        if reading not in _READINGS:
            raise UserError(
                self.env._(
                    "The tree is “credited”, “today” or “then”, not “%s”.", reading
                )
            )
        return reading

    def _periods_of(self, options):
        """The periods that the options ask for, in full: list of Period."""
        first = self._day_of(options.get("date_from"))
        last = self._day_of(options.get("date_to"))
        if not first or not last or first > last:
            raise UserError(
                self.env._("Choose a first day, and a last day that is not before it.")
            )
        if (last - first).days > 366 * _MOST_PERIODS:
            raise UserError(self.env._("That is too long a time for one board."))
        periods = self._periods_between(first, last)
        if len(periods) > _MOST_PERIODS:
            raise UserError(
                self.env._("A board shows at most %s periods.", _MOST_PERIODS)
            )
        return periods

    def _day_of(self, text):
        """The day that a client wrote, or None."""
        try:
            day = fields.Date.to_date(text or None)
        except (TypeError, ValueError) as error:
            raise UserError(
                self.env._("A date is written as 2017-12-31: %s", error)
            ) from error
        if day and not _YEARS[0] <= day.year <= _YEARS[1]:
            raise UserError(
                self.env._(
                    "%(day)s is not between the years %(first)s and %(last)s.",
                    day=text,
                    first=str(_YEARS[0]),
                    last=str(_YEARS[1]),
                )
            )
        return day

    def _today(self):
        return fields.Date.context_today(self.with_context(tz=self.tz))

    def _periods_for_client(self, periods, frozen):
        today = self._today()
        return [
            {
                "key": fields.Date.to_string(period.start),
                "label": self._period_label(period.start),
                "date_start": fields.Date.to_string(period.start),
                "date_end": fields.Date.to_string(period.end),
                "is_current": period.start <= today <= period.end,
                "is_closed": period.end < today,
                "is_frozen": period.start in frozen,
            }
            for period in periods
        ]

    # -- what is on it

    def _nodes_of_tree(self, is_today):
        nodes = self._nodes_today() if is_today else self._nodes_ever()
        return [node for node in nodes if not node.is_left_out]

    def _board(
        self, periods, reading="credited", territory_id=None, with_members=False
    ):
        """Everything that the figures of the rows are computed from: Board."""
        is_today = reading != "then"
        all_nodes = self._nodes_today() if is_today else self._nodes_ever()
        nodes = [node for node in all_nodes if not node.is_left_out]
        targets, lost_target = self._targets(
            periods, all_nodes, is_today, self._frozen_periods()
        )
        calls = self._calls(periods, all_nodes, is_today)
        visible_ids, managed_ids = self._visible_ids(nodes), self._managed_ids(nodes)
        people, names = {}, {}
        if with_members:
            said = [key[:2] for key in (*targets, *calls) if key[1]]
            people, names = self._people(nodes, managed_ids, said)
        tree_ids = [node.id for node in all_nodes]
        today_ids = tree_ids if reading == "today" else None
        user_ids = {user_id for users in people.values() for user_id in users}
        sums, counts = self._sums(periods, user_ids, today_ids)
        hidden_ids = self._hidden_ids(periods, counts, today_ids)
        gone_ids = ()
        if is_today:
            elsewhere = {key[0] for key in sums}.union(hidden_ids) - set(tree_ids)
            new_of, gone = self._nodes_elsewhere(elsewhere, all_nodes)
            gone_ids = {node.id for node in gone}
            sums = sums.carried(new_of)
            hidden_ids = frozenset(new_of.get(id_, id_) for id_ in hidden_ids)
        whole_tree = nodes
        if not is_today:
            told = {key[0] for key in (*sums, *targets)}
            nodes = rows.with_ancestors(nodes, told)
        lost_achieved = 0.0
        if territory_id:
            nodes = [node for node in nodes if territory_id in node.path]
            lost_target = 0.0
        elif is_today:
            lost_achieved = self._achieved_in(sums, gone_ids)
        people = {node.id: people[node.id] for node in nodes if node.id in people}
        board = Board(
            periods=periods,
            rows=self._rows(nodes, visible_ids, managed_ids, people, names),
            sums=self._rolled_up(sums, nodes, people, len(periods)),
            targets=targets,
            parts=self._parts(nodes, targets, managed_ids),
            calls=calls,
            lost_target=lost_target,
            lost_achieved=lost_achieved,
        )
        self._mark_partial(board, whole_tree, hidden_ids)
        return board

    def _achieved_in(self, sums, territory_ids):
        won = SUMMED.index("achieved")
        return sum(sums.total(key)[won] for key in sums if key[0] in territory_ids)

    def _rolled_up(self, sums, nodes, people, period_count):
        """Sums of what each row holds: (territory id, user id or None)."""
        found = Sums(period_count)
        paths = {node.id: node.path for node in nodes}
        for territory_id, user_id in sums:
            if territory_id not in paths:
                continue
            summed = sums.of((territory_id, user_id))
            found.merge((territory_id, None), summed)
            if user_id:
                for above in paths[territory_id]:
                    if user_id in people.get(above, ()):
                        found.merge((above, user_id), summed)
        found.roll_up(
            [
                ((node.id, None), (parent.id, None) if parent else None)
                for node, parent in rows.depth_first(nodes)
            ]
        )
        return found

    def _parts(self, nodes, targets, managed_ids):
        """What the parts of a territory are to achieve together: {(territory id, first
        day): sum of the targets of its children and members}; for those who may see
        the targets of all of them.
        """
        sees_everything = self._sees_everything()
        found = {}
        parents = {
            node.id: parent.id for node, parent in rows.depth_first(nodes) if parent
        }
        ids = {node.id for node in nodes}
        for (territory_id, user_id, start), amount in targets.items():
            whole = territory_id if user_id else parents.get(territory_id)
            if whole in ids and (sees_everything or whole in managed_ids):
                key = (whole, start)
                found[key] = found.get(key, 0) + amount
        return found

    def _hidden_ids(self, periods, counts, today_ids):
        """The territories with opportunities that the user may not open. At most 2
        queries; none for those to whom everything is open.
        """
        if self.env.su or self._sees_all_opportunities():
            return frozenset()
        everything = self.sudo()._count_by_territory(periods, today_ids)
        return frozenset(
            territory_id
            for territory_id, count in everything.items()
            if count > counts.get(territory_id, 0)
        )

    def _sees_all_opportunities(self):
        """Whether it is sure without looking: all documents, in all companies."""
        if not self._sees_everything():
            return False
        companies = self.env["res.company"].sudo()
        return companies.search_count([]) <= len(self.env.companies)

    def _mark_partial(self, board, nodes, hidden_ids):
        if hidden_ids:
            partial = {
                above for node in nodes if node.id in hidden_ids for above in node.path
            }
            for row in board.rows:
                row.is_partial = not row.user_id and row.territory_id in partial

    # -- the figures of a row

    def _figures_of_row(self, board, row, digits):
        key = (row.territory_id, row.user_id)
        cells = []
        for number, period in enumerate(board.periods):
            place = (*key, period.start)
            cells.append(
                figures(
                    board.sums.of_period(key, number),
                    board.targets.get(place),
                    None
                    if row.user_id
                    else board.parts.get((row.territory_id, period.start)),
                    digits,
                    board.calls.get(place),
                )
            )
        target = added(cell["target"] for cell in cells)
        total = figures(
            board.sums.total(key),
            target if target is None else round(target, digits),
            None,
            digits,
        )
        total["mismatch"] = added(cell["mismatch"] for cell in cells)
        return {"cells": cells, "total": total}

    # -- who may set what

    def _check_may_set(self, keys):
        """Raise an AccessError that names the first row that the user may not set.

        :param keys: (territory id, user id or False)
        """
        if self._sets_everything():
            return
        managed_ids = self.env.user._territory_scope().managed_ids
        for territory_id, user_id in keys:
            if territory_id not in managed_ids or user_id == self.env.uid:
                raise AccessError(self._reason_not_to_set(territory_id, user_id))

    def _reason_not_to_set(self, territory_id, user_id):
        territory = self.env["crm.territory"].sudo().browse(territory_id)
        if user_id == self.env.uid:
            return self.env._(
                "Your own target in “%s” is set by a manager above you, or by a sales"
                " administrator.",
                territory.complete_name,
            )
        return self.env._(
            "“%s”: only managers of the territory, or of one above it, may do this.",
            territory.complete_name,
        )

    def _checked_start(self, text):
        """The first day of a period, as a date."""
        try:
            start = fields.Date.to_date(text)
        except (TypeError, ValueError):
            start = None
        if not start:
            raise ValidationError(
                self.env._("“%s” is not a date such as 2017-12-31.", text)
            )
        self._check_period_start(start)
        return start

    def _check_row(self, territory_id, user_id):
        """Raise an error unless there is such a row and the user may set it."""
        territories = self.env["crm.territory"].with_context(active_test=False)
        if not territories.search_count([("id", "=", territory_id)]):
            raise ValidationError(self.env._("There is no such territory."))
        users = self.env["res.users"].sudo().with_context(active_test=False)
        if user_id and not users.search_count(
            Domain("id", "=", user_id) & Domain("share", "=", False)
        ):
            raise ValidationError(self.env._("There is no such member."))
        self._check_may_set([(territory_id, user_id)])

    def _checked_amount(self, amount):
        """The amount as a number; a UserError if it is none."""
        if (
            isinstance(amount, bool)
            or not isinstance(amount, int | float)
            or not 0 <= amount < 1e14
        ):
            raise UserError(
                self.env._(
                    "“%s” is not an amount: a number of 0 or more, below"
                    " 100,000,000,000,000.",
                    amount,
                )
            )
        return amount
