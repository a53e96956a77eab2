from odoo import api, fields, models

from .. import handout_turns
from ..compat import memory_of_transaction
from ..engine.owner_policy import RANKS
from ..handout import HandOut

_POLICY_FIELDS = frozenset({"owner_policy", "team_id"})
_IS_LATER = "crm_territory.give_waiting_later"


class CrmTerritory(models.Model):
    """What leads without salesperson or team get in a territory, see ``HandOut``."""

    _inherit = "crm.territory"

    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        ondelete="set null",
        index="btree_not_null",
        help="Fills the empty sales team of a lead that gets this territory.",
    )
    owner_policy = fields.Selection(
        [
            ("none", "Nobody"),
            ("above", "As the territory above"),
            ("manager", "The manager"),
            ("round_robin", "Members in turn"),
            ("least_loaded", "The member with the fewest open leads"),
            ("weighted", "Members by weight and capacity"),
        ],
        default="none",
        required=True,
        string="Assign Unowned Leads To",
        help="Who gets a lead or opportunity without salesperson that is credited to"
        " this territory. Never a member over capacity, nor one who does not work for"
        " the company of the lead: it waits, and goes to the first who is free. Without"
        " a manager here, the next manager above gets it.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        territories = super().create(vals_list)
        territories._give_waiting_later()
        return territories

    def write(self, vals):
        result = super().write(vals)
        if not _POLICY_FIELDS.isdisjoint(vals):
            self.plan_id._bump_revision()
            self._give_waiting_later()
        return result

    @api.model
    def _owner_ranks(self):
        """Who comes first by each policy (hook).

        :return: {policy: function of an owner_policy.Candidate; the lowest is next}
        """
        return dict(RANKS)

    @api.model
    def _give_waiting_later(self):
        """Somebody may have become free: give out what waits, at the end of the
        transaction, or after it if it is much.
        """
        later = memory_of_transaction(self.env, _IS_LATER)
        if not later:
            later["is_later"] = True
            self.env.cr.precommit.add(self.sudo().browse()._give_what_waits)

    @api.model
    def _cron_hand_out(self):
        handout_turns.give_all(self.env.registry)

    @api.model
    def _give_what_waits(self):
        waiting = HandOut(self.env).waiting(limit=handout_turns.AT_ONCE + 1)
        if len(waiting) > handout_turns.AT_ONCE:
            handout_turns.give_by_job(self.env)
        elif waiting:
            handout_turns.give_at_once(self.env, [lead.id for lead in waiting])
            self.env.flush_all()
