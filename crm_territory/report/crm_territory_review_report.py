from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

# lines of a list on the page
_TOP = 10


class CrmTerritoryReviewReport(models.AbstractModel):
    """The page for the review meeting of a territory: its figures of the last twelve
    months, here and below, of what the user may see.
    """

    _name = "report.crm_territory.report_review"
    _description = "Territory Review"

    @api.model
    def _get_report_values(self, docids, data=None):
        # the page is in the language of the reader, whatever opened it
        self = self.with_context(lang=self.env.user.lang)
        territories = self.env["crm.territory"].browse(docids)
        territories.check_access("read")
        today = fields.Date.context_today(self)
        start = fields.Date.subtract(today, years=1) + timedelta(days=1)
        return {
            "doc_ids": docids,
            "doc_model": "crm.territory",
            "docs": territories,
            "date_start": start,
            "date_end": today,
            "top": _TOP,
            "reviews": {
                territory.id: self._review(territory, start, today)
                for territory in territories
            },
        }

    @api.model
    def _review(self, territory, start, end):
        """The figures of one page. A fixed number of queries."""
        credited = Domain("territory_id", "child_of", territory.id)
        period = Domain("date", ">=", start) & Domain("date", "<=", end)
        return {
            "currency": territory.company_currency_id,
            "members": territory.member_ids.filtered("is_current"),
            "won": self._won(credited & period),
            "stages": self._stages(credited),
            "opportunities": self.env["crm.lead"].search(
                credited & self._open_domain(),
                order="expected_revenue desc, id",
                limit=_TOP,
            ),
            "changes": self._changes(credited & period),
            **self._inactive_accounts(credited),
        }

    @api.model
    def _won(self, domain):
        names = {
            "amount": "won_amount:sum_currency",
            "amount_before": "won_amount_year_before:sum_currency",
            "growth": "won_growth:growth",
            "count": "won_count:sum",
            "average": "won_average:avg",
            "lost_count": "lost_count:sum",
            "win_rate": "win_rate:avg",
        }
        [figures] = self.env["crm.territory.revenue.report"]._read_group(
            domain, aggregates=list(names.values())
        )
        return dict(zip(names, figures, strict=True))

    @api.model
    def _open_domain(self):
        return Domain("type", "=", "opportunity") & Domain("won_status", "=", "pending")

    @api.model
    def _stages(self, domain):
        """[(stage, number, amount, weighted amount)] in the order of the pipeline."""
        return self.env["crm.lead"]._read_group(
            domain & self._open_domain(),
            ["stage_id"],
            ["__count", "expected_revenue:sum", "prorated_revenue:sum"],
        )

    @api.model
    def _changes(self, domain):
        """[(label of the kind, in, out, net)]"""
        report = self.env["crm.territory.change.report"]
        labels = dict(report._fields["kind"]._description_selection(self.env))
        return [
            (labels[kind], *figures)
            for kind, *figures in report._read_group(
                domain, ["kind"], ["moved_in:sum", "moved_out:sum", "net:sum"]
            )
        ]

    @api.model
    def _inactive_accounts(self, domain):
        report = self.env["crm.territory.coverage.report"]
        domain &= Domain("kind", "=", "account") & Domain("is_inactive", "=", True)
        found = report._read_group(
            domain,
            ["partner_id"],
            ["date_last_activity:max"],
            order="date_last_activity:max, partner_id",
        )
        return {"inactive": found[:_TOP], "inactive_count": len(found)}
