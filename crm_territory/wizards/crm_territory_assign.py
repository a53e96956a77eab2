from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date, format_list


class CrmTerritoryAssign(models.TransientModel):
    """A person decides: these records are in these territories, or kept out.

    Who may decide where is left to the access rules of the overrides; the wizard
    only says in plain words what they refuse.
    """

    _name = "crm.territory.assign"
    _description = "Assign Territories by Hand"

    partner_ids = fields.Many2many(
        "res.partner",
        string="Accounts",
        context={"active_test": False},
        help="Contacts follow their account, so it is the account that is assigned.",
    )
    lead_ids = fields.Many2many(
        "crm.lead",
        string="Leads and Opportunities",
        context={"active_test": False},
    )
    territory_ids = fields.Many2many(
        "crm.territory",
        string="Territories",
        # a string: Odoo also filters what it reads by a domain that is no string, and
        # territories that the user may not choose would vanish unnoticed
        domain="[('plan_state', '=', 'active')] if is_sales_manager else"
        " [('plan_state', '=', 'active'), ('user_is_manager', '=', True)]",
        help="Required, except to follow the rules again: then empty means all.",
    )
    is_sales_manager = fields.Boolean(compute="_compute_is_sales_manager")
    decision = fields.Selection(
        [
            ("in", "Put In"),
            ("out", "Keep Out"),
            ("reset", "Back to Rules"),
        ],
        default="in",
        required=True,
        help="Back to Rules takes back what was decided by hand before.",
    )
    reason = fields.Char(help="Why the rules are wrong here. Shown on the record.")
    date_end = fields.Date(
        "Expires", help="The last day that the decision holds. Empty: for good."
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        record_ids = self.env.context.get("active_ids") or []
        active_model = self.env.context.get("active_model")
        if active_model == "res.partner" and "partner_ids" in fields:
            partners = self.env["res.partner"].browse(record_ids)
            values.setdefault(
                "partner_ids", [Command.set(partners.commercial_partner_id.ids)]
            )
        elif active_model == "crm.lead" and "lead_ids" in fields:
            values.setdefault("lead_ids", [Command.set(record_ids)])
        return values

    @api.depends_context("uid")
    def _compute_is_sales_manager(self):
        self.is_sales_manager = self.env.user.has_group("sales_team.group_sale_manager")

    def action_assign(self):
        """Make, change or remove the overrides: for all records, or for none."""
        self.ensure_one()
        self._check_complete()
        seen = [
            records._filtered_access("read")
            for records in (self.partner_ids, self.lead_ids)
        ]
        try:
            with self.env.cr.savepoint():
                if self.decision == "reset":
                    message = self._remove_overrides()
                else:
                    message = self._decide()
        except AccessError as error:
            raise self._explain(error) from error
        for records in seen:
            if left := records._left_among(records):
                return self._leave(left, message)
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    @api.model
    def _leave(self, left, message):
        """What to show where the user decided about what he now sees no longer."""
        where = [message for _record, message in left._leaving_messages()]
        return {
            "type": "ir.actions.client",
            "tag": "crm_territory_leave",
            "params": {
                "messages": [message, *dict.fromkeys(where)],
                "res_model": left._name,
                "res_ids": left.ids,
            },
        }

    def _check_complete(self):
        """Say what is missing, or cannot be meant."""
        if not (self.partner_ids or self.lead_ids):
            raise UserError(
                self.env._("Choose the accounts, leads or opportunities to assign.")
            )
        if self.decision == "reset":
            return
        if not self.territory_ids:
            raise UserError(self.env._("Choose at least one territory."))
        idle = self.territory_ids.filtered(lambda t: t.plan_state != "active")
        if idle:
            raise UserError(
                self.env._(
                    "%(territory)s belongs to the plan %(plan)s, which is not active."
                    " Choose territories of the active plan.",
                    territory=idle[0].complete_name,
                    plan=idle[0].plan_id.name,
                )
            )
        if not (self.reason or "").strip():
            raise UserError(
                self.env._(
                    "Give a reason: others will ask why the rules were overruled."
                )
            )
        today = max(plan._today() for plan in self.territory_ids.plan_id)
        if self.date_end and self.date_end < today:
            raise UserError(
                self.env._(
                    "The decision would have expired on %s already. Choose today or"
                    " a later day, or leave it empty.",
                    format_date(self.env, self.date_end),
                )
            )

    def _decide(self):
        """Change the overrides that are there, make the others. 1 create call."""
        decided = {
            "decision": self.decision,
            "reason": self.reason.strip(),
            "date_end": self.date_end,
        }
        targets = self._target_values()
        # a record may leave by the first of several decisions
        for records in (self.partner_ids, self.lead_ids):
            self = self.with_env(records.with_env(self.env)._as_edited().env)
        present = self._present_overrides()
        known = {
            (override.territory_id.id, override.partner_id.id, override.lead_id.id)
            for override in present.sudo()
        }
        present.write(decided)
        self.env["crm.territory.override"].create(
            [
                {"territory_id": territory_id, **target, **decided}
                for target in targets
                for territory_id in self.territory_ids.ids
                if (territory_id, target["partner_id"], target["lead_id"]) not in known
            ]
        )
        return self._told(len(targets))

    def _told(self, count):
        """What was decided, in words."""
        names = format_list(self.env, self.territory_ids.mapped("name"))
        is_one, is_put_in = count == 1, self.decision == "in"
        if is_one and is_put_in:
            return self.env._("1 record put in by hand in %s.", names)
        if is_one:
            return self.env._("1 record kept out by hand of %s.", names)
        words = {"count": count, "territories": names}
        if is_put_in:
            return self.env._(
                "%(count)s records put in by hand in %(territories)s.", **words
            )
        return self.env._(
            "%(count)s records kept out by hand of %(territories)s.", **words
        )

    def _remove_overrides(self):
        present = self._present_overrides()
        count = len(present)
        present.unlink()
        return self.env._("Overrides removed: %s. The rules decide again.", count)

    def _target_values(self):
        """What an override of each record says of the record: list of dicts."""
        return [
            {"partner_id": account_id, "lead_id": False}
            for account_id in self.partner_ids.commercial_partner_id.ids
        ] + [{"partner_id": False, "lead_id": lead_id} for lead_id in self.lead_ids.ids]

    def _present_overrides(self):
        """The overrides in force of the records in the territories, seen by the user or
        not. (What has expired is history: it stays as it is.)

        Searched as superuser so that one that the user cannot see is refused by
        the access rules, not by the database as a duplicate.
        """
        domain = Domain(
            "partner_id", "in", self.partner_ids.commercial_partner_id.ids
        ) | Domain("lead_id", "in", self.lead_ids.ids)
        if self.territory_ids:
            domain &= Domain("territory_id", "in", self.territory_ids.ids)
        else:
            domain &= Domain("plan_id.state", "=", "active")
        domain &= Domain("is_expired", "=", False)
        return self.env["crm.territory.override"].sudo().search(domain).sudo(False)

    def _explain(self, error):
        """The refusal of the access rules in words that help."""
        present = self._present_overrides().sudo()
        territories = self.territory_ids or present.territory_id.sudo(False)
        foreign = territories.filtered(lambda t: not t.user_is_manager)
        if not foreign or self.is_sales_manager:
            return UserError(str(error))
        return UserError(
            self.env._(
                "You do not manage these territories, nor one above them:"
                " %(territories)s. Ask a manager of them, or a sales manager, to"
                " decide; or choose territories that you manage.",
                territories=format_list(
                    self.env, foreign.sudo().mapped("complete_name")
                ),
            )
        )
