from datetime import timedelta

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

# what a figure is made of: the categories of its opportunities
_OPEN = ("commit", "best", "pipeline")
CATEGORIES_OF = {
    "achieved": ("won",),
    "achieved_rate": ("won",),
    "closing_gap": ("won",),
    "commit": ("commit",),
    "best": ("best",),
    "pipeline": ("pipeline",),
    "open": _OPEN,
    "weighted": _OPEN,
    "overdue": _OPEN,
    "undated": _OPEN,
    "coverage": _OPEN,
    "shortage_rate": ("won", *_OPEN),
    "uncovered_gap": ("won", *_OPEN),
    "landing": ("won", *_OPEN),
}
_EVERY = ("won", *_OPEN)


class Opened:
    """What opens when somebody clicks on a figure: exactly the opportunities in it.

    Reads which territories lie below, and of frozen periods what they hold. Answers
    domains of opportunities, or of the lines of frozen periods. Used by the client.

    :param opportunities: Opportunities
    :param figure: a key of ``CATEGORIES_OF``
    :param territory_ids: with all below them
    :param user_id: of one member, or None
    """

    def __init__(self, opportunities, figure, periods, territory_ids, user_id=None):
        if figure not in CATEGORIES_OF:
            raise UserError(
                opportunities.env._(
                    "“%s” is not a figure made of opportunities.", figure
                )
            )
        self.opportunities = opportunities
        self.forecast = opportunities.forecast
        self.env = opportunities.env
        self.figure = figure
        self.categories = CATEGORIES_OF[figure]
        self.periods = periods
        self.user_id = user_id
        reading = opportunities.reading
        wanted = set(territory_ids)
        self.ids = [
            node.id
            for node in opportunities.trees.of(reading)
            if not wanted.isdisjoint(node.path)
        ]
        if reading != "then":
            self.ids = opportunities.trees.with_former(self.ids)

    def action(self):
        """The action that shows them."""
        frozen = self.opportunities.frozen
        snapshots = self.opportunities.snapshots_of(self.periods)
        if self.figure == "undated":
            snapshots = []
        if len(snapshots) == len(self.periods):
            return self._action_on(
                "crm_territory_forecast.crm_territory_forecast_snapshot_line_action",
                self._last_of_frozen(snapshots),
            )
        live = [p for p in self.periods if p.start not in frozen]
        domain = self._live(live)
        if snapshots:
            domain |= self._only_frozen(snapshots, live)
        action = self._action_on(
            "crm_territory.crm_territory_opportunity_action", domain
        )
        return dict(action, context={"create": False, "active_test": False})

    def _action_on(self, xml_id, domain):
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return dict(action, domain=list(domain))

    # -- as they are

    def _live(self, periods):
        """The opportunities of the figure in periods that are not frozen."""
        opportunities = self.opportunities
        counting = opportunities.counting
        if self.figure == "undated":
            when = counting.domain(with_undated=True) & counting.undated()
        else:
            when = self._in(periods)
        domain = counting.of_categories(self.categories) & when
        if self.figure == "overdue":
            domain &= counting.overdue()
        if self.user_id:
            domain &= counting.of_people([self.user_id])
        if opportunities.trees.plans.giver and opportunities.reading != "then":
            counted = opportunities.sql(with_undated=True, domain=domain)
            return Domain("id", "in", self._in_tree(counted, "lead_id"))
        is_as_is = opportunities.reading == "today"
        place = "territory_today_id" if is_as_is else "territory_id"
        return domain & Domain(place, "in", self.ids)

    def _in_tree(self, counted, name):
        """The ids of those that count in the tree, while only SQL tells where they do:
        a plan is being introduced. 1 query.

        :param counted: see ``Opportunities.sql`` and ``counted_sql``
        """
        found = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) AS counted WHERE territory_id = ANY(%s)",
                SQL.identifier(name),
                counted,
                self.ids,
            )
        )
        return [id_ for (id_,) in found]

    def _in(self, periods):
        """What counts in periods: a domain for each run of them without a gap."""
        runs = []
        for period in periods:
            if runs and runs[-1][-1].end + timedelta(days=1) == period.start:
                runs[-1].append(period)
            else:
                runs.append([period])
        return Domain.OR(
            self.opportunities.counting.domain(run[0].start, run[-1].end)
            for run in runs
        )

    # -- as they were frozen

    def _of_frozen(self, snapshots):
        """The frozen opportunities of the figure: a domain of lines."""
        opportunities = self.opportunities
        in_tree = Domain("territory_id", "in", self.ids)
        if opportunities.reading == "today":
            in_tree = self._of_frozen_as_is()
            if opportunities.trees.plans.giver:
                counted = opportunities.frozen_sql(snapshots)
                in_tree = Domain("id", "in", self._in_tree(counted, "record_id"))
        domain = in_tree & opportunities.frozen_domain(snapshots)
        domain &= Domain("category", "in", self.categories)
        if self.user_id:
            domain &= Domain("user_id", "=", self.user_id)
        return domain

    def _of_frozen_as_is(self):
        """Won ones where their account is today, as ``Opportunities`` has them."""
        trees = self.opportunities.trees
        kept = self.env["crm.territory"]._by_own_criteria(trees.today_ids)
        kept_ids = self.env["crm.territory.rule"].sudo().browse(kept).territory_id.ids
        of_account = "lead_id.partner_id.territory_id"
        is_moved = (
            Domain("category", "=", "won")
            & Domain("territory_id", "not in", kept_ids)
            & Domain(of_account, "in", list(trees.today_ids))
        )
        return is_moved & Domain(of_account, "in", self.ids) | ~is_moved & Domain(
            "territory_id", "in", self.ids
        )

    def _last_of_frozen(self, snapshots):
        """The frozen lines of the figure that a total counts: of an opportunity that is
        in several of the periods, the latest.
        """
        of_figure = self._of_frozen(snapshots)
        if len(snapshots) == 1:
            return of_figure
        lines = self.env["crm.territory.forecast.snapshot.line"]
        found = lines.search(of_figure)
        same = self.opportunities.frozen_domain(snapshots) & Domain(
            "lead_key", "in", found.mapped("lead_key")
        )
        last = {line.lead_key: line for line in lines.search(same, order="date, id")}
        return Domain("id", "in", (found & lines.union(*last.values())).ids)

    def _only_frozen(self, snapshots, live):
        """The opportunities of which a total counts what was frozen: not those that are
        in one of the other periods again.
        """
        lines = self.env["crm.territory.forecast.snapshot.line"]
        of_figure = lines.search(self._last_of_frozen(snapshots))
        counting = self.opportunities.counting
        again = self._in(live) & counting.of_categories(_EVERY)
        return Domain("id", "in", of_figure.lead_id.ids) & ~again
