from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Domain

# what one writes of a decision without deciding again
_WORDS = frozenset({"reason", "user_id"})


class CrmTerritoryOverride(models.Model):
    """A person's decision on one record: put in, or keep out. Beats every rule."""

    _name = "crm.territory.override"
    _description = "Territory Override"
    _inherit = ["crm.territory.line.mixin", "crm.territory.leaving.mixin"]
    _order = "create_date desc, id desc"
    _rec_name = "territory_id"

    territory_id = fields.Many2one(
        "crm.territory", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(
        string="Territory Plan", related="territory_id.plan_id", store=True
    )
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    partner_id = fields.Many2one(
        "res.partner",
        string="Account",
        index="btree_not_null",
        ondelete="cascade",
        domain="[('commercial_partner_id', '=', id)]",
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        index="btree_not_null",
        ondelete="cascade",
    )
    decision = fields.Selection(
        [("in", "Put In"), ("out", "Keep Out")], default="in", required=True
    )
    reason = fields.Char(required=True)
    date_end = fields.Date(
        "Expires", index="btree_not_null", help="The last day that it holds."
    )
    is_expired = fields.Boolean("Expired", readonly=True, copy=False)
    user_id = fields.Many2one(
        "res.users",
        string="Decided By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )

    _known_by = ("territory_id", "partner_id", "lead_id")
    _one_record = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id) = 1)",
        "An override is on one account, or on one lead or opportunity.",
    )
    _partner_uniq = models.UniqueIndex(
        "(partner_id, territory_id)"
        " WHERE partner_id IS NOT NULL AND is_expired IS NOT TRUE",
        "There is an override of this account for this territory already.",
    )
    _lead_uniq = models.UniqueIndex(
        "(lead_id, territory_id) WHERE lead_id IS NOT NULL AND is_expired IS NOT TRUE",
        "There is an override of this lead for this territory already.",
    )

    @api.depends("territory_id", "decision")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["decision"]._description_selection(self.env))
        for override in self:
            override.display_name = self.env._(
                "%(name)s: %(words)s",
                name=labels[override.decision],
                words=override.territory_id.display_name,
            )

    @api.constrains("partner_id", "decision")
    def _check_account(self):
        for override in self:
            partner = override.partner_id
            if partner and override.decision == "in" and partner._is_ours():
                raise ValidationError(
                    self.env._(
                        "“%s” is a colleague or one of your own companies, which no"
                        " territory takes: choose an account.",
                        partner.display_name,
                    )
                )
            account = override.partner_id.commercial_partner_id
            if override.partner_id != account:
                raise ValidationError(
                    self.env._(
                        "“%(contact)s” follows its account “%(account)s”: decide for"
                        " the account.",
                        contact=override.partner_id.display_name,
                        account=account.display_name,
                    )
                )

    @api.model
    def _known_domain(self):
        """What expired is not decided again by a file: that is a new decision."""
        return Domain("is_expired", "=", False)

    @api.model
    def _decide(self, record, territory, decision, reason):
        """Decide about a record until somebody decides again, whatever was decided
        before.
        """
        column = "lead_id" if record._name == "crm.lead" else "partner_id"
        key = {column: record.id, "territory_id": territory.id}
        values = {"decision": decision, "reason": reason, "date_end": False}
        present = self.search(
            [("is_expired", "=", False)]
            + [(name, "=", value) for name, value in key.items()]
        )
        if not present:
            self.create({**key, **values})
        elif self.env.su:
            present.write({**values, "user_id": self.env.uid})
        else:
            present.write(values)

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        overrides._check_readable()
        overrides._check_unlocked()
        overrides._check_may_put_in()
        overrides._judge_records()
        overrides.plan_id._note_change()
        return overrides

    def write(self, vals):
        self._check_engine_fields(vals)
        before = self._records()
        plans = self.plan_id
        if not self.env.su:  # who decides stands behind the decision
            vals = dict(vals, user_id=self.env.uid)
            self = self._as_engine("user_id", "is_expired")
        result = super().write(vals)
        self._check_readable()
        if not vals.keys() <= _WORDS:
            self._check_unlocked()
            self._check_may_put_in()
        if "date_end" in vals and "is_expired" not in vals:
            self.filtered("is_expired").filtered(
                lambda override: override._is_in_force()
            ).is_expired = False
        if not vals.keys() <= _WORDS:
            # time alone moves no closed opportunity (design 3.10)
            self._judge_records(before, include_closed=vals.keys() != {"is_expired"})
            if vals.keys() != {"is_expired"}:
                (plans | self.plan_id)._note_change()
        return result

    def unlink(self):
        records = self._records()
        plans = self.plan_id
        self.filtered(lambda override: not override.is_expired)._check_unlocked()
        result = super().unlink()
        plans.exists()._note_change()
        self.browse()._judge_records(records)
        return result

    def _leaving_place(self):
        """Where the record is that the decision is about: one that is not seen any more
        takes what was decided about it along.
        """
        override = self.sudo()
        record = override.lead_id or override.partner_id
        return record.sudo(False)._leaving_place()

    def _check_readable(self):
        """Nobody pulls a record into a territory who may not see it."""
        if not self.env.su:
            self.partner_id.check_access("read")
            self.lead_id.check_access("read")

    def _check_may_put_in(self):
        """A manager takes what lies in his line, what nobody has, or what he may change
        together with the open leads that it brings; for all else there are requests
        (design 5b).
        """
        if self.env.su or self.env.user._shapes_all_territories():
            return
        put_in = self.filtered(lambda override: override.decision == "in")
        refused = put_in.lead_id._not_taken_by_user()
        refused = refused or put_in.partner_id._not_taken_by_user()
        if refused:
            raise AccessError(
                self.env._(
                    "“%(record)s” is not yours to put in: it lies in another line of"
                    " territories, is somebody's, or brings what you may not change."
                    " Request it instead.",
                    record=refused[0].display_name,
                )
            )

    def _check_unlocked(self):
        """A person unlocks what is locked before he decides about it.

        :raise UserError: a record is locked
        """
        if self.env.su:
            return
        for override in self.sudo():
            record = override.lead_id or override.partner_id
            if record.territory_is_locked:
                raise UserError(
                    self.env._(
                        "“%s” is locked: its territories stay as they are. Unlock it"
                        " first, on its page Territories.",
                        record.display_name,
                    )
                )

    def _is_in_force(self):
        self.ensure_one()
        return not self.date_end or self.date_end >= self.plan_id._today()

    def _records(self):
        return self.sudo().partner_id, self.sudo().lead_id

    def _judge_records(self, before=None, include_closed=True):
        """Judge what the overrides are, or were, about."""
        partners, leads = before or (self.env["res.partner"], self.env["crm.lead"])
        in_force = self.filtered(lambda override: override.plan_id.state == "active")
        now_partners, now_leads = in_force._records()
        partners = (partners | now_partners).exists().commercial_partner_id
        leads = (leads | now_leads).exists()
        partners._judge_later()
        leads._judge_now(include_closed)

    @api.model
    def _judge_expired(self):
        """Judge the records whose overrides ended since the last check."""
        over = self.env["crm.territory.plan"]._domain_of_days(
            lambda today: Domain("date_end", "<", today)
        )
        expired = self.sudo().search(over & Domain("is_expired", "=", False))
        expired.is_expired = True

    @api.model
    @api.readonly
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Territory Overrides"),
                "template": "/crm_territory/static/templates/override.csv",
            }
        ]
