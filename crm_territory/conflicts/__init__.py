"""What is wrong with the criteria of a plan, or missing: found by the engine's own
answers on all records, in words of who asks.
"""

from .closing import GapClosing
from .finding import KINDS, SEVERITIES
from .kept import KeptFindings
from .of_plan import Conflicts

__all__ = ["KINDS", "SEVERITIES", "Conflicts", "GapClosing", "KeptFindings"]
