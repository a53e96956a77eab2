"""How many random worlds are drawn, and which.

``setup/test oracle`` draws the same few each time; ``setup/test oracle --search 500``
draws so many fresh ones, of a seed that it prints, and ``--seed`` draws those again.

What fails is made smaller only when somebody searches: that plays hundreds of worlds
more, which takes minutes, and who runs all tests wants to see their end.
"""

import os
from zlib import crc32

import hypothesis
from hypothesis import HealthCheck, Phase

SEARCHED = int(os.environ.get("ORACLE_SEARCH", 0))
SEED = os.environ.get("ORACLE_SEED")


def is_tried(what, one_in, turn=0):
    """Whether one of very many attempts is made: always when somebody searches, else
    one in so many. It goes by the attempt in words, whatever others there are; of
    several who make it, by their number, too, so that each of so many does.
    """
    return bool(SEARCHED) or not (crc32(what.encode()) + turn) % one_in


def searches(fixed):
    """Decorator of a test of drawn worlds.

    :param fixed: how many are drawn when nobody searches
    """

    phases = [Phase.explicit, Phase.generate]
    if SEARCHED:
        phases.append(Phase.shrink)

    def decorate(test):
        test = hypothesis.settings(
            max_examples=SEARCHED or fixed,
            deadline=None,
            database=None,
            derandomize=not SEARCHED,
            print_blob=False,
            report_multiple_bugs=False,
            phases=phases,
            suppress_health_check=list(HealthCheck),
        )(test)
        return hypothesis.seed(int(SEED))(test) if SEARCHED else test

    return decorate
