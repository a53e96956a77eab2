from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class CrmTerritory(models.Model):
    """Tells who changes criteria that they are not applied to all records yet."""

    _inherit = "crm.territory"

    plan_is_to_be_run = fields.Boolean(related="plan_id.is_to_be_run")

    def action_ask_to_run(self):
        """Ask the plan's responsible to run the assignment: an activity, once."""
        self.ensure_one()
        self.check_access("read")
        if not (self.user_is_manager or self.user_is_sales_manager):
            raise AccessError(
                self.env._("The managers of a territory ask for a run of its plan.")
            )
        plan = self.plan_id.sudo()
        if not plan.is_to_be_run:
            raise UserError(
                self.env._(
                    "No run is needed: all records are assigned by the current"
                    " criteria."
                )
            )
        responsible = plan.user_id or plan.create_uid
        summary = self.env._("Run the assignment: criteria have changed")
        asked = plan.activity_ids.filtered(
            lambda activity: (
                activity.summary == summary and activity.user_id == responsible
            )
        )
        if not asked:
            plan.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=summary,
                note=self.env._(
                    "%(user)s asks for it, for “%(territory)s”.",
                    user=self.env.user.name,
                    territory=self.complete_name,
                ),
                user_id=responsible.id,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("%s has been asked.", responsible.name),
            },
        }
