"""Conflicts and gaps of random plans: against a slow and plain reading, that takes each
record, and each address of the pool, by itself.
"""

from collections import Counter, defaultdict
from itertools import combinations

import hypothesis

from odoo.tests import TransactionCase, tagged

from odoo.addons.crm_territory.conflicts import Conflicts
from odoo.addons.crm_territory.conflicts.addresses import code_words
from odoo.addons.crm_territory.conflicts.finding import (
    GAP,
    MEMBER,
    NEVER,
    OVERLAP,
    UNCREDITED,
)
from odoo.addons.crm_territory.conflicts.shared import _without_records

from .assignment import Area, Oracle, area_contains
from .cast import ZIPS, make_cast
from .play import QUIET, Play
from .searching import searches
from .worlds import Worlds


class Ruleless(Oracle):
    """Of records that meet no rule."""

    def _rule_matches(self, rule, record):
        return False


def siblings(nodes, one, other):
    """The two of one parent above which two territories are; None: in one line."""
    lines = [nodes[id_].line[::-1] for id_ in (one, other)]
    for pair in zip(*lines, strict=False):
        if pair[0] is not pair[1]:
            return tuple(sorted(node.id for node in pair))
    return None


@tagged("post_install", "-at_install")
class TestConflictsOracle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.cast = make_cast(cls.env)
        cls.env.flush_all()

    def test_random_plans(self):
        """What is found is there, and what is there is found."""
        figures = self.figures = Counter()

        @searches(10)
        @hypothesis.given(Worlds(self.cast).world())
        def compare(world):
            savepoint = self.env.cr.savepoint()
            try:
                play = Play(self.env, self.cast, world)
                play.make_plans()
                play.make_accounts()
                play.make_leads()
                play.make_overrides()
                self.env.flush_all()
                for plan in play.plans:
                    self._compare(plan)
            finally:
                self.env.clear()
                savepoint.close(rollback=True)
                self.env.registry.clear_all_caches()

        compare()
        print("\nconflicts oracle:", dict(figures))
        for name in ("pairs", "made up", "gaps", "never", "uncredited", "memberless"):
            self.assertGreater(figures[name], 0, name)

    def _compare(self, plan):
        self.oracle = Oracle(self.env)
        [self.read] = [each for each in self.oracle.plans if each.id == plan.id]
        self.conflicts = Conflicts(plan, with_ids=True)
        self.found = defaultdict(dict)
        for finding in self.conflicts.findings():
            self.assertNotIn(finding.key, self.found[finding.kind])
            self.found[finding.kind][finding.key] = finding
        self.judged = dict(self._judge())
        self._compare_overlaps()
        self._compare_made_up()
        self._compare_gaps()
        self._compare_credit()
        self._compare_members()
        self._compare_never()

    def _judge(self):
        """(record, what the plan says of it), of all that are looked at."""
        covered = [("company_id", "in", [*(self.read.companies or ()), False])]
        if self.read.companies is None:
            covered = []
        own = self.env["res.company"].search([]).partner_id
        partners = self.env["res.partner"].search([*covered, ("active", "=", True)])
        accounts = partners.filtered(
            lambda p: p.commercial_partner_id == p and p.partner_share and p not in own
        )
        self.oracle.accounts(accounts)
        for account in accounts:
            yield account, self.oracle._account(account)[self.read.id]
        leads = self.env["crm.lead"].search([*covered, ("active", "=", True)])
        leads = leads.filtered(lambda lead: lead.won_status == "pending")
        self.oracle.leads(leads)
        for lead in leads:
            yield lead, self.oracle._lead(lead)[self.read.id]

    @staticmethod
    def _by_rule(said):
        return said.kept - said.own_put_ins - said.account_put_ins

    def _compare_overlaps(self):
        expected = defaultdict(lambda: [0, 0, 0])
        for record, said in self.judged.items():
            pairs = {
                siblings(self.read.nodes, *pair)
                for pair in combinations(sorted(self._by_rule(said)), 2)
            }
            for pair in pairs - {None}:
                is_lead = record._name == "crm.lead"
                expected[pair][is_lead] += 1
                if is_lead and record.type == "opportunity":
                    expected[pair][2] += record.expected_revenue
        found = {
            key[1:]: [f.tally.accounts, f.tally.leads, round(f.tally.amount, 2)]
            for key, f in self.found[OVERLAP].items()
            if f.tally.count
        }
        for figures in expected.values():
            figures[2] = round(figures[2], 2)
        self.assertEqual(found, dict(expected))
        self.figures["pairs"] += len(found)

    def _compare_made_up(self):
        """An address in both exists, and no address of the pool that is in both is
        missed.
        """
        reading = Ruleless(self.env)
        [plan] = [each for each in reading.plans if each.id == self.read.id]

        def pairs_of(**address):
            record = self.env["res.partner"].new(address)
            kept = reading._judged_alone(plan, "account", record).kept
            found = {
                siblings(plan.nodes, *pair) for pair in combinations(sorted(kept), 2)
            }
            return found - {None}

        told = {key[1:] for key in self.found[OVERLAP]}
        for pair, (*_areas, place) in _without_records(self.conflicts, {}).items():
            self.assertIn(pair, told)
            code = place.prefix[:2]
            country = self.env["res.country"].search([("code", "=", code)])
            address = {
                "country_id": country.id,
                "zip": code_words(code, place.prefix[2:]),
                "state_id": place.state_id,
                "city": place.city_name,
            }
            if code in ("PR", "RE", "VI"):
                continue  # the reading knows them as parts of their country
            self.assertIn(pair, pairs_of(**address), address)
            self.figures["made up"] += 1
        for key, country in self.cast.countries.items():
            for code in (*ZIPS[key], None):
                # with a state or city it may be one that does not go with the code
                address = {"country_id": country, "zip": code, "city": None}
                self.assertLessEqual(pairs_of(**address), told, address)
                self.figures["addresses"] += 1

    def _compare_gaps(self):
        """Each record in no territory is in one gap, but for what lacks a country, was
        kept out by hand, or is at home in another plan.
        """
        found = Counter()
        for finding in self.found[GAP].values():
            for model, ids in finding.tally.ids.items():
                found.update((model, id_) for id_ in ids)
        self.assertLessEqual(set(found.values()), {1})
        in_none = {
            (record._name, record.id): record
            for record, said in self.judged.items()
            if not said.kept and not said.closed
        }
        self.assertLessEqual(found.keys(), in_none.keys())
        for key in in_none.keys() - found.keys():
            record = in_none[key]
            place = record
            if record._name == "crm.lead" and record.partner_id:
                account = record.partner_id.commercial_partner_id
                place = account if account.country_id else record
                of_account = self.oracle._account(account).get(self.read.id)
                if of_account and of_account.closed:
                    continue
            elsewhere = record.territory_set_id.territory_ids.plan_id - (
                self.conflicts.plan
            )
            self.assertTrue(not place.country_id or elsewhere, (key, place.zip))
        self.figures["gaps"] += len(found)

    def _compare_credit(self):
        credited, others = set(), set()
        for record, said in self.judged.items():
            if said.kept:
                first = min(
                    said.kept, key=lambda id_: self.oracle._rank(record, id_, said)
                )
                credited.add(first)
                others |= self._by_rule(said) - {first}
        found = {key[1] for key in self.found[UNCREDITED]}
        self.assertEqual(found, others - credited)
        self.figures["uncredited"] += len(found)

    def _compare_members(self):
        expected = {
            node.id
            for node in self.read.nodes.values()
            if not node.is_archived
            and (node.areas or any(node.rules.values()))
            and not any(member.is_there(self.read.today) for member in node.members)
        }
        found = {key[1] for key in self.found[MEMBER]}
        self.assertEqual(found, expected)
        self.figures["memberless"] += len(found)

    def _compare_never(self):
        """What is said to take nothing takes none of the records."""
        nodes = self.read.nodes
        accounts = [r for r in self.judged if r._name == "res.partner"]
        leads = [r for r in self.judged if r._name == "crm.lead"]
        for key, finding in self.found[NEVER].items():
            self.figures["never"] += 1
            if key[1] == "territory":
                node = nodes[key[2]]
                self.assertFalse(node.areas or any(node.rules.values()))
            elif key[1] == "area":
                self._assert_outside(key[2:], accounts)
            elif finding.severity == "1_repair":
                self._assert_never(nodes, key[2], accounts, leads)

    def _assert_outside(self, pair, accounts):
        above = self.read.nodes[pair[1]]
        ids = self.conflicts.areas_outside[pair]
        for area in self.env["crm.territory.area"].browse(ids):
            read = Area(
                area.country_id.id,
                area.state_id.id,
                area.city,
                area.zip_from,
                area.zip_to,
            )
            for account in accounts:
                if area_contains(read, account):
                    is_above = self.oracle._in_an_area(above, account)
                    self.assertFalse(is_above, (area.display_name, account.zip))

    def _assert_never(self, nodes, rule_id, accounts, leads):
        record = self.env["crm.territory.rule"].browse(rule_id)
        node = nodes[record.territory_id.id]
        [rule] = [r for r in node.rules[record.applies_to] if r.id == rule_id]
        if record.applies_to != "account":
            for lead in leads:
                if lead.type == record.applies_to:
                    self.assertFalse(self.oracle._rule_matches(rule, lead), rule)
            return
        for account in accounts:
            line = [
                self.oracle._own_criteria_hold(
                    each, each.rules["account"], account, account
                )
                for each in node.line
            ]
            is_taken = self.oracle._rule_matches(rule, account) and all(line)
            self.assertFalse(is_taken, (rule, account.country_id.code))
