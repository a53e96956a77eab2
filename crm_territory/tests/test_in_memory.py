from datetime import timedelta
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tests import tagged
from odoo.tools import SQL

from odoo.addons.crm_territory.engine.codes import parse_signature
from odoo.addons.crm_territory.matching import matcher

from .common import TerritoryCase

# no shape expresses it: a query of its own does
_IN_DESCRIPTION = [("description", "ilike", "rich")]


@tagged("post_install", "-at_install")
class TestInMemory(TerritoryCase):
    """Leads are judged by what the ORM has of them in memory, and written once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rich = cls.territory(
            "Rich",
            rules=[
                ("opportunity", [("expected_revenue", ">=", 99.99)]),
                ("opportunity", [("city", "=", "Ulm"), ("priority", "=", "2")]),
                ("opportunity", [("date_deadline", ">", "2030-01-01")]),
            ],
        )
        cls.env.flush_all()

    def _updates(self, work):
        """How often a function writes leads."""
        found = []
        execute = Cursor.execute

        def noting(cursor, query, *args, **options):
            text = query.code if isinstance(query, SQL) else str(query)
            found.append(" ".join(text.split()).startswith('UPDATE "crm_lead" '))
            return execute(cursor, query, *args, **options)

        with patch.object(Cursor, "execute", noting):
            work()
            self.env.flush_all()
        return sum(found)

    def _match(self, leads, where):
        compiled = self.env["crm.territory.plan"]._compiled()
        rows = matcher.Matcher(self.env, compiled).match("crm.lead", where)
        return {row.id: (row[:-1], parse_signature(row.signature)) for row in rows}

    def _leads(self):
        return (
            self.lead("Of an account", self.adler, expected_revenue=99.99)
            | self.lead("Alone", country_id=self.de.id, zip="10117", city="Ulm")
            | self.lead("Later", date_deadline="2031-01-01", priority="2")
            | self.lead("Nowhere", description="<p>Rich</p>", expected_revenue=0)
        )

    def test_written_once(self):
        where = {"country_id": self.de.id, "zip": "10117"}
        made = []
        count = self._updates(lambda: made.append(self.lead("New", **where)))
        self.assertEqual(count, 1)
        self.assertTerritories(made[0], self.berlin)
        self.assertEqual(
            self._updates(lambda: made[0].write({"country_id": self.fr.id})), 1
        )
        self.env.invalidate_all()
        self.assertTerritories(made[0], self.france)
        self.assertEqual(made[0].territory_id, self.france)

    def test_same_answer(self):
        self._assert_same_answer()
        self.territory("Told", rules=[("opportunity", _IN_DESCRIPTION)])
        self._assert_same_answer()

    def _assert_same_answer(self):
        for leads in (self._leads(), self._leads()[1]):
            leads.flush_recordset(["territory_set_id"])
            leads.mapped("name")
            leads.write({"zip": "80331", "priority": "2"})
            in_memory = self._match(leads, leads.ids)
            written = self._match(leads, SQL("r.id = ANY(%s)", leads.ids))
            self.assertEqual(in_memory, written)
            self.assertEqual(written.keys(), set(leads.ids))
            leads.invalidate_recordset()
            self.assertEqual(self._match(leads, leads.ids), written)

    def test_what_is_not_known_is_read(self):
        leads = self._leads()
        self.env.flush_all()
        leads[1].invalidate_recordset(["city"])
        written = self._match(leads, SQL("r.id = ANY(%s)", leads.ids))
        self.assertEqual(self._match(leads, leads.ids), written)

    def test_older_than_the_addon(self):
        lead = self._leads()[1]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET place_code = NULL, territory_set_id = NULL,"
            " territory_id = NULL WHERE id = %s",
            [lead.id],
        )
        self.env.invalidate_all()
        lead.mapped("place_code")
        lead._judge_now()
        self.assertTerritories(lead, self.berlin)

    def test_known_sets(self):
        """A set is remembered once what made it is committed, for who began after."""
        sets = self.env["crm.territory.set"].sudo()
        both = frozenset((self.berlin | self.france).ids)
        ids = sets._intern([both])
        with self.assertQueryCount(1):
            self.assertEqual(sets._intern([both]), ids)
        self.env.cr.execute(
            "UPDATE crm_territory_set SET create_date = create_date - interval '1 s'"
        )
        sets._intern([both])
        # what another thread remembers may be newer than what this transaction sees
        with patch.object(type(sets), "_ids_of_keys", return_value={}) as asked:
            sets._intern([both])
        asked.assert_called_once()
        later = self.env.cr.now() + timedelta(hours=1)
        with patch.object(self.env.cr, "_now", later):
            with self.assertQueryCount(0):
                self.assertEqual(sets._intern([both]), ids)
            self.env["crm.territory.plan"]._forget_compiled()
            self.env["crm.territory.plan"]._compiled()
            with self.assertQueryCount(1):
                self.assertEqual(sets._intern([both]), ids)
