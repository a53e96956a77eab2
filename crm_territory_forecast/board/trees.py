from functools import cached_property

from ..engine import rows
from .plans import Plans


class Trees:
    """The territories that a forecast speaks of, and what it leaves out of them.

    Reads once, through ``Plans``: the tree in use, those of all plans, and what is left
    out. Answers lists of ``engine.rows.Node``, ids, and where the territories of former
    plans are found again in the tree in use: by their lineage. Used by all others.

    :param plans: what they are read from; of the forecast, unless told
    """

    def __init__(self, forecast, plans=None):
        self.forecast = forecast
        self.env = forecast.env
        self.plans = plans or Plans(forecast)

    # -- trees

    @cached_property
    def today(self):
        """The tree in use, also what is left out. 2 queries."""
        return self.plans.nodes_in_use()

    @cached_property
    def ever(self):
        """The trees of all plans of the company. 1 query."""
        return self.plans.nodes_ever()

    @cached_property
    def today_ids(self):
        return frozenset(node.id for node in self.today)

    def whole(self, reading):
        """The tree of a reading, also what is left out."""
        return self.ever if reading == "then" else self.today

    def of(self, reading):
        """The tree of a reading (see ``options.reading_of``)."""
        return _counting(self.whole(reading))

    # -- former plans

    def found_again(self, ids):
        """Where territories that are not in the tree in use are found again in it. 1
        query; none without ids.

        :return: {id: id in the tree}, and the Nodes that are in no tree any more: of
            former plans, and archived ones; neither holds what is left out
        """
        elsewhere = set(ids) - self.today_ids - {None}
        if not elsewhere:
            return {}, []
        olds = _counting(self.plans.nodes_not_in_use(elsewhere))
        new_of = rows.successors(olds, self.today)
        return new_of, [old for old in olds if old.id not in new_of]

    @cached_property
    def former(self):
        """{id of a territory of a former plan, or of one that is being introduced: that
        in the tree in use}, without what is left out. 1 query; 1 more if there are any.
        """
        olds = _counting(self.plans.nodes_not_in_use())
        return rows.successors(olds, self.today) if olds else {}

    def with_former(self, ids):
        """The territories of the tree in use, and those that are found again in them.
        1 query.
        """
        wanted = set(ids)
        return [*ids, *(old for old, new in self.former.items() if new in wanted)]

    # -- what is left out

    @cached_property
    def uncounted_ids(self):
        """The territories that are not of the company's plans, or are left out, with
        all below them: few, if any. At most 3 queries.
        """
        return self.left_out_ids.union(self.plans.ids_of_others())

    @cached_property
    def left_out_ids(self):
        """The territories left out, with all below them. At most 2 queries, none if
        none is chosen.
        """
        return self.plans.left_out_ids()

    @cached_property
    def left_out_user_ids(self):
        """The salespeople left out, also archived ones."""
        return self.plans.left_out_user_ids()


def _counting(nodes):
    """Without those that are left out."""
    return [node for node in nodes if not node.is_left_out]
