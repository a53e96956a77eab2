"""The gate before a plan is activated, where the setting asks for it."""

from odoo.exceptions import UserError

from .simulations import Simulations

ASKED, APPROVED, VOID = "asked", "approved", "void"
ADMINISTRATORS = "sales_team.group_sale_manager"
_SETTING = "crm_territory.plan_approval"


def needs_approval(env):
    """Whether plans are approved before they are activated."""
    return bool(env["ir.config_parameter"].sudo().get_param(_SETTING))


class Gate:
    """What is asked of plans that become active, and of those that are.

    An approval is of the plan as it was: of its revision, which every change of tree,
    members, criteria, permissions and decisions by hand raises. It is given by what a
    simulation shows: where records moved on since, somebody simulates again, and looks.

    :param plans: in the environment of who changes them
    """

    def __init__(self, plans):
        self.plans = plans
        self.env = plans.env

    def check(self):
        """Where plans are approved, none becomes active without; not for a program
        either.

        :raise UserError: one is not approved, or was changed since, or no simulation
            tells what it does
        :raise RedirectWarning: it would not do what the last simulation showed
        """
        if not needs_approval(self.env):
            return
        for plan in self.plans:
            self._check_approved(plan)
            Simulations(plan).check_current_holds()

    def _check_approved(self, plan):
        plan.invalidate_recordset(["approval_state"])
        state = plan.sudo().approval_state
        if state == VOID:
            raise UserError(
                self.env._(
                    "“%s” was changed since its approval was asked for: ask again.",
                    plan.name,
                )
            )
        if state != APPROVED:
            raise UserError(
                self.env._(
                    "“%s” needs the approval of another sales administrator before it"
                    " is activated: ask for it with Activate.",
                    plan.name,
                )
            )

    def check_company(self, company_id):
        """Whoever approved a plan approved it for its company.

        :param company_id: that they are to be of; empty for all companies
        :raise UserError: an active one is of another
        """
        moved = self.plans.filtered(
            lambda plan: (
                plan.state == "active" and plan.company_id.id != (company_id or False)
            )
        )
        if moved and not self.env.su and needs_approval(self.env):
            raise UserError(
                self.env._(
                    "“%s” was approved for its company: archive it before you change"
                    " that, and have it approved again.",
                    moved[0].name,
                )
            )
