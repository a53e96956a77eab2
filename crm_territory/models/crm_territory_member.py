from contextlib import contextmanager

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from ..boolean_search import boolean_search
from ..engine.owner_policy import Candidate

# what decides which of its territories a record of the member is credited to
_CREDIT_FIELDS = frozenset({"user_id", "territory_id", "date_start", "date_end"})
# what decides whether the member can get leads
_GIVING_FIELDS = _CREDIT_FIELDS | {"is_manager", "capacity"}


class CrmTerritoryMember(models.Model):
    """A user in a territory, from one day to another."""

    _name = "crm.territory.member"
    _description = "Territory Member"
    _inherit = ["crm.territory.line.mixin"]
    _order = "territory_id, is_manager desc, sequence, id"

    territory_id = fields.Many2one(
        "crm.territory", required=True, index=True, ondelete="cascade"
    )
    plan_id = fields.Many2one(
        string="Territory Plan", related="territory_id.plan_id", store=True
    )
    company_id = fields.Many2one(related="territory_id.company_id", store=True)
    sequence = fields.Integer(default=10)
    user_id = fields.Many2one(
        "res.users",
        required=True,
        index=True,
        ondelete="cascade",
        domain=[("share", "=", False)],
    )
    user_active = fields.Boolean(related="user_id.active", string="User Is Active")
    role_id = fields.Many2one("crm.territory.role", ondelete="restrict")
    permission = fields.Selection(related="territory_id.permission")
    is_manager = fields.Boolean(
        "Manager",
        help="Assigns by hand and edits members and criteria, here and below.",
    )
    date_start = fields.Date("From", help="Empty: since ever.")
    date_end = fields.Date("To", help="The last day. Empty: without end.")
    weight = fields.Integer(
        default=1, help="The share of new leads compared with the other members."
    )
    capacity = fields.Integer(
        help="The most open leads and opportunities that the member may own in this"
        " territory. 0: no limit.",
    )
    last_assigned = fields.Datetime(readonly=True, copy=False)
    last_turn = fields.Integer(
        readonly=True, copy=False, help="Counts the leads given in the territory."
    )
    is_current = fields.Boolean(
        "Member Today", compute="_compute_is_current", search="_search_is_current"
    )

    _known_by = ("territory_id", "user_id", "date_start")
    _one_row = models.Constraint(
        """EXCLUDE USING gist (
            int4range(territory_id, territory_id, '[]') WITH &&,
            int4range(user_id, user_id, '[]') WITH &&,
            daterange(date_start, date_end, '[]') WITH &&
        ) DEFERRABLE""",
        "The user is a member of this territory already in that time: end that"
        " membership first, or change its dates.",
    )
    _date_order = models.Constraint(
        "CHECK (date_start <= date_end)", "A membership cannot end before it starts."
    )
    _weight_positive = models.Constraint(
        "CHECK (weight > 0)", "The weight of a member is at least 1."
    )
    _capacity_positive = models.Constraint(
        "CHECK (capacity >= 0)", "The capacity of a member cannot be negative."
    )

    @api.constrains("user_id", "territory_id")
    def _check_company(self):
        """A member works for the company of the plan, or for a branch of it."""
        for member in self:
            companies = member.plan_id._covers()
            if companies and companies.isdisjoint(member.user_id.company_ids.ids):
                raise ValidationError(
                    self.env._(
                        "%(user)s does not work for %(company)s, whose plan"
                        " “%(territory)s” is of.",
                        user=member.user_id.name,
                        company=member.plan_id.company_id.name,
                        territory=member.territory_id.complete_name,
                    )
                )

    @api.depends("date_start", "date_end", "plan_id.tz")
    def _compute_is_current(self):
        for member in self:
            plan = member.plan_id.sudo()
            today = plan._today() if plan else fields.Date.context_today(self)
            member.is_current = (member.date_start or today) <= today and (
                member.date_end or today
            ) >= today

    def _search_is_current(self, operator, value):
        current = self.env["crm.territory.plan"]._domain_of_days(
            lambda today: (
                Domain("date_start", "=", False) | Domain("date_start", "<=", today)
            )
            & (Domain("date_end", "=", False) | Domain("date_end", ">=", today))
        )
        return boolean_search(operator, value, current)

    @api.depends("user_id", "territory_id")
    def _compute_display_name(self):
        for member in self:
            member.display_name = (
                f"{member.user_id.name} ({member.territory_id.display_name})"
            )

    @api.model_create_multi
    def create(self, vals_list):
        members = super().create(vals_list)
        members._judge_credit()
        self.env["crm.territory"]._give_waiting_later()
        return members

    def write(self, vals):
        if not _CREDIT_FIELDS.isdisjoint(vals):
            self._check_not_ones_own()
        credit = not _CREDIT_FIELDS.isdisjoint(vals)
        before = self._credited_records() if credit else None
        result = super().write(vals)
        if credit:
            self._judge_credit(before)
        if not _GIVING_FIELDS.isdisjoint(vals):
            self.env["crm.territory"]._give_waiting_later()
        return result

    def unlink(self):
        records, plans = self._credited_records(), self.plan_id
        result = super().unlink()
        self.browse()._judge_credit(records, plans)
        return result

    @contextmanager
    def _changed_together(self):
        """What is written within may overlap meanwhile, but not at the end: a border
        between two memberships moves as a whole, whichever line is written first.
        """
        self.env.cr.execute("SET CONSTRAINTS crm_territory_member_one_row DEFERRED")
        yield
        self.flush_model()
        self.env.cr.execute("SET CONSTRAINTS crm_territory_member_one_row IMMEDIATE")

    def _check_not_ones_own(self):
        """Nobody says himself how long he is a manager: who is above him does."""
        user = self.env.user
        if self.env.su or user._shapes_all_territories():
            return
        own = self.filtered(lambda member: member.user_id == user and member.is_manager)
        managed = set(user._managed_territories().ids)
        for territory in own.territory_id.sudo():
            if managed.isdisjoint(territory._path_ids()[:-1]):
                raise AccessError(
                    self.env._(
                        "How long you manage “%s” is for a manager above, or for a"
                        " sales administrator, to say.",
                        territory.complete_name,
                    )
                )

    def _judge_credit(self, records=(), plans=None):
        """Judge again which territory the members' own records are credited to."""
        (plans or self.plan_id)._note_revision()
        for found in (*records, *self._credited_records()):
            found._judge_later()

    def _credited_records(self):
        """The accounts and leads that the users own in the territories. 3 queries."""
        if not self:
            return ()
        set_ids = self.env["crm.territory.set"]._ids_with_any(self.territory_id.ids)
        domain = [
            ("user_id", "in", self.user_id.ids),
            ("territory_set_id", "in", set_ids),
        ]
        return [
            self.env[model_name].sudo().with_context(active_test=False).search(domain)
            for model_name in ("res.partner", "crm.lead")
        ]

    @api.model
    def _judge_started_and_ended(self, plan, last, today):
        """Credit anew where a membership started after the day ``last``, up to today,
        or was over in that time; and give leads to those who are there now.
        """
        started = Domain("date_start", ">", last) & Domain("date_start", "<=", today)
        ended = Domain("date_end", ">=", last) & Domain("date_end", "<", today)
        members = self.sudo().search(
            Domain("plan_id", "=", plan.id) & (started | ended)
        )
        if members:
            members._judge_credit()
            self.env["crm.territory"]._give_waiting_later()

    def _as_candidate(self, load):
        """What the choice of an owner looks at."""
        return Candidate(
            id=self.id,
            load=load,
            capacity=self.capacity,
            weight=self.weight,
            sequence=self.sequence,
            is_manager=self.is_manager,
            last_turn=self.last_turn,
        )

    @api.model
    @api.readonly
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Territory Members"),
                "template": "/crm_territory/static/templates/member.csv",
            }
        ]
