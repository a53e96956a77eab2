from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine import asked
from .crm_territory_forecast_attainment import AMOUNTS, OF_SUMS

# what tells groups apart, and has few values beside the opportunities of a company
_LEVELS = {"territory_1_id", "territory_2_id", "territory_3_id"}
_FEW = {
    *_LEVELS,
    *("territory_id", "forecast_id", "company_id", "currency_id", "user_id"),
    *("date_start", "kind", "category"),
}
# the context keys of the fields by which groups are asked for, and of all by which rows
# are summed up before; no client sends sets
_GROUPED = "attainment_grouped"
_SUMMED = "attainment_summed"


class CrmTerritoryForecastAttainment(models.Model):
    """Groups of rows: where they ask for sums by what has few values, rows are summed
    up by these once, and what comes of it by each set of groups.
    """

    _inherit = "crm.territory.forecast.attainment"

    @api.model
    def _read_grouping_sets(self, domain, grouping_sets, aggregates=(), order=None):
        names = {spec.partition(":")[0] for each in grouping_sets for spec in each}
        report = self
        if len(grouping_sets) > 1 and names <= _FEW and all(map(_is_sum, aggregates)):
            # sums tell their currency, whatever they are grouped by
            names.add("currency_id")
            report = self.with_context(**{_GROUPED: frozenset(names)})
        return super(CrmTerritoryForecastAttainment, report)._read_grouping_sets(
            domain, grouping_sets, aggregates, order
        )

    def _search_left(self, domain, *args, **options):
        names = self._names_asked(domain)
        if not names or self._has_frozen():
            return super()._search_left(domain, *args, **options)
        report = self.with_context(**{_SUMMED: names})
        query = super(CrmTerritoryForecastAttainment, report)._search_left(
            domain, *args, **options
        )
        vars(query).update(_is_summed=True, _read_once={"_has_frozen": False})
        return query

    @api.model
    def _names_asked(self, domain):
        """The fields by which rows may be summed up; None if not."""
        grouped = self.env.context.get(_GROUPED)
        if not isinstance(grouped, frozenset):
            return None
        rules = self.env["ir.rule"]._compute_domain(self._name, "read")
        rules = Domain(rules).optimize_full(self.sudo())
        names = asked.names_of(domain & rules)
        return grouped | names if names is not None and names <= _FEW else None

    @api.model
    def _summed_up(self, rows):
        names = self.env.context.get(_SUMMED)
        if not isinstance(names, frozenset):
            return super()._summed_up(rows)
        # levels are those of the territory
        names = SQL(", ").join(
            SQL.identifier(name) for name in sorted(names - _LEVELS | {"territory_id"})
        )
        return SQL(
            "SELECT %(names)s, %(sums)s, count(*) AS row_count FROM (%(rows)s) AS told"
            " GROUP BY %(names)s",
            names=names,
            sums=SQL(", ").join(
                SQL("sum(%(name)s) AS %(name)s", name=SQL.identifier(name))
                for name in AMOUNTS
            ),
            rows=rows,
        )

    @api.model
    def _row_id(self):
        if isinstance(self.env.context.get(_SUMMED), frozenset):
            return SQL("NULL::int8")
        return super()._row_id()

    def _no_rows(self):
        return SQL(
            "SELECT none.*, 0 AS row_count FROM (%s) AS none", super()._no_rows()
        )

    def _read_group_select(self, aggregate_spec, query):
        if aggregate_spec == "__count" and "_is_summed" in vars(query):
            return SQL(
                "COALESCE(sum(%s), 0)::int8", SQL.identifier(self._table, "row_count")
            )
        return super()._read_group_select(aggregate_spec, query)


def _is_sum(aggregate_spec):
    name, _colon, function = aggregate_spec.partition(":")
    if name in AMOUNTS:
        return function in ("sum", "sum_currency")
    return name in OF_SUMS or aggregate_spec in (
        "__count",
        "currency_id:array_agg_distinct",
    )
