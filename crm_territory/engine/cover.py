"""Which plans judge the records of which companies (design 3.0)."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cover:
    """What plans cover: {plan id: ids of companies, or None for all}.

    A plan covers the records of its companies, and those without company.

    :param judging: the plans that judge
    :param left: plans that judge no more, and whose place none took: what records
        have from them stays

    >>> cover = Cover({1: frozenset({10, 11}), 2: frozenset({20})})
    >>> sorted(cover.plans_of(11)), sorted(cover.plans_of(None))
    ([1], [1, 2])
    >>> sorted(cover.plans_of(30)), sorted(Cover({3: None}).plans_of(30))
    ([], [3])
    """

    judging: dict[int, frozenset[int] | None] = field(default_factory=dict)
    left: dict[int, frozenset[int] | None] = field(default_factory=dict)

    def plans_of(self, company_id):
        """The plans that judge a record of the company: frozenset of ids."""
        return _covering(self.judging, company_id)

    def left_plans_of(self, company_id):
        """The plans whose territories a record of the company keeps."""
        return _covering(self.left, company_id)


def _covering(plans, company_id):
    return frozenset(
        plan_id
        for plan_id, companies in plans.items()
        if companies is None or not company_id or company_id in companies
    )


def without_successor(inactive, judging):
    """Of the plans that do not judge, those whose company has no plan that does.

    >>> sorted(without_successor({1: 10, 2: 20, 3: None}, {4: frozenset({10})}))
    [2]
    >>> sorted(without_successor({1: 10, 3: None}, {}))
    [1, 3]

    :param inactive: {plan id: company id, or None for a shared plan}
    :param judging: as of Cover
    :return: set of plan ids
    """
    if None in judging.values():
        return set()
    covered = frozenset().union(*judging.values())
    return {
        plan_id
        for plan_id, company_id in inactive.items()
        if (company_id not in covered if company_id else not judging)
    }
