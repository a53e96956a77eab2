from unittest.mock import patch

from odoo.tests import tagged

from .common import TerritoryCase

# ten shapes, by the fields and operators that they read
SHAPES = [
    [("priority", "=", "3")],
    [("expected_revenue", ">=", 1e6)],
    [("employee_number", ">=", 100)],
    [("priority", "=", "2"), ("employee_number", "<", 5)],
    [("name", "ilike", "tender")],
    [("city", "=", "Paris")],
    [("state_id", "in", [1, 2, 3])],
    [("country_id", "!=", 1), ("priority", "=", "1")],
    [("annual_revenue", ">", 1e9)],
    [("referred", "=like", "F%")],
]


def _nothing(records):
    """What a computation does that judges nobody."""


@tagged("post_install", "-at_install")
class TestQueryCount(TerritoryCase):
    """What assignment costs: a few queries for a call, for however many records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for number, domain in enumerate(SHAPES):
            cls.territory(f"Shape {number}", rules=[("opportunity", domain)])
        cls.run_assignment()

    def setUp(self):
        super().setUp()
        # a run of the bus garbage collector would count
        self.startPatcher(patch("random.random", lambda: 1))

    # -- create

    def _create_leads(self, accounts):
        """The queries of creating leads of the accounts in one call."""
        values = [
            {
                "name": f"Deal {number}",
                "type": "opportunity",
                "partner_id": account.id if account else False,
                "country_id": self.de.id,
                "priority": str(number % 4),
                "employee_number": number,
            }
            for number, account in enumerate(accounts)
        ]
        # deleting the former ones made Odoo forget them
        (self.env.user | self.env.ref("base.user_root")).fetch()
        with self.counting() as count:
            leads = self.env["crm.lead"].create(values)
        return count[0], leads

    def _creation_costs(self, accounts):
        """Of the addon's judgement, in queries, both ways warmed up."""
        lead_class = self.env.registry["crm.lead"]
        counts = []
        for judged in (True, False, True, False):
            if judged:
                count, leads = self._create_leads(accounts)
                self.assertTrue(all(leads.mapped("territory_set_id")))
            else:
                with patch.object(lead_class, "_compute_territory", _nothing):
                    count, leads = self._create_leads(accounts)
                self.assertFalse(leads.territory_set_id)
            counts.append(count)
            leads.unlink()
        return counts[2] - counts[3]

    def test_creating_100_leads_of_accounts(self):
        accounts = [self.adler, self.bruno, self.rivoire, self.adler] * 25
        # the active plans, the match, and the sets
        self.assertLessEqual(self._creation_costs(accounts), 6)

    def test_creating_100_leads_without_accounts(self):
        self.assertLessEqual(self._creation_costs([None] * 100), 6)

    def test_first_leads_of_a_process_and_new_sets(self):
        """Never seen combinations cost one query more, however many they are."""
        self.env["crm.territory.plan"]._forget_compiled()
        _count, leads = self._create_leads([self.adler] * 2)  # compiles
        leads.unlink()
        accounts = [self.adler, self.bruno, self.rivoire, self.sato] * 25
        known = self._create_leads(accounts)[0]
        self.env.cr.execute(
            "UPDATE crm_lead SET territory_set_id = NULL, territory_id = NULL;"
            "UPDATE res_partner SET territory_set_id = NULL, territory_id = NULL;"
            "DELETE FROM crm_territory_set_rel; DELETE FROM crm_territory_set"
        )
        self.env.invalidate_all()
        self.assertLessEqual(self._create_leads(accounts)[0] - known, 1)

    def test_creating_accounts(self):
        def create(count):
            with self.counting() as counted:
                self.env["res.partner"].create(
                    [
                        {"name": str(n), "is_company": True, "country_id": self.de.id}
                        for n in range(count)
                    ]
                )
            return counted[0]

        create(10)
        self.assertEqual(create(10), create(100))

    def test_changing_a_watched_value_of_many_leads(self):
        leads = self._create_leads([self.adler] * 60)[1]

        def write(records, priority):
            self.env.invalidate_all()
            with self.counting() as counted:
                records.write({"priority": priority})
            return counted[0]

        write(leads, "1")
        few, many = write(leads[:3], "2"), write(leads[3:], "2")
        self.assertEqual(few, many)

    def test_reading_territories_of_many_records(self):
        leads = self._create_leads([self.adler, self.bruno] * 30)[1]

        def read(records):
            self.env.invalidate_all()
            with self.counting() as counted:
                records.mapped("territory_ids.name")
                records.mapped("territory_why")
            return counted[0]

        read(leads)
        self.assertEqual(read(leads[:10]), read(leads))

    # -- runs

    def _run_cost(self, batch_size=20000, **values):
        """The queries of a run over everything that finds nothing to change."""
        run = self.env["crm.territory.run"].create(
            {"plan_id": self.plan.id, "batch_size": batch_size, **values}
        )
        self.env.invalidate_all()
        with self.counting() as counted:
            run.run_to_end()
        self.assertEqual(run.state, "done")
        return counted[0], run

    def test_run_does_not_cost_by_record(self):
        self._create_leads([self.adler, self.bruno] * 25)
        self._run_cost()
        few, run_of_few = self._run_cost()
        self._create_leads([self.adler, self.bruno] * 225)
        many, run_of_many = self._run_cost()
        self.assertEqual(run_of_many.judged_count - run_of_few.judged_count, 450)
        self.assertEqual(few, many)

    def test_run_that_changes_all_does_not_cost_by_record(self):
        def run_over(count):
            leads = self._create_leads([self.adler, self.bruno] * count)[1]
            self.env.cr.execute(
                "UPDATE crm_lead SET territory_set_id = NULL, territory_id = NULL"
                " WHERE id = ANY(%s)",
                [leads.ids],
            )
            cost, run = self._run_cost()
            self.assertEqual(run.changed_count, 2 * count)
            return cost

        run_over(25)
        self.assertEqual(run_over(25), run_over(250))

    def test_run_does_not_cost_by_rule(self):
        def with_rules(count):
            self.territory(
                f"{count} rules",
                rules=[
                    (kind, [(field, "=", f"{kind} {count} {number}")])
                    for number in range(count // 2)
                    for kind, field in (("account", "ref"), ("opportunity", "city"))
                ],
            )
            return self._run_cost()[0], self._run_cost()[0]

        with_rules(2)
        (few_compiled, few), (many_compiled, many) = with_rules(20), with_rules(200)
        self.assertEqual(few, many)
        # Odoo's own caches are cold after a change of the criteria
        self.assertLessEqual(many_compiled - few_compiled, 4)

    def test_run_does_not_cost_by_area(self):
        def with_areas(count):
            self.territory(
                f"{count} areas",
                areas=[
                    {"country_id": self.us.id, "zip_from": f"{10000 + number}"}
                    for number in range(count)
                ],
            )
            return self._run_cost()[0], self._run_cost()[0]

        with_areas(100)
        (few_compiled, few), (many_compiled, many) = with_areas(101), with_areas(400)
        self.assertEqual(few, many)
        self.assertLessEqual(many_compiled - few_compiled, 4)

    def test_names_of_territories_are_kept_until_they_change(self):
        """Reading the names of a known set costs no query; a new name shows."""
        account = self.adler
        account.territory_ids.mapped("complete_name")
        for territory in (self.germany, self.europe):
            self.env.invalidate_all()
            account.fetch(["territory_set_id"])
            before = self.env.cr.sql_log_count
            names = account.territory_ids.mapped("complete_name")
            self.assertEqual(self.env.cr.sql_log_count, before)
            territory.name += " renamed"
            self.env.flush_all()
            self.env.invalidate_all()
            renamed = account.territory_ids.mapped("complete_name")
            self.assertNotEqual(renamed, names)
            self.assertEqual(renamed, [self.germany.complete_name])

    def test_run_costs_by_batch(self):
        """Linear in the number of batches, a handful of queries each."""
        run = self._run_cost()[1]
        size = -(-run.judged_count // 10)
        first = self._run_cost(batch_size=size)[0]
        second = self._run_cost(batch_size=-(-run.judged_count // 20))[0]
        self.assertLessEqual(second - first, 11 * 10)
