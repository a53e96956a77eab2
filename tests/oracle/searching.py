"""How many random worlds are drawn, and which.

``setup/test oracle`` draws the same few each time; ``setup/test oracle --search 500``
draws so many fresh ones, of a seed that it prints, and ``--seed`` draws those again.
"""

import os

import hypothesis
from hypothesis import HealthCheck, Phase

SEARCHED = int(os.environ.get("ORACLE_SEARCH", 0))
SEED = os.environ.get("ORACLE_SEED")


def searches(fixed):
    """Decorator of a test of drawn worlds.

    :param fixed: how many are drawn when nobody searches
    """

    def decorate(test):
        test = hypothesis.settings(
            max_examples=SEARCHED or fixed,
            deadline=None,
            database=None,
            derandomize=not SEARCHED,
            print_blob=False,
            report_multiple_bugs=False,
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )(test)
        return hypothesis.seed(int(SEED))(test) if SEARCHED else test

    return decorate
