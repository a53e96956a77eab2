"""Access told by layers agrees with the record rules: random users and records."""

import random
from collections import Counter

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_territory.access_layers import (
    BLOCKED,
    PASSED,
    TERRITORY,
    Layers,
    as_user,
    may,
)

from .access_world import make_world
from .play import QUIET
from .searching import SEARCHED

SETTINGS = [
    ("everyone", "everyone"),
    ("managers", "territory"),
]
RECORDS_OF_EACH = 6 if SEARCHED else 3
OPERATIONS = ("read", "write", "unlink")


@tagged("post_install", "-at_install")
class TestExplainedAccess(TransactionCase):
    def test_layers_agree_with_the_rules(self):
        env = self.env(context=dict(self.env.context, **QUIET))
        world = make_world(env)
        chance = random.Random(7)
        figures, differences = Counter(), []
        records = {
            "crm.lead": sorted(world.leads),
            "res.partner": sorted(world.partners),
        }
        for unassigned, accounts in SETTINGS:
            parameters = env["ir.config_parameter"]
            parameters.set_param("crm_territory.unassigned", unassigned)
            parameters.set_param("crm_territory.account_visibility", accounts)
            env.invalidate_all()
            for id_, known in world.users.items():
                user = env["res.users"].browse(id_)
                if not known.kind or known.kind == "portal" or not user.active:
                    continue
                for name, ids in records.items():
                    for record in env[name].browse(chance.sample(ids, RECORDS_OF_EACH)):
                        for operation in OPERATIONS:
                            layers = Layers(record, operation).of(user)
                            allowed = as_user(record, user).has_access(operation)
                            figures[name, operation, allowed] += 1
                            told = f"{known.name} {operation} {record} [{unassigned}]"
                            if may(layers) != allowed:
                                differences.append(f"{told}: {allowed}, not {layers}")
                            if any(layer.kind == "other" for layer in layers):
                                differences.append(f"{told}: another addon")
                            problem = self._why_problem(layers, allowed)
                            if problem:
                                differences.append(f"{told}: {problem} {layers}")
        print(sorted(figures.items()), len(differences))
        self.assertGreater(sum(figures.values()), 2000)
        self.assertGreater(min(figures.values()), 20)
        self.assertFalse(differences[:5], f"{len(differences)} differences")

    def _why_problem(self, layers, allowed):
        """What our own layers say must agree with the rules, where they are asked."""
        asked = [layer for layer in layers if layer.kind == TERRITORY]
        verdicts = {layer.verdict for layer in asked}
        if not verdicts & {PASSED, BLOCKED}:
            return ""  # no right at all, or nobody who is limited
        others = [
            layer.verdict
            for layer in layers
            if layer.kind == "global"
            and "erritor" not in layer.name
            and "salesperson" not in layer.name
        ]
        if BLOCKED in others:
            return ""  # of another company
        if (PASSED in verdicts) != allowed:
            return f"the reasons say {PASSED in verdicts}, the rules {allowed}:"
        return ""
