from odoo import api, models

_NOTES = "crm_territory_notes"
_NOTED = "crm_territory_noted"
_KNOWN_TEAMS = "crm_territory_known_teams"


class _Notes(list):
    """Values of messages that are made in one go. (A client cannot send an object.)"""


class _KnownTeams(dict):
    """The team that Odoo chose for a salesperson: it asks again for each lead."""


class CrmLead(models.Model):
    """What Odoo does lead by lead, and a run for thousands."""

    _inherit = "crm.lead"

    def _asking_once_for_teams(self):
        """With a context in which the team of a salesperson is looked up once."""
        return self.with_context(**{_KNOWN_TEAMS: _KnownTeams()})

    def _message_track(self, fields_iter, initial_values_dict):
        """The notes of what changed are made in one go."""
        if len(self) < 2:
            return super()._message_track(fields_iter, initial_values_dict)
        notes = _Notes()
        noting = self.with_context(**{_NOTES: notes})
        tracking = super(CrmLead, noting)._message_track(
            fields_iter, initial_values_dict
        )
        if notes:
            self.sudo()._make_notes(notes)
        return tracking

    @api.model
    def _make_notes(self, notes):
        """Messages, and what was tracked with each of them: one ``create`` each."""
        tracked = [note.pop("tracking_value_ids") or () for note in notes]
        messages = self._message_create(notes)
        self.env["mail.tracking.value"].create(
            [
                dict(values, mail_message_id=message.id)
                for message, commands in zip(messages, tracked, strict=True)
                for _create, _zero, values in commands
            ]
        )

    def _message_log_batch(self, *args, **kwargs):
        notes = self.env.context.get(_NOTES)
        if isinstance(notes, _Notes):
            self = self.with_context(**{_NOTES: None, _NOTED: notes})
        return super()._message_log_batch(*args, **kwargs)

    def _message_create(self, values_list):
        notes = self.env.context.get(_NOTED)
        if isinstance(notes, _Notes):
            notes += values_list
            return self.env["mail.message"]
        return super()._message_create(values_list)


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.model
    def _get_default_team_id(self, user_id=False, domain=False):
        known = self.env.context.get(_KNOWN_TEAMS)
        if not isinstance(known, _KnownTeams):
            return super()._get_default_team_id(user_id=user_id, domain=domain)
        key = (user_id, str(domain), tuple(self.env.companies.ids))
        if key not in known:
            known[key] = super()._get_default_team_id(user_id=user_id, domain=domain)
        return known[key]
