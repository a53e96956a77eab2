from odoo import api, models
from odoo.fields import Domain

from ..boolean_search import boolean_search
from ..compat import memory_of_transaction

_MOVED = "crm_territory.moved_under_requests"


class CrmTerritoryRequest(models.Model):
    """Who decides a request: the line that has the record when it is decided."""

    _inherit = "crm.territory.request"

    @api.depends_context("uid")
    @api.depends("state")
    def _compute_user_may_decide(self):
        found = self._to_decide(Domain("id", "in", self.ids))
        for request in self:
            request.user_may_decide = request.sudo() in found

    def _search_user_may_decide(self, operator, value):
        # the record is nothing that a client may search by: ids
        found = self._to_decide(Domain.TRUE)
        return boolean_search(operator, value, Domain("id", "in", found.ids))

    @api.model
    def _to_decide(self, domain):
        """Those of a domain that the user decides and whose record the user sees: with
        all rights.
        """
        found = self.sudo().search(domain & self._to_decide_domain())
        return found.filtered(
            lambda request: request._record().sudo(False).has_access("read")
        )

    @api.model
    def _to_decide_domain(self):
        """The open requests that the user decides: of records that now lie in what the
        user manages, or, where no territory has them, of the plans that the user is
        responsible for. Sales managers decide all. Nobody else decides what he asked
        for himself.
        """
        is_open = Domain("state", "=", "open")
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return is_open
        others = Domain("user_id", "!=", self.env.uid)
        return is_open & others & (self._managed_domain() | self._responsible_domain())

    @api.model
    def _managed_domain(self):
        """Of records in territories of the request's plan that the user manages."""
        scope = self.env.user._territory_scope()
        managed = self.env["crm.territory"].sudo()
        managed = managed.browse(set(scope.managed_ids).intersection(scope.live_ids))
        found = Domain.FALSE
        for plan, territories in managed.grouped("plan_id").items():
            set_ids = self.env["crm.territory.set"]._ids_with_any(territories.ids)
            found |= Domain("plan_id", "=", plan.id) & _lies_in(set_ids)
        return found

    @api.model
    def _responsible_domain(self):
        """Of records in no territory, of plans that the user is responsible for."""
        plans = self.env["crm.territory.plan"].sudo()
        found = Domain.FALSE
        for plan in plans.search([("user_id", "=", self.env.uid)]):
            territories = plan.with_context(active_test=False).territory_ids
            set_ids = self.env["crm.territory.set"]._ids_with_any(territories.ids)
            found |= Domain("plan_id", "=", plan.id) & ~_lies_in(set_ids)
        return found

    def _may_be_decided_by(self, user):
        """Whether a user sees the request and its record, and decides it now."""
        self.ensure_one()
        request = self.with_user(user).with_context(
            allowed_company_ids=user.company_ids.ids
        )
        request.invalidate_recordset(["user_may_decide"])
        return (
            request.has_access("read")
            and request.user_may_decide
            and request._record().has_access("read")
        )

    def _decider(self):
        """Whom the request is put to: the nearest manager of the line that has the
        record, by its credited territory, else the plan's responsible, or a sales
        manager. Empty if there is nobody.
        """
        self.ensure_one()
        asked = self.env["res.users"]
        for user in self._possible_deciders():
            if user.active and user not in asked | self.user_id:
                if self._may_be_decided_by(user):
                    return user
                asked |= user
        return asked.browse()

    def _possible_deciders(self):
        """Yield users, the nearest first; one may come again."""
        request = self.sudo()
        record = request._record()
        territories = record.territory_ids.filtered(
            lambda territory: territory.plan_id == request.plan_id
        )
        for territory in (record.territory_id & territories) | territories:
            for managers in territory._managers_upwards():
                yield from managers
        yield from request.plan_id.user_id
        managers = self.env.ref("sales_team.group_sale_manager").sudo().all_user_ids
        yield from managers.sorted(
            lambda user: (user.company_id != request.company_id, user.id)
        )

    # -- called

    @api.model_create_multi
    def create(self, vals_list):
        requests = super().create(vals_list)
        requests._call_decider()
        return requests

    def _call_decider(self):
        """Let the open requests be an activity of whoever decides them now."""
        for request in self.sudo().filtered(lambda request: request.state == "open"):
            decider = request._decider()
            activities = request._calls()
            if activities:
                if activities.user_id != decider:
                    activities.user_id = decider
            elif decider:
                request._call(decider)

    def _words_of_call(self):
        return self.env._("Decide on a request"), self.env._(
            "%(user)s requests a record for %(territory)s: %(reason)s",
            user=self.user_id.name,
            territory=self.territory_id.complete_name,
            reason=self.reason,
        )

    @api.model
    def _call_deciders_of_moved(self):
        """Put the open requests of what this transaction moved to who has it now."""
        moved = memory_of_transaction(self.env, _MOVED)
        ids = {name: list(moved.pop(name, ())) for name in ("res.partner", "crm.lead")}
        requests = self.search(
            Domain("state", "=", "open")
            & (
                Domain("partner_id", "in", ids["res.partner"])
                | Domain("lead_id", "in", ids["crm.lead"])
            )
        )
        if requests:
            requests._call_decider()
            self.env.flush_all()

    @api.model
    def _call_deciders_of_today(self):
        """Put the open requests to who decides them today: managers come and go. (Not
        those whose activity somebody has marked done.)
        """
        activities = self.env["mail.activity"].sudo()
        waiting = activities.search([("res_model", "=", self._name)])
        self.sudo().browse(waiting.mapped("res_id")).exists()._call_decider()


class CrmTerritoryMixin(models.AbstractModel):
    """Requests follow what they are for."""

    _inherit = "crm.territory.mixin"

    @api.model
    def _after_move(self, changed, assignment):
        """Call the deciders at the end of the transaction, where fields can be written.
        1 query there.
        """
        result = super()._after_move(changed, assignment)
        moved = memory_of_transaction(self.env, _MOVED)
        if not moved:
            requests = self.env["crm.territory.request"].sudo()
            self.env.cr.precommit.add(requests._call_deciders_of_moved)
        ids = moved.setdefault(self._name, set())
        ids.update(decision.record_id for decision in changed if not decision.is_new)
        return result

    def unlink(self):
        """The requests go with their activities, which the database would leave."""
        self.check_access("unlink")
        column = "lead_id" if self._name == "crm.lead" else "partner_id"
        requests = self.env["crm.territory.request"].sudo()
        requests.search([(column, "in", self.ids)]).unlink()
        return super().unlink()


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _merge_dependences(self, opportunities):
        """The open requests for merged leads are for the one that stays, where there is
        none for the same territory.
        """
        result = super()._merge_dependences(opportunities)
        requests = self.env["crm.territory.request"].sudo()
        found = requests.search(
            [("lead_id", "in", (self | opportunities).ids), ("state", "=", "open")],
            order="id",
        )
        asked = found.filtered(lambda request: request.lead_id == self).territory_id
        for request in found:
            if request.territory_id not in asked:
                request.lead_id = self
                asked |= request.territory_id
        return result


class CrmTerritory(models.Model):
    _inherit = "crm.territory"

    def unlink(self):
        self.check_access("unlink")
        requests = self.env["crm.territory.request"].sudo()
        requests.search([("territory_id", "in", self.ids)]).unlink()
        return super().unlink()


def _lies_in(set_ids):
    """Of records whose territories are one of the sets."""
    return Domain("partner_id.territory_set_id", "in", set_ids) | Domain(
        "lead_id.territory_set_id", "in", set_ids
    )
