from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.crm_territory.engine import access

# what keeps a territory from being deleted
_KEPT = (
    "crm.territory.forecast.target",
    "crm.territory.forecast.target.change",
    "crm.territory.forecast.call",
    "crm.territory.forecast.snapshot.line",
    "crm.territory.forecast.snapshot.target",
)


class CrmTerritory(models.Model):
    _name = "crm.territory"
    _inherit = ["crm.territory", "crm.territory.progress.mixin"]

    def _check_without_records(self):
        """Targets outlive a reorganisation: their territory is archived instead."""
        result = super()._check_without_records()
        for model_name in _KEPT:
            model = self.env[model_name].sudo()
            found = model.search([("territory_id", "in", self.ids)], limit=1)
            if found:
                raise UserError(
                    self.env._(
                        "“%(territory)s” cannot be deleted: there are targets, their"
                        " history or calls of it. Archive it: they are kept, and"
                        " forecasts as they were still show them.",
                        territory=found.territory_id.complete_name,
                    )
                )
        return result

    @api.model
    def _by_own_criteria(self, territory_ids):
        """Of the territories, those with criteria for opportunities: what puts a deal
        there is the deal, not its account. No query yet.

        :return: a query of rules, whose ``territory_id`` they are
        """
        return (
            self.env["crm.territory.rule"]
            .sudo()
            ._search(
                [
                    ("territory_id", "in", list(territory_ids)),
                    ("applies_to", "=", "opportunity"),
                ]
            )
        )

    @api.model
    def _line_ids(self, is_manager=False):
        """The ids of the territories, also archived ones, that the user is a member of
        today, with all below. 1 query in a transaction.

        :param bool is_manager: only those that the user manages
        """
        # beside what crm_territory remembers of the user: forgotten with it
        memory = self.env.cr.cache.setdefault(access.CACHE_KEY, {})
        key = ("line", self.env.uid, fields.Date.today(), False)
        if key not in memory:
            memory[key] = self._find_line(fields.Date.today())
        line, managed = memory[key]
        return managed if is_manager else line

    @api.model
    def _find_line(self, today):
        names = ["territory_id", "user_id", "is_manager", "date_start", "date_end"]
        self.env["crm.territory.member"].flush_model(names)
        self.flush_model(["parent_path"])
        rows = self.env.execute_query(
            SQL(
                """
                SELECT below.id, bool_or(member.is_manager)
                  FROM crm_territory_member AS member
                  JOIN crm_territory AS territory ON territory.id = member.territory_id
                  JOIN crm_territory AS below
                    ON below.parent_path LIKE territory.parent_path || '%%'
                 WHERE member.user_id = %s
                   AND daterange(member.date_start, member.date_end, '[]') @> %s::date
                 GROUP BY below.id
                """,
                self.env.uid,
                today,
            )
        )
        return (
            frozenset(territory_id for territory_id, _is_manager in rows),
            frozenset(territory_id for territory_id, is_manager in rows if is_manager),
        )
