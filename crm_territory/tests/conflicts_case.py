from odoo.tests import tagged

from ..conflicts import Conflicts, KeptFindings
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class ConflictsCase(TerritoryCase):
    """The plan *World* is active; what is of another company or a colleague counts for
    nothing.
    """

    def findings(self, kind=None, plan=None, user=None):
        self.env.flush_all()
        plan = (plan or self.plan).with_user(user or self.mona)
        kept = KeptFindings(plan)
        kept.check_access()
        found = Conflicts(plan, kept.only_ids).findings()
        return [finding for finding in found if kind in (None, finding.kind)]

    def look(self, user=None):
        """As who looks at the list of the plan: what is found at once, and the rest."""
        plan = self.env["crm.territory.plan"].browse(self.plan.id)
        plan = plan.with_user(user or self.mona)
        plan.action_find_conflicts()
        self.env["crm.territory.finding"].with_user(plan.env.user).find_rest(plan.id)

    def find(self, kind, *key, **options):
        """The finding of a key; None without one."""
        found = [f for f in self.findings(kind, **options) if f.key == (kind, *key)]
        self.assertLessEqual(len(found), 1)
        return found[0] if found else None

    def pair(self, one, other):
        return sorted((one.id, other.id))
