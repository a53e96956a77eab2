"""Hypothesis strategies: worlds in which several things happen at once."""

from hypothesis import strategies as st

from .worlds import EDITS, FEW, NUMBERS, Worlds, many, pick

ZONES = ("UTC", "America/Los_Angeles", "Pacific/Auckland")
NOBODY = {"user_id": False, "outcome": "open"}
POLICIES = ("round_robin", "least_loaded", "weighted", "manager", "above")
# how many hours pass
HOURS = (1, 5, 13, 24, 31, 72)
PLAN_CHANGES = (
    "activate_plan",
    "replace_plan",
    "introduce_plan",
    "introduce_plan",
    "archive_plan",
    "archive_plan",
    "draft_plan",
    "copy_plan",
    "move_plan",
    "delete_plan",
)


class Transitions(Worlds):
    """Steps of several changes that one transaction makes.

    :param has_policies: territories give leads to their members. No rule reads who has
        a lead then: which of two equal members gets it is not told.
    """

    days_of_overrides = ("always", "today", "until tomorrow")

    def __init__(self, cast, has_policies=False):
        self.has_policies = has_policies
        super().__init__(cast)

    def conditions_of(self, conditions):
        if self.has_policies:
            conditions = [c for c in conditions if not c[0].startswith("user_id")]
        return super().conditions_of(conditions)

    def member(self):
        users = self.cast.users + self.cast.sellers
        return st.fixed_dictionaries(
            {
                "user_id": st.sampled_from(users),
                "when": pick("always", "always", "today", "until tomorrow", "soon"),
                "is_manager": pick(False, False, True),
                "capacity": pick(0, 0, 1, 2),
            }
        )

    def territory(self):
        """With policies, places are wide, so that many leads get owners."""
        territory = super().territory()
        if not self.has_policies:
            return territory
        wide = self.area().map(lambda area: {"country_id": area["country_id"]})
        given = {
            "policy": pick(*POLICIES, "none"),
            "areas": pick(0, 2, 3).flatmap(lambda n: many(wide, n)),
            "rules": pick(0, 0, 0, 0, 1).flatmap(lambda n: many(self.rule(), n)),
            "members": st.lists(
                self.member(),
                min_size=1,
                max_size=3,
                unique_by=lambda member: member["user_id"],
            ),
        }
        return st.tuples(territory, st.fixed_dictionaries(given)).map(
            lambda drawn: drawn[0] | drawn[1]
        )

    def lead(self):
        lead = super().lead()
        return lead.map(lambda drawn: drawn | NOBODY) if self.has_policies else lead

    def plan_change(self):
        return st.tuples(pick(*PLAN_CHANGES), FEW, FEW)

    def edit(self):
        return st.one_of(
            super().edit(),
            st.tuples(pick(*EDITS, "delete_territory"), NUMBERS, NUMBERS),
        )

    def step(self):
        """(what happens, hours that pass before, the changes, whether a run goes on)"""
        changes = st.lists(self.change(), min_size=2, max_size=8)
        few = st.lists(self.change(), max_size=3)
        mixed = st.lists(
            st.one_of(self.change(), self.plan_change(), self.edit()),
            min_size=2,
            max_size=8,
        )
        goes_on = pick(False, False, True)
        return st.one_of(
            st.tuples(st.just("values"), st.just(0), changes, goes_on),
            st.tuples(st.just("days"), pick(*HOURS), few, goes_on),
            st.tuples(st.just("plans"), st.just(0), mixed, goes_on),
        )

    def world(self):
        return st.fixed_dictionaries(
            {
                "plans": self.trees(sizes=(1, 3, 6, 10)),
                "zones": st.tuples(pick(*ZONES), pick(*ZONES)),
                "accounts": pick(1, 4, 8).flatmap(lambda n: many(self.account(), n)),
                "contacts": pick(0, 3).flatmap(lambda n: many(self.contact(), n)),
                "leads": pick(1, 4, 8, 12).flatmap(lambda n: many(self.lead(), n)),
                "overrides": pick(0, 3, 5).flatmap(lambda n: many(self.override(), n)),
                "steps": st.lists(self.step(), min_size=2, max_size=5),
            }
        )
