"""Why a record is in its territories and not in others, in the words of who asks."""

from .of_record import Explanation
from .steps import rule_parts

__all__ = ["Explanation", "rule_parts"]
