from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Command

from .. import handout_turns, large_tables
from ..compat import memory_of_transaction

_WAITING = "crm_territory.waiting"
_MOVED = "crm_territory.moved"
# a change of one of these can reopen a closed opportunity, or make somebody free
_STATUS_FIELDS = frozenset({"stage_id", "probability", "active"})
_IS_FORM = "crm_territory_is_form"
_IS_MAIL = "crm_territory_is_mail"
_SHOWN = 10  # leads that are named in one message


class CrmLead(models.Model):
    """Leads without salesperson get one from their territory, see ``handout``."""

    _inherit = "crm.lead"

    territory_owner_state = fields.Selection(
        [
            ("leader", "The team leader, as nobody was chosen"),
            ("creator", "Whoever made it, as nobody was chosen"),
            ("empty", "Left empty by hand"),
            ("undone", "Taken back with a run"),
        ],
        string="How the Salesperson Was Chosen",
        readonly=True,
        copy=False,
        help="Empty: by a person, or by the policy of the territory.",
    )
    territory_declined_user_ids = fields.Many2many(
        "res.users",
        "crm_lead_territory_declined_rel",
        "lead_id",
        "user_id",
        string="Gave It Back",
        readonly=True,
        copy=False,
        help="Salespeople who took themselves off: the territory does not give it to"
        " them again.",
    )

    _territory_waiting_idx = models.Index(large_tables.WAITING_LEADS)

    def _register_hook(self):
        """Mark leads of the web form whose salesperson nobody chose. (website_crm need
        not be there, and does not ask what it extends.)
        """
        result = super()._register_hook()
        model = self.env.registry[self._name]
        choose = getattr(model, "website_form_input_filter", None)
        if choose and not hasattr(choose, "origin"):

            def website_form_input_filter(self, request, values):
                is_chosen = values.get("user_id") or request.website.crm_default_user_id
                values = choose(self, request, values)
                if values.get("user_id") and not is_chosen:
                    values["territory_owner_state"] = "leader"
                return values

            website_form_input_filter.origin = choose
            model.website_form_input_filter = website_form_input_filter
        return result

    # -- when it is chosen, and by whom

    def web_save(self, vals, *args, **kwargs):
        """Who makes a lead in a form has it, and means it."""
        self = self.with_context(**{_IS_FORM: True})
        return super().web_save(vals, *args, **kwargs)

    @api.model_create_multi
    def create(self, vals_list):
        self._check_engine_fields(set().union(*vals_list))
        nobody_chooses = (
            not self.env.context.get(_IS_FORM)
            and "default_user_id" not in self.env.context
        )
        vals_list = [
            dict(vals, territory_owner_state="creator")
            if nobody_chooses and "user_id" not in vals
            else vals
            for vals in vals_list
        ]
        marking = self._as_engine("territory_owner_state")
        leads = super(CrmLead, marking).create(vals_list).with_env(self.env)
        if not self.env.context.get(_IS_MAIL):
            leads._give_at_once()
        return leads

    def write(self, vals):
        self._check_engine_fields(vals)
        is_by_person = "user_id" in vals and "territory_owner_state" not in vals
        given_back = self.browse()
        if is_by_person:
            if not vals["user_id"]:
                given_back = self._given_back()
            vals = dict(
                vals,
                territory_owner_state="empty"
                if not vals["user_id"] and self.env.uid != SUPERUSER_ID
                else False,
            )
        changes_status = not _STATUS_FIELDS.isdisjoint(vals)
        had_user = (is_by_person or changes_status) and bool(self.user_id)
        marking = self._as_engine("territory_owner_state")
        result = super(CrmLead, marking).write(vals)
        if given_back:
            declined = {
                "territory_declined_user_ids": [Command.link(self.env.uid)],
                "territory_owner_state": False,
            }
            super(CrmLead, given_back.sudo()).write(declined)
        if is_by_person or changes_status:
            self._wait_for_salesperson()
        if had_user:
            self.env["crm.territory"]._give_waiting_later()
        if "user_id" in vals and not is_by_person:
            return result  # this is how leads are given out
        watched = self.env["crm.territory.plan"]._watched().get("crm.lead", {})
        if is_by_person or changes_status or not watched.keys().isdisjoint(vals):
            self._give_at_once()
        return result

    def unlink(self):
        had_user = bool(self.user_id)
        result = super().unlink()
        if had_user:
            self.env["crm.territory"]._give_waiting_later()
        return result

    def _given_back(self):
        """The leads that the user owns, and takes himself off now: others get them. A
        lead that somebody else takes from a salesperson stays empty.
        """
        return self.filtered(lambda lead: lead.user_id == self.env.user)

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Odoo chooses the team leader once the lead is there: not before that."""
        self = self.with_context(**{_IS_MAIL: True})
        lead = super().message_new(msg_dict, custom_values)
        return lead.with_context(**{_IS_MAIL: False})

    def _assign_userless_lead_in_team(self, creation_source):
        """Odoo gives leads of the mail gateway and of chats to the team leader."""
        userless = self.filtered(lambda lead: not lead.user_id)
        result = super()._assign_userless_lead_in_team(creation_source)
        userless.filtered("user_id").sudo().write({"territory_owner_state": "leader"})
        userless._wait_for_salesperson()
        userless._give_at_once()
        return result

    # -- given out

    @api.model
    def _after_move(self, changed, assignment):
        result = super()._after_move(changed, assignment)
        if not assignment.run:
            moved = [d for d in changed if d.before[1] != d.after[1]]
            memory_of_transaction(self.env, _MOVED, set).update(
                d.record_id for d in moved
            )
            self.browse(d.record_id for d in changed)._wait_for_salesperson()
            if any(d.before[1] and d.matched.user_id for d in moved):
                # whoever has it has room in the territory that it leaves
                self.env["crm.territory"]._give_waiting_later()
        return result

    def _wait_for_salesperson(self):
        """Give the leads out at the end of the call, or of the transaction at the
        latest: where a field is being computed, no other can be written.
        """
        if self.env["crm.territory.plan"]._compiled().policies:
            waiting = memory_of_transaction(self.env, _WAITING, set)
            if not waiting:
                self.env.cr.precommit.add(self.sudo().browse()._give_waiting)
            waiting.update(id_ for id_ in self._ids if id_)

    def _give_at_once(self):
        """Give out those of the leads that wait."""
        if self.env["crm.territory.plan"]._compiled().policies:
            # judged, if they have to be
            self.flush_recordset(["territory_set_id", "territory_id"])
            self._give_waiting(self._ids)

    @api.model
    def _give_waiting(self, ids=None):
        """Give out the leads that this transaction made wait.

        :param ids: only those among these; None: all
        """
        waiting = memory_of_transaction(self.env, _WAITING, set)
        given = set(waiting if ids is None else waiting.intersection(ids))
        waiting -= given
        leads = self.sudo().browse(given).exists()
        if not leads:
            return
        # who left it empty did so in another territory
        moved = memory_of_transaction(self.env, _MOVED, set)
        leads.filtered(
            lambda lead: lead.id in moved and lead.territory_owner_state == "empty"
        ).territory_owner_state = False
        moved -= given
        handout_turns.give_at_once(self.env, leads.ids)
        if ids is None:
            self.env.flush_all()

    def _tell_salesperson(self):
        """Tell the salesperson, whom all these leads have, in one message."""
        user = self.user_id
        env = self.with_context(lang=user.lang).env
        named = self[:_SHOWN]
        lines = [
            Markup("<li>%s</li>") % lead._get_html_link(title=lead.name)
            for lead in named
        ]
        if len(self) > len(named):
            more = env._("and %s more", len(self) - len(named))
            lines.append(Markup("<li>%s</li>") % more)
        count = (
            env._("%s leads were given to you", len(self))
            if len(self) > 1
            else env._("“%s” was given to you", self.name)
        )
        self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
            partner_ids=user.partner_id.ids,
            subject=count,
            body=Markup("<p>%s</p><ul>%s</ul>") % (count, Markup().join(lines)),
        )
