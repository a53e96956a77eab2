"""The tree of a plan as one screen: what it shows, and what is changed there."""

from .changes import OutlineChanges
from .rows import Outline

__all__ = ["Outline", "OutlineChanges"]
