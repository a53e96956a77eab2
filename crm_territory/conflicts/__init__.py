"""What is wrong with the criteria of a plan, or missing: found by the engine's own
answers on all records, in words of who asks.
"""

from .finding import KINDS, SEVERITIES
from .of_plan import Conflicts

__all__ = ["KINDS", "SEVERITIES", "Conflicts"]
