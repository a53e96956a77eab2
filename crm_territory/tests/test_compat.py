from odoo.fields import Domain
from odoo.tests import tagged
from odoo.tools import SQL

from .. import compat
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestCompat(TerritoryCase):
    """What Odoo keeps to itself and the addon uses: when one of these fails after an
    upgrade of Odoo, ``compat`` has to change, and nothing else.
    """

    def test_forms_of_domains(self):
        """Shapes of rules are read from them (engine/shapes)."""
        one, other = Domain("name", "=", "a"), Domain("name", "=", "b")
        self.assertIsInstance(one, compat.DomainCondition)
        self.assertIsInstance(one & other, compat.DomainAnd)
        self.assertIsInstance(one | other, compat.DomainOr)
        self.assertIsInstance(Domain.TRUE, compat.DomainBool)
        below = Domain("parent_id", "child_of", [1])
        self.assertIsInstance(~below, compat.DomainNot)
        self.assertEqual(~~below, below)
        self.assertEqual((one | other).children, (one, other))
        self.assertEqual((one.field_expr, one.operator, one.value), ("name", "=", "a"))

    def test_memory_of_a_transaction(self):
        """A scope that was found in a transaction that is rolled back is forgotten."""
        memory = compat.memory_of_transaction(self.env, "crm_territory.test")
        memory["known"] = True
        same = compat.memory_of_transaction(self.env, "crm_territory.test")
        self.assertIs(same, memory)
        with self.assertRaises(ValueError), self.env.cr.savepoint():
            compat.memory_of_transaction(self.env, "crm_territory.test")["lost"] = 1
            raise ValueError
        again = compat.memory_of_transaction(self.env, "crm_territory.test")
        self.assertNotIn("lost", again)

    def test_memory_of_the_registry(self):
        memory = compat.memory_of_registry(self.registry, "_crm_territory_test")
        memory["known"] = True
        self.assertTrue(
            compat.memory_of_registry(self.registry, "_crm_territory_test")["known"]
        )
        compat.forget_memory_of_registry(self.registry, "_crm_territory_test")
        self.assertFalse(
            compat.memory_of_registry(self.registry, "_crm_territory_test")
        )
        compat.forget_memory_of_registry(self.registry, "_crm_territory_test")

    def test_cache_of_fields(self):
        """What assignment has written by SQL is not read again, nor written again."""
        self.env.flush_all()
        self.assertFalse(self.sato.territory_id)
        compat.put_in_cache(self.sato, {"territory_id": self.france.id})
        with self.assertQueryCount(0):
            self.assertEqual(self.sato.territory_id, self.france)
            self.env.flush_all()
        self.env.invalidate_all()
        self.assertFalse(self.sato.territory_id)
        compat.fill_cache(self.sato, {"territory_id": self.france.id})
        self.assertFalse(self.sato.territory_id)
        self.sato.invalidate_recordset(["territory_id"])
        compat.fill_cache(self.sato, {"territory_id": self.france.id})
        self.assertEqual(self.sato.territory_id, self.france)

    def test_what_the_cache_knows(self):
        """Leads are judged by it before they are written."""
        self.sato.mapped("name")
        self.sato.zip = "100-0001"
        found = compat.values_in_cache(self.sato, ["zip", "place_code"])
        self.assertEqual(found["zip"], ["100-0001"])
        self.assertEqual(found["place_code"], [self.sato.place_code])
        self.assertFalse(self.sato.territory_id)
        compat.put_in_cache(
            self.sato, {"territory_id": self.france.id}, is_written=False
        )
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.sato.territory_id, self.france)
        self.sato.invalidate_recordset()
        self.assertIsNone(compat.values_in_cache(self.sato, ["zip"]))

    def test_ormcache(self):
        """The names of a set's territories are looked up for many sets at once."""
        sets = self.adler.territory_set_id.sudo()
        compat.add_to_ormcache(sets, "_content", -1, value=(("known",),))
        self.assertEqual(sets._content(-1), (("known",),))
        self.env.registry.clear_cache()

    def test_computation_by_hand(self):
        """A run's moves are computed, so that tracking and automation rules see."""
        seen = []
        lead_class = self.registry["crm.lead"]
        original = lead_class._compute_field_value

        def compute(records, field):
            seen.append((records, field.name))
            return original(records, field)

        self.patch(lead_class, "_compute_field_value", compute)
        lead = self.lead("Deal", self.adler)
        self.env.flush_all()
        seen.clear()
        compat.compute_now(lead._fields["territory_id"], lead)
        self.assertEqual(seen, [(lead, "territory_id")])

    def test_record_rules_are_merged(self):
        """The form of the rules that PostgreSQL plans well: else a page of a large
        pipeline takes a hundred times as long, without a word (models/ir_rule).
        """
        for mode, field in (
            ("read", "territory_can_see_unowned"),
            ("write", "territory_can_write_unowned"),
        ):
            rules = self.env["ir.rule"].with_user(self.amy)
            domain = rules._compute_domain("crm.lead", mode)
            names = {c.field_expr for c in domain.iter_conditions()}
            self.assertNotIn(field, names)
            self.assertIn("territory_is_unassigned", names)

    def test_domain_of_rules(self):
        """Without it a paste into the sheet could not be checked by one query."""
        self.lead("Of Amy", self.adler, user_id=self.amy.id)
        self.lead("Of Bob", self.sato, user_id=self.bob.id)
        leads = self.env["crm.lead"].with_user(self.amy).sudo().search([])
        leads = leads.sudo(False)
        allowed = leads._filtered_access("write")
        domain = compat.domain_of_rules(leads, "write")
        self.assertEqual(leads.sudo().filtered_domain(domain), allowed.sudo())
        self.assertTrue(allowed and leads - allowed)

    def test_order_of_groups(self):
        """Groups of territories are ordered once they are made: the key is a query."""
        report = self.env["crm.territory.revenue.report"]
        query = report._search([])
        terms = {"territory_id": SQL.identifier(query.table, "territory_id")}
        order = report._read_group_orderby("territory_id desc", terms, query)
        self.assertIn("SELECT ROW(", order.code)
