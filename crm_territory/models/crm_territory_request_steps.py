from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError


class CrmTerritoryRequest(models.Model):
    """The way of a request: asked, then accepted, declined or withdrawn."""

    _inherit = "crm.territory.request"

    # -- asked

    @api.model
    def _ask(self, record, territory, reason):
        """Request a record for a territory, as the user who asks.

        :param record: an account, lead or opportunity that the user may read
        :return: the request
        """
        if record._name == "res.partner":
            record.check_access("read")
            record = record.commercial_partner_id
        record.check_access("read")
        self._check_may_be_asked(record, territory)
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why it should be yours: who has it decides by that.")
            )
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        return (
            self._without_defaults()
            .sudo()
            .create(
                {
                    column: record.id,
                    "territory_id": territory.id,
                    "reason": reason.strip(),
                    "user_id": self.env.uid,
                }
            )
            .sudo(self.env.su)
        )

    @api.model
    def _check_may_be_asked(self, record, territory):
        """Raise an error unless the record can be requested for the territory."""
        if territory not in self._territories_to_ask_for():
            raise UserError(
                self.env._(
                    "Choose a territory of the active plan that you are a member of,"
                    " or that lies below one that you manage."
                )
            )
        covered = territory.plan_id.sudo()._covers()
        if record.company_id and covered and record.company_id.id not in covered:
            raise UserError(
                self.env._(
                    "“%(record)s” is of %(company)s, which the plan of %(territory)s"
                    " does not cover.",
                    record=record.display_name,
                    company=record.company_id.sudo().name,
                    territory=territory.name,
                )
            )
        if territory in record.sudo().territory_set_id.territory_ids:
            raise UserError(
                self.env._(
                    "“%(record)s” is in %(territory)s already.",
                    record=record.display_name,
                    territory=territory.name,
                )
            )
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        if self.sudo().search_count(
            [
                (column, "=", record.id),
                ("territory_id", "=", territory.id),
                ("state", "=", "open"),
            ]
        ):
            raise UserError(
                self.env._(
                    "“%(record)s” is requested for %(territory)s already: wait for the"
                    " decision.",
                    record=record.display_name,
                    territory=territory.name,
                )
            )

    @api.model
    def _territories_to_ask_for(self):
        """The territories in force that the user may request records for: those that
        the user is a member of, then those below what the user manages. Sales managers
        may for all.
        """
        territories = self.env["crm.territory"]
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return territories.search([("plan_state", "=", "active")])
        scope = self.env.user._territory_scope()
        memberships = self.env["crm.territory.member"].search(
            [("user_id", "=", self.env.uid), ("is_current", "=", True)]
        )
        found = memberships.territory_id | territories.browse(scope.managed_ids)
        return found._filtered_access("read").filtered(
            lambda territory: territory.id in scope.live_ids
        )

    # -- decided

    @api.readonly
    def action_open_record(self):
        """Open the account, lead or opportunity, if the user may see it."""
        self.check_access("read")
        record = self._record()
        record.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
        }

    def action_accept(self):
        """Put the records in by hand, in the name of who accepts."""
        for request in self._without_defaults():
            request._check_decides()
            request._close("accepted")
            request._put_in()
        return True

    def action_decline(self):
        """Ask why."""
        self.ensure_one()
        self._check_decides()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Decline"),
            "res_model": "crm.territory.request.decline",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_res_id": self.id},
        }

    def decline(self, reason):
        """Decline the requests, for a reason that the requesters are told."""
        if not isinstance(reason, str) or not reason.strip():
            raise UserError(self.env._("Say why you decline: the requester is told."))
        for request in self._without_defaults():
            request._check_decides()
            request._close("declined", reason.strip())
        return True

    def _check_decides(self):
        """Raise an error unless the request is open and the user decides it now."""
        self.ensure_one()
        self.check_access("read")
        self._check_open()
        if not self._may_be_decided_by(self.env.user) and not self.env.su:
            raise AccessError(
                self.env._(
                    "Decided by the managers of the territories that it is in now, or"
                    " of those above, and by sales managers; not by who requests it."
                )
            )

    def _check_open(self):
        if self.state != "open":
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "This request is decided already: %(state)s.",
                    state=labels[self.state],
                )
            )

    def _close(self, state, reason=False):
        request = self.sudo()
        is_decided = state != "withdrawn"
        request.write(
            {
                "state": state,
                "decider_id": is_decided and self.env.uid,
                "decision_date": fields.Datetime.now(),
                "decision_reason": reason,
            }
        )
        # who decides at the same time comes too late
        request.flush_recordset()
        request._done_with()
        if is_decided:
            request._tell_requester()

    def _tell_requester(self):
        requester = self.user_id
        request = self.with_context(lang=requester.lang)
        words = {
            "decider": request.decider_id.name,
            "request": request.display_name,
            "reason": request.decision_reason,
        }
        request.message_post(
            body=request.env._("%(decider)s accepted: %(request)s.", **words)
            if request.state == "accepted"
            else request.env._(
                "%(decider)s declined: %(request)s. %(reason)s", **words
            ),
            partner_ids=requester.filtered("active").partner_id.ids,
        )

    def _put_in(self):
        """Override the rules with both names in the reason. (As superuser: the decider
        need not manage the territory that gets the record.)
        """
        self._check_in_force()
        reason = self.env._(
            "Requested by %(requester)s: %(reason)s. Accepted by %(decider)s.",
            requester=self.user_id.name or self.env._("a former user"),
            reason=" ".join(self.reason.split()).rstrip("."),
            decider=self.env.user.name,
        )
        self.env["crm.territory.override"].sudo()._decide(
            self._record(), self.territory_id, "in", reason
        )

    def _check_in_force(self):
        """Raise a UserError if nothing is assigned to the territory any more."""
        territory = self.territory_id.sudo()
        line = territory.browse(territory._path_ids())
        if territory.plan_id.state != "active" or not all(line.mapped("active")):
            raise UserError(
                self.env._(
                    "%(territory)s is archived, or its plan is not active: decline the"
                    " request.",
                    territory=territory.complete_name,
                )
            )
