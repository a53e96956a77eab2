"""Proposals that balance sibling territories.

``formula`` and ``measures`` read what accounts weigh, ``items`` says what can be moved
where, ``solving`` asks the solver. What the solver runs (``fewest_moves``, ``program``,
``repair``) is a program of its own, without Odoo.
"""
