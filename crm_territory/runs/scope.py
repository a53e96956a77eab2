"""Which records a run is about."""

from functools import cached_property

import pytz

from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import safe_eval

from .states import ACCOUNTS, LEADS


class Scope:
    """The records of a run, as its plan covers them and its fields choose among them.

    :param run: in the environment of who asks: it sees territories and chosen records
        by his rights, all others without limit; one that is not saved will do
    """

    def __init__(self, run):
        self.run = run
        self.env = run.env

    @property
    def is_complete(self):
        """Whether these are all that the plan covers."""
        return self.run.scope == "all" and not self.run.only_missing

    def model(self, name):
        """The model of a phase, whose archived records count as well."""
        return self.env[name].sudo().with_context(active_test=False)

    def domain(self, name):
        """The records of a model.

        :raise UserError: nothing but the web client can read the saved filter
        """
        run = self.run
        domain = run.plan_id._cover_domain(name)
        if name == LEADS and not run.include_closed:
            domain &= self.env["crm.lead"]._open_domain()
        if run.only_missing:
            domain &= Domain("territory_set_id", "=", False)
        return domain & self._chosen(name)

    def query(self, name):
        """The same, as a query."""
        return self.model(name)._search(self.domain(name))

    def count(self):
        """How many accounts and leads these are. 2 queries."""
        return sum(
            self.model(name).search_count(self.domain(name))
            for name in (ACCOUNTS, LEADS)
        )

    def _chosen(self, name):
        run = self.run
        if run.scope == "filter":
            return self._filtered if run.filter_id.model_id == name else Domain.FALSE
        if run.scope == "selection":
            if name == LEADS:
                return Domain("id", "in", run.lead_ids.ids)
            accounts = run.partner_ids.commercial_partner_id
            if run.is_dry:
                # what the leads would get from their accounts needs these first
                accounts |= run.lead_ids.partner_id.commercial_partner_id
            return Domain("id", "in", accounts.ids)
        return Domain.TRUE

    @cached_property
    def _filtered(self):
        """The domain of the saved filter, as it is for who started the run."""
        saved_filter, user = self.run.filter_id, self.run.user_id
        tz = pytz.timezone(user.tz or self.run.plan_id.tz)
        names = {
            "uid": user.id,
            "context_today": lambda: safe_eval.datetime.datetime.now(tz).date(),
            "current_date": safe_eval.datetime.datetime.now(tz).date().isoformat(),
            "datetime": safe_eval.datetime,
            "relativedelta": safe_eval.dateutil.relativedelta.relativedelta,
            "time": safe_eval.time,
        }
        try:
            domain = Domain(safe_eval.safe_eval(saved_filter.domain or "[]", names))
            domain.validate(self.env[saved_filter.model_id].sudo())
        except Exception as error:
            raise UserError(
                self.env._(
                    "The saved filter “%(filter)s” cannot be read by a run: %(error)s",
                    filter=saved_filter.name,
                    error=error,
                )
            ) from error
        return domain

    # -- a territory and what lies below

    @cached_property
    def line(self):
        """The territory of the run and those below it, archived ones, too; None: it is
        over no territory.
        """
        if self.run.scope != "territory":
            return None
        territories = self.env["crm.territory"].with_context(active_test=False)
        return territories.search([("id", "child_of", self.run.territory_id.ids)])

    def set_ids_of_line(self):
        """The sets in which a territory of the line is: ids. Judging makes new ones."""
        return self.env["crm.territory.set"]._ids_with_any(self.line.ids)

    def narrow(self, decisions):
        """Of a run over a territory: the decisions on records that are in its line, or
        would be.
        """
        if self.line is None:
            return decisions
        set_ids = set(self.set_ids_of_line())
        return [
            decision
            for decision in decisions
            if decision.before[0] in set_ids or decision.after[0] in set_ids
        ]
