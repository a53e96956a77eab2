from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import formatLang

from ..board.opportunities import Opportunities
from ..board.rights import Rights
from ..board.targets import Targets
from ..board.trees import Trees
from ..engine import periods as engine_periods

# more rows than this are not shown, but written
_SHOWN = 60


class CrmTerritoryForecastPreviewMixin(models.AbstractModel):
    """Sets many targets of a fiscal year; shows them before it writes them.

    A target that is set already is kept unless the user says otherwise; what the user
    may not set, or is of a frozen period, is left out: the preview says so at the cell.
    """

    _name = "crm.territory.forecast.preview.mixin"
    _description = "Sets Many Targets"

    forecast_id = fields.Many2one(
        "crm.territory.forecast",
        required=True,
        ondelete="cascade",
        default=lambda self: self.env["crm.territory.forecast"]._default_forecast(),
    )
    date_start = fields.Date(
        "Year",
        required=True,
        default=fields.Date.context_today,
        help="Any day of the fiscal year.",
    )
    fiscal_month = fields.Selection(related="forecast_id.fiscal_month")
    territory_id = fields.Many2one("crm.territory", ondelete="cascade")
    replace = fields.Boolean("Overwrite Existing Targets")
    preview = fields.Html(
        compute="_compute_preview", sanitize=False, export_string_translation=False
    )
    written_count = fields.Integer(compute="_compute_preview")

    def _planned(self, reader):
        """{(territory id, user id or None, first day): amount}, by row.

        Raise a UserError that says what is missing.

        :param reader: Targets
        """
        raise NotImplementedError

    def _origin_of_changes(self):
        """How the log calls it."""
        raise NotImplementedError

    def _are_rows_apart(self):
        """Whether no row is part of another, so that they add up to something."""
        return False

    @api.depends("forecast_id", "date_start", "territory_id", "replace")
    def _compute_preview(self):
        for wizard in self:
            wizard.preview, wizard.written_count = False, 0
            if not wizard.forecast_id or not wizard.date_start:
                continue
            reader = wizard._reader()
            try:
                planned = wizard._planned(reader)
            except UserError as error:
                wizard.preview = self.env["ir.qweb"]._render(
                    "crm_territory_forecast.preview_of_nothing", {"why": str(error)}
                )
                continue
            cells = wizard._cells(planned, reader)
            wizard.preview = wizard._render_preview(planned, cells)
            states = [state for state, _amount in cells.values()]
            wizard.written_count = states.count("new") + states.count("replaced")

    def _year(self):
        self.ensure_one()
        return engine_periods.fiscal_year(
            self.date_start, int(self.forecast_id.fiscal_month)
        )

    def _periods(self):
        year = self._year()
        return self.forecast_id._periods_between(year.start, year.end)

    def _reader(self):
        """What reads the targets that are set, in today's tree."""
        return Targets(Opportunities(Trees(self.forecast_id)))

    def _held(self, keys, reader):
        """{key: amount} of those of the targets that stay as they are: set and not to
        be replaced, or of a frozen period (0 where none is set).
        """
        current, _gone = reader.of(self._periods())
        frozen = reader.opportunities.frozen
        return {
            key: current.get(key) or 0.0
            for key in keys
            if key[2] in frozen or (key in current and not self.replace)
        }

    def _cells(self, planned, reader):
        """What happens to each target: {key: (*new*, *replaced*, *same*, *kept*,
        *frozen* or *forbidden*, the amount that is set)}.
        """
        current, _gone = reader.of(self._periods())
        rights = Rights(self.env)
        frozen = reader.opportunities.frozen
        cells = {}
        for key, amount in planned.items():
            before = current.get(key)
            if not rights.may_set(*key[:2]):
                state = "forbidden"
            elif key[2] in frozen:
                state = "frozen"
            elif before is None:
                state = "new"
            elif not self.replace:
                state = "kept"
            else:
                state = "same" if before == amount else "replaced"
            cells[key] = (state, before)
        return cells

    def _render_preview(self, planned, cells):
        names = self._names_of_rows({key[:2] for key in planned})
        periods = self._periods()
        forecast = self.forecast_id
        totals = self._totals(planned, cells)
        table = {}
        for key, amount in planned.items():
            state, before = cells[key]
            table.setdefault(key[:2], {})[key[2]] = {
                "state": state,
                "amount": self._format(amount),
                "before": None if before is None else self._format(before),
            }
        return self.env["ir.qweb"]._render(
            "crm_territory_forecast.preview",
            {
                "labels": [forecast._period_label(p.start) for p in periods],
                "rows": [
                    (
                        names[row],
                        [of_row.get(p.start) for p in periods],
                        self._format(totals[row]),
                    )
                    for row, of_row in list(table.items())[:_SHOWN]
                ],
                "sums": self._are_rows_apart() and self._sums(planned, cells),
                "hidden_count": max(0, len(table) - _SHOWN),
            },
        )

    def _totals(self, planned, cells):
        """{row: what its targets in the preview add up to, once written}."""
        totals = {}
        for key, amount in self._written(planned, cells).items():
            totals[key[:2]] = totals.get(key[:2], 0.0) + amount
        return totals

    def _sums(self, planned, cells):
        """What all rows add up to in each period, and at last in the year: texts."""
        written = self._written(planned, cells)
        sums = [
            sum(amount for key, amount in written.items() if key[2] == period.start)
            for period in self._periods()
        ]
        return [self._format(amount) for amount in (*sums, sum(sums))]

    def _written(self, planned, cells):
        """{key: the amount that its target has once the preview is written}."""
        return {
            key: planned[key] if state in ("new", "replaced", "same") else before or 0.0
            for key, (state, before) in cells.items()
        }

    def _format(self, amount):
        """An amount as text; without decimals where it has none."""
        digits = self.forecast_id._digits()
        is_whole = not round(amount % 1, digits)
        return formatLang(self.env, amount, digits=0 if is_whole else digits)

    def _names_of_rows(self, keys):
        """{(territory id, user id or None): how the row is called}."""
        territories = self.env["crm.territory"].with_context(active_test=False)
        territories = territories.browse({key[0] for key in keys})
        users = self.env["res.users"].sudo().browse({key[1] for key in keys if key[1]})
        names = {user.id: user.name for user in users}
        of_territories = {t.id: t.complete_name for t in territories}
        return {
            (territory_id, user_id): ", ".join(
                filter(None, (of_territories[territory_id], names.get(user_id)))
            )
            for territory_id, user_id in keys
        }

    def action_apply(self):
        """Write what the preview shows, close, and tell the sheet what was written.

        ``infos`` of the closing action: forecast_id, and as targets their
        territory_id, user_id or False, date_start, before (None: not set) and after.
        """
        self.ensure_one()
        reader = self._reader()
        planned = self._planned(reader)
        written = [
            {
                "territory_id": key[0],
                "user_id": key[1] or False,
                "date_start": fields.Date.to_string(key[2]),
                "before": before,
                "after": round(planned[key], 2),
            }
            for key, (state, before) in self._cells(planned, reader).items()
            if state in ("new", "replaced")
        ]
        if not written:
            raise UserError(
                self.env._(
                    "Nothing would change: the targets are set already, or are not"
                    " yours to set."
                )
            )
        names = ("territory_id", "user_id", "date_start")
        self.forecast_id.set_targets(
            [
                {**{name: one[name] for name in names}, "amount": one["after"]}
                for one in written
            ],
            self._origin_of_changes(),
        )
        return {
            "type": "ir.actions.act_window_close",
            "infos": {"forecast_id": self.forecast_id.id, "targets": written},
        }
