from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.crm_territory.compat import domain_of_rules

from ..options import checked_amount, checked_options, checked_start
from .rights import Rights

_MODEL = "crm.territory.forecast.target"


class TargetWriter:
    """Sets many targets of a forecast at once: all of them or none.

    Reads once: the territories, members, frozen periods and targets that it is about.
    Writes by at most four statements, however many there are, what the ORM would write
    one by one; who may is asked of ``Rights``, as the record rules do. Used by the
    sheet and by the wizards.

    :param origin: how it is done, for the log
    """

    def __init__(self, forecast, origin):
        self.forecast = forecast
        self.env = forecast.env
        self.origin = origin
        self.rights = Rights(self.env)
        self.targets = self.env[_MODEL]

    def set(self, values):
        """Set targets, or unset those whose amount is None.

        :param values: list of {territory_id, user_id, date_start, amount}
        :return: the number of targets that changed
        """
        wanted = self._wanted(values)
        self._check_not_frozen(wanted)
        current = self._current(wanted)
        created = {
            key: amount
            for key, amount in wanted.items()
            if key not in current and amount is not None
        }
        changed = {
            key: amount
            for key, amount in wanted.items()
            if key in current and amount is not None and current[key][1] != amount
        }
        unset = [
            key for key, amount in wanted.items() if key in current and amount is None
        ]
        self._create(created)
        self._change({current[key][0]: amount for key, amount in changed.items()})
        self._unset([current[key][0] for key in unset])
        self._log(
            [
                *((key, None, amount) for key, amount in created.items()),
                *((key, current[key][1], amount) for key, amount in changed.items()),
                *((key, current[key][1], None) for key in unset),
            ]
        )
        return len(created) + len(changed) + len(unset)

    # -- what is wanted

    def _wanted(self, values):
        """{(territory id, user id or False, first day): amount or None}, checked: an
        error names the first cell that cannot be set. At most 3 queries.
        """
        if not isinstance(values, list):
            raise UserError(self.env._("Targets are set by a list of them."))
        for value in values:
            checked_options(self.env, value)
        existing = self._existing(values)
        # of a page, each row comes for every period, each period for every row
        rows, starts = set(), {}
        wanted = {}
        for value in values:
            row = (value.get("territory_id"), value.get("user_id") or False)
            day = str(value.get("date_start"))
            try:
                if row not in rows:
                    self._check_row(*row, *existing)
                    rows.add(row)
                if day not in starts:
                    starts[day] = checked_start(self.forecast, value.get("date_start"))
                amount = value.get("amount")
                if amount is not None:
                    amount = round(checked_amount(self.env, amount), 2)
            except UserError as error:
                raise type(error)(self._name_of_cell(value, error)) from error
            wanted[(*row, starts[day])] = amount
        return wanted

    def check_row(self, territory_id, user_id):
        """Raise an error unless there is such a row and the user may set it."""
        value = {"territory_id": territory_id, "user_id": user_id}
        self._check_row(territory_id, user_id, *self._existing([value]))

    def _existing(self, values):
        """The territories that the user sees: {id: whether the forecast speaks of it},
        and the ids of members.
        """
        territories = self.env["crm.territory"].with_context(active_test=False)
        users = self.env["res.users"].sudo().with_context(active_test=False)
        asked = {name: set() for name in ("territory_id", "user_id")}
        for value in values:
            for name, ids in asked.items():
                ids.add(value.get(name) or 0)
        found = territories.search_fetch(
            [("id", "in", list(asked["territory_id"]))], ["company_id"]
        )
        companies = (self.forecast.company_id, self.env["res.company"])
        members = users._search(
            Domain("id", "in", list(asked["user_id"])) & Domain("share", "=", False)
        )
        return (
            {t.id: t.company_id in companies for t in found},
            set(members.get_result_ids()) if asked["user_id"] - {0} else set(),
        )

    def _check_row(self, territory_id, user_id, territory_ids, user_ids):
        if territory_id not in territory_ids:
            raise ValidationError(self.env._("There is no such territory."))
        if user_id and user_id not in user_ids:
            raise ValidationError(self.env._("There is no such member."))
        self.rights.check_may_set(territory_id, user_id)
        if not territory_ids[territory_id]:
            raise ValidationError(
                self.env._(
                    "The territory is of another company than the forecast “%s”.",
                    self.forecast.name,
                )
            )

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

    def _check_not_frozen(self, wanted):
        frozen = self.forecast.sudo()._frozen_periods()
        found = sorted({start for _id, _user_id, start in wanted} & frozen.keys())
        if found:
            raise self.targets._error_of_frozen(self.forecast, found[0])

    def _current(self, wanted):
        """{key: (id, amount)} of the targets that are set. 1 query."""
        self.targets.flush_model()
        rows = self.env.execute_query(
            SQL(
                """
                SELECT territory_id, COALESCE(user_id, 0), date_start, id, amount
                  FROM crm_territory_forecast_target
                 WHERE forecast_id = %s AND territory_id = ANY(%s)
                   AND date_start = ANY(%s)
                """,
                self.forecast.id,
                list({key[0] for key in wanted}),
                list({key[2] for key in wanted}),
            )
        )
        found = {
            (territory_id, user_id or False, start): (id_, float(amount))
            for territory_id, user_id, start, id_, amount in rows
        }
        return {key: found[key] for key in wanted if key in found}

    # -- writing

    def _check_rules(self, ids, operation):
        """``check_access`` of these targets. Record rules are asked of PostgreSQL: of
        one after the other, as the ORM does, they would take as long as the writing.
        2 queries.
        """
        if self.env.su:
            return
        self.targets.check_access(operation)
        allowed = domain_of_rules(self.targets, operation)
        targets = self.targets.sudo()
        if targets.search_count(Domain("id", "in", ids) & allowed) < len(ids):
            self.targets.browse(ids).check_access(operation)

    def _create(self, created):
        """1 statement."""
        if not created:
            return
        self.targets.check_access("create")
        self.env["crm.territory"].flush_model(["plan_id"])
        self.forecast.flush_recordset(["company_id", "currency_id"])
        territory_ids, user_ids, starts = zip(*created, strict=True)
        rows = self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_forecast_target
                       (forecast_id, company_id, currency_id, territory_id, plan_id,
                        user_id, date_start, amount,
                        create_uid, write_uid, create_date, write_date)
                SELECT forecast.id, forecast.company_id, forecast.currency_id,
                       territory.id, territory.plan_id, NULLIF(made.user_id, 0),
                       made.date_start, made.amount,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM unnest(%(territory_ids)s::int[], %(user_ids)s::int[],
                              %(starts)s::date[], %(amounts)s::numeric[])
                       WITH ORDINALITY
                       AS made(territory_id, user_id, date_start, amount, number)
                  JOIN crm_territory_forecast AS forecast
                    ON forecast.id = %(forecast_id)s
                  JOIN crm_territory AS territory ON territory.id = made.territory_id
                 ORDER BY made.number
                RETURNING id
                """,
                uid=self.env.uid,
                now=self.env.cr.now(),
                territory_ids=list(territory_ids),
                user_ids=[user_id or 0 for user_id in user_ids],
                starts=list(starts),
                amounts=list(created.values()),
                forecast_id=self.forecast.id,
            )
        )
        self.targets.invalidate_model()
        self.forecast.invalidate_recordset(["target_ids"])
        self._check_rules([id_ for (id_,) in rows], "create")

    def _change(self, amounts):
        """1 statement.

        :param amounts: {id: amount}
        """
        if not amounts:
            return
        self._check_rules(list(amounts), "write")
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_territory_forecast_target AS target
                   SET amount = changed.amount, write_uid = %s, write_date = %s
                  FROM unnest(%s::int[], %s::numeric[]) AS changed(id, amount)
                 WHERE target.id = changed.id
                RETURNING target.id
                """,
                self.env.uid,
                self.env.cr.now(),
                list(amounts),
                list(amounts.values()),
            )
        )
        self.targets.invalidate_model()

    def _unset(self, ids):
        """1 statement."""
        if not ids:
            return
        self._check_rules(ids, "unlink")
        self.env.execute_query(
            SQL(
                "DELETE FROM crm_territory_forecast_target WHERE id = ANY(%s)"
                " RETURNING id",
                ids,
            )
        )
        self.targets.invalidate_model()
        self.forecast.invalidate_recordset(["target_ids"])

    def _log(self, changes):
        """Note what changed, in the name of the user, who may not write it by hand. 1
        statement.

        :param changes: (key, amount before or None, amount after or None)
        """
        if not changes:
            return
        keys = [key for key, _before, _after in changes]
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_forecast_target_change
                       (forecast_id, company_id, currency_id, territory_id, plan_id,
                        user_id, date_start, is_set_before, amount_before,
                        is_set_after, amount_after, difference, origin,
                        create_uid, write_uid, create_date, write_date)
                SELECT forecast.id, forecast.company_id, forecast.currency_id,
                       territory.id, territory.plan_id, NULLIF(change.user_id, 0),
                       change.date_start, before IS NOT NULL, COALESCE(before, 0),
                       after IS NOT NULL, COALESCE(after, 0),
                       COALESCE(after, 0) - COALESCE(before, 0), %(origin)s,
                       %(uid)s, %(uid)s, %(now)s, %(now)s
                  FROM unnest(%(territory_ids)s::int[], %(user_ids)s::int[],
                              %(starts)s::date[], %(before)s::numeric[],
                              %(after)s::numeric[])
                       AS change(territory_id, user_id, date_start, before, after)
                  JOIN crm_territory_forecast AS forecast
                    ON forecast.id = %(forecast_id)s
                  JOIN crm_territory AS territory ON territory.id = change.territory_id
                RETURNING id
                """,
                forecast_id=self.forecast.id,
                origin=self.origin,
                uid=self.env.uid,
                now=self.env.cr.now(),
                territory_ids=[key[0] for key in keys],
                user_ids=[key[1] or 0 for key in keys],
                starts=[key[2] for key in keys],
                before=[before for _key, before, _after in changes],
                after=[after for _key, _before, after in changes],
            )
        )
        self.env["crm.territory.forecast.target.change"].invalidate_model()
