"""Proposals that balance sibling territories.

``formula`` and ``measures`` read what accounts weigh, ``items`` what can be moved
where, ``problem`` puts them together, ``solving`` asks the solver. What that runs
(``fewest_moves``, ``program``, ``repair``) is a program of its own, without Odoo.
"""
