from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..engine import periods as engine_periods
from ..engine.figures import added
from ..engine.periods import Period
from ..options import checked_options
from .crm_territory_forecast_mixin import ChangeLog

_ORIGINS = ("typed", "pasted", "imported", "copied", "spread")
_PAGE = 300


class CrmTerritoryForecastSheetMixin(models.AbstractModel):
    """The sheet: the targets of a whole tree and fiscal year, to read and to set."""

    _name = "crm.territory.forecast.sheet.mixin"
    _description = "Target Sheet of a Forecast"
    _inherit = ["crm.territory.forecast.board.mixin"]

    @api.readonly
    def get_sheet(self, options):
        """A page of the sheet, in today's tree. At most 10 queries.

        :param options: year (a day of the fiscal year; False: today's), territory_id
            (the one to show with all below, or False), offset, limit
        """
        self.ensure_one()
        options = checked_options(self.env, options)
        year = self._year_of(options)
        months = self._periods_between(year.start, year.end)
        all_nodes = self._nodes_today()
        nodes = [node for node in all_nodes if not node.is_left_out]
        targets, _lost = self._targets(months, all_nodes, True)
        visible_ids, managed_ids = self._visible_ids(nodes), self._managed_ids(nodes)
        holders = [key[:2] for key in targets if key[1]]
        people, names = self._people(nodes, managed_ids, holders)
        territory_id = options.get("territory_id")
        if territory_id:
            nodes = [node for node in nodes if territory_id in node.path]
            shown = {node.id for node in nodes}
            people = {key: users for key, users in people.items() if key in shown}
        found = self._rows(nodes, visible_ids, managed_ids, people, names)
        offset = int(options.get("offset") or 0)
        page = found[offset : offset + int(options.get("limit") or _PAGE)]
        frozen = self._frozen_periods()
        won = self._won_last_year(months, nodes, all_nodes, people, frozen)
        parts = self._parts(nodes, targets, managed_ids)
        roots = [row for row in found if not row.parent and not row.user_id]
        return {
            "forecast": self._for_client(),
            "year": {
                "date_start": fields.Date.to_string(year.start),
                "date_end": fields.Date.to_string(year.end),
                "label": engine_periods.label_of_year(year.start),
            },
            "periods": self._periods_for_client(months, frozen),
            "rows": [
                dict(
                    row.for_client(),
                    **self._cells_of_row(row, months, targets, parts, won, frozen),
                )
                for row in page
            ],
            "total": {
                "cells": [
                    {
                        "amount": added(
                            targets.get((row.territory_id, None, month.start))
                            for row in roots
                        )
                    }
                    for month in months
                ]
            },
            "count": len(found),
        }

    def _year_of(self, options):
        day = self._day_of(options.get("year")) or self._today()
        return engine_periods.fiscal_year(day, int(self.fiscal_month))

    def _won_last_year(self, months, nodes, all_nodes, people, frozen):
        """Sums by row, one year before. At most 3 queries."""
        before = [
            Period(
                engine_periods.shift(month.start, -12),
                engine_periods.end_of(
                    engine_periods.shift(month.start, -12), self.period
                ),
            )
            for month in months
        ]
        user_ids = {user_id for users in people.values() for user_id in users}
        sums, _counts = self._sums(before, user_ids, None, frozen)
        known = {node.id for node in all_nodes}
        elsewhere = {key[0] for key in sums} - known
        new_of, _gone = self._nodes_elsewhere(elsewhere, all_nodes)
        return self._rolled_up(sums.carried(new_of), nodes, people, len(months))

    def _cells_of_row(self, row, months, targets, parts, won, frozen):
        key = (row.territory_id, row.user_id)
        digits = self._digits()
        cells = []
        for number, month in enumerate(months):
            amount = targets.get((*key, month.start))
            of_parts = (
                None if row.user_id else parts.get((row.territory_id, month.start))
            )
            differs = amount is not None and of_parts is not None
            cells.append(
                {
                    "amount": amount,
                    "parts": of_parts if of_parts is None else round(of_parts, 2),
                    "mismatch": round(amount - of_parts, 2) if differs else None,
                    "can_edit": row.can_edit and month.start not in frozen,
                    "last_year_won": round(won.of_period(key, number)[0], digits),
                }
            )
        return {
            "cells": cells,
            "total": {
                "amount": added(cell["amount"] for cell in cells),
                "parts": added(cell["parts"] for cell in cells),
                "mismatch": added(cell["mismatch"] for cell in cells),
                "last_year_won": round(won.total(key)[0], digits),
            },
        }

    # -- setting

    def set_targets(self, values, origin="typed"):
        """Set targets, or unset those whose amount is None: all of them or none.

        :param values: list of territory_id, user_id, date_start, amount
        :param origin: how it was done, for the log
        :return: the number of targets that changed
        """
        self.ensure_one()
        if origin not in _ORIGINS:
            raise UserError(self.env._("“%s” is no way to set a target.", origin))
        self.check_access("read")
        wanted = self._wanted_targets(values)
        changes = ChangeLog()
        changes.origin = origin
        targets = self.env["crm.territory.forecast.target"].with_context(
            forecast_log=changes
        )
        found = {
            target._key()[1:]: target
            for target in targets.search(
                [
                    ("forecast_id", "=", self.id),
                    ("territory_id", "in", [key[0] for key in wanted]),
                    ("date_start", "in", [key[2] for key in wanted]),
                ]
            )
        }
        by_amount, unset, created = {}, targets.browse(), []
        for key, amount in wanted.items():
            target = found.get(key)
            if target and amount is None:
                unset |= target
            elif target and target.amount != amount:
                same = by_amount.get(amount, targets.browse())
                by_amount[amount] = same | target
            elif not target and amount is not None:
                created.append(self._target_values(key, amount))
        unset.unlink()
        for amount, changed in by_amount.items():
            changed.write({"amount": amount})
        targets.create(created)
        if changes:
            targets._note(changes)
        return len(changes)

    def _target_values(self, key, amount):
        territory_id, user_id, start = key
        return {
            "forecast_id": self.id,
            "territory_id": territory_id,
            "user_id": user_id,
            "date_start": start,
            "amount": amount,
        }

    def _wanted_targets(self, values):
        """{(territory id, user id or False, first day): amount or None}, checked: an
        error names the first cell that cannot be set.
        """
        rights = {}
        wanted = {}
        if not isinstance(values, list):
            raise UserError(self.env._("Targets are set by a list of them."))
        for value in values:
            value = checked_options(self.env, value)
            territory_id = value.get("territory_id")
            user_id = value.get("user_id") or False
            try:
                if (territory_id, user_id) not in rights:
                    self._check_row(territory_id, user_id)
                    rights[territory_id, user_id] = True
                start = self._checked_start(value.get("date_start"))
                amount = value.get("amount")
                if amount is not None:
                    amount = round(self._checked_amount(amount), 2)
            except UserError as error:
                raise type(error)(self._name_of_cell(value, error)) from error
            wanted[territory_id, user_id, start] = amount
        return wanted

    def _name_of_cell(self, value, error):
        """The error, after the names of the cell that it is about."""
        if isinstance(error, AccessError):
            return str(error)
        ids = (value.get("territory_id"), value.get("user_id"))
        territory = self.env["crm.territory"].sudo().browse(ids[0] or None).exists()
        user = self.env["res.users"].sudo().browse(ids[1] or None).exists()
        names = [territory.complete_name, user.name, str(value.get("date_start") or "")]
        return self.env._(
            "%(cell)s: %(error)s", cell=", ".join(filter(None, names)), error=str(error)
        )
