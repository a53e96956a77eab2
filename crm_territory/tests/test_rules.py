from odoo.fields import Command, Domain
from odoo.tests import tagged

from ..matching import compiler
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestRules(TerritoryCase):
    """Which records a territory takes: the same as a search for its criteria."""

    def _make_varied_accounts(self):
        """Accounts that differ in a field of every kind, empty ones as well."""
        tags = self.env["res.partner.category"].create(
            [{"name": "Gold"}, {"name": "Silver"}]
        )
        self.gold, self.silver = tags
        values = [
            {"ref": "A-1", "employee_number": 5, "annual_revenue": 1000.0},
            {"ref": "a-2", "employee_number": -3, "partner_latitude": 48.5},
            {"ref": "50%", "employee_number": 500, "category_id": tags.ids},
            {"ref": "50x", "annual_revenue": -1.5, "category_id": self.gold.ids},
            {"ref": "été", "category_id": self.silver.ids, "user_id": self.amy.id},
            {"ref": "x_y", "city": "Paris", "lang": "en_US"},
            {"ref": "x\\y", "city": "", "active": False},
            {"user_id": self.bob.id, "industry_id": self.health_industry.id},
            {"color": 4, "is_company": False, "barcode": "123"},
            {"country_id": self.us.id, "state_id": self.env.ref("base.state_us_44").id},
            {"comment": "<p>Big one</p>", "product_line_ids": self.gtx_line.ids},
            {},
        ]
        return self.env["res.partner"].create(
            [
                {"name": f"Varied {number}", "is_company": True, **row}
                for number, row in enumerate(values)
            ]
        )

    def _make_varied_leads(self):
        stages = self.env["crm.stage"].sudo().search([], limit=2)
        tag = self.env["crm.tag"].create({"name": "Fair"})
        self.first_stage, self.fair = stages[0], tag
        values = [
            {"stage_id": stages[0].id, "date_deadline": "2030-01-01"},
            {"stage_id": stages[1].id, "date_deadline": "2020-06-30"},
            {"tag_ids": tag.ids, "expected_revenue": 10.0},
            {"expected_revenue": 10000.5, "priority": "2"},
            {"partner_id": self.bruno.id, "priority": "1"},
            {"partner_id": self.rivoire.id, "user_id": self.amy.id},
            {"email_from": "a@example.com", "probability": 40},
            {},
        ]
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Varied {number}",
                    "type": "opportunity",
                    "user_id": False,
                    **row,
                }
                for number, row in enumerate(values)
            ]
        )

    def assertLikeSearch(self, kind, records, domains):
        """A territory of each domain takes just the records that a search finds."""
        model = records.sudo().with_context(active_test=False)
        territories = {}
        for number, domain in enumerate(domains):
            territories[number] = self.territory(
                f"Rule {number}", rules=[(kind, domain)]
            )
        self.run_assignment()
        in_territory = {record: self.stored_territories(record) for record in records}
        for number, domain in enumerate(domains):
            with self.subTest(domain=domain):
                expected = model.search(
                    Domain(domain) & Domain("id", "in", records.ids), order="id"
                )
                found = records.filtered(
                    lambda record, number=number: territories[number]
                    in in_territory[record]
                )
                self.assertEqual(found.mapped("name"), expected.mapped("name"))

    def test_accounts_like_search(self):
        records = self._make_varied_accounts()
        names = [f"Varied {number}" for number in (1, 3, 5)]
        industry = self.health_industry
        self.assertLikeSearch(
            "account",
            records,
            [
                # text
                [("ref", "=", "A-1")],
                [("ref", "!=", "A-1")],
                [("ref", "in", ["A-1", "x_y"])],
                [("ref", "in", ["A-1", False])],
                [("ref", "not in", ["A-1", "x_y"])],
                [("ref", "not in", ["A-1", False])],
                [("ref", "=", False)],
                [("ref", "!=", False)],
                [("ref", "=", "")],
                [("ref", "!=", "")],
                [("city", "=", False)],
                [("city", "in", ["", "Paris"])],
                [("ref", "like", "a-")],
                [("ref", "ilike", "A-")],
                [("ref", "ilike", "50%")],
                [("ref", "ilike", "x_y")],
                [("ref", "ilike", "")],
                [("ref", "=like", "50%")],
                [("ref", "=ilike", "a-_")],
                [("ref", "ilike", "ete")],
                [("ref", "not like", "a-")],
                [("ref", "not ilike", "a-")],
                [("ref", "<", "B")],
                [("name", "in", names)],
                # numbers: an empty number counts as 0
                [("employee_number", "=", 0)],
                [("employee_number", "!=", 0)],
                [("employee_number", "=", False)],
                [("employee_number", "in", [0, 5])],
                [("employee_number", "not in", [5, 500])],
                [("employee_number", "<", 5)],
                [("employee_number", "<=", 0)],
                [("employee_number", ">", 5)],
                [("employee_number", ">=", 0)],
                [("annual_revenue", ">", 0)],
                [("annual_revenue", "<", 0.5)],
                [("annual_revenue", "=", 0)],
                [("annual_revenue", "=", 1000.0)],
                [("partner_latitude", ">=", 48)],
                [("partner_latitude", "!=", 48.5)],
                [("color", "!=", 4)],
                # boolean, selection
                [("active", "=", False)],
                [("active", "!=", False)],
                [("is_company", "=", False)],
                [("is_company", "!=", True)],
                [("is_company", "in", [True, False])],
                [("lang", "=", "en_US")],
                [("lang", "!=", "en_US")],
                [("lang", "=", False)],
                # many2one
                [("industry_id", "=", industry.id)],
                [("industry_id", "!=", industry.id)],
                [("industry_id", "=", False)],
                [("industry_id", "in", [industry.id, False])],
                [("industry_id", "not in", [industry.id, False])],
                [("industry_id", "=", industry.name)],
                [("industry_id", "ilike", "hospi")],
                [("industry_id", "in", [industry.name])],
                [("industry_id.name", "=like", "Hosp%")],
                [("user_id", "in", [self.amy.id, self.bob.id])],
                [("user_id.login", "=", "amy")],
                [("state_id.country_id.code", "=", "US")],
                [("country_id", "any", [("code", "=", "US")])],
                [("country_id", "not any", [("code", "=", "US")])],
                # many2many
                [("category_id", "in", self.gold.ids)],
                [("category_id", "in", (self.gold | self.silver).ids)],
                [("category_id", "not in", self.gold.ids)],
                [("category_id", "=", False)],
                [("category_id", "!=", False)],
                [("category_id", "in", [self.gold.id, False])],
                [("category_id", "child_of", self.gold.ids)],
                [("category_id.name", "ilike", "sil")],
                [("category_id", "in", self.gold.ids), ("color", "=", 0)],
                [
                    ("category_id", "in", self.gold.ids),
                    ("category_id", "in", self.silver.ids),
                ],
                [("product_line_ids", "in", self.gtx_line.ids)],
                # the rest
                [("id", "in", records[:3].ids)],
                [("id", "not in", records[:3].ids)],
                [("comment", "ilike", "big")],
                [("barcode", "=", "123")],
                [("child_ids", "=", False)],
                [("create_date", "<", "2000-01-01")],
                [("create_date", ">", "today -1d")],
                [("create_date", "!=", False)],
                [("display_name", "ilike", "Varied 1")],
                # combined
                ["|", ("ref", "=", "A-1"), ("employee_number", "=", 500)],
                ["&", ("ref", "ilike", "a"), ("employee_number", "<", 0)],
                ["!", ("ref", "=", "A-1")],
                ["!", "|", ("ref", "=", "A-1"), ("employee_number", "=", 500)],
                [
                    "|",
                    "&",
                    ("is_company", "=", True),
                    ("ref", "ilike", "x"),
                    ("country_id.code", "=", "US"),
                ],
                [
                    ("ref", "in", ["A-1", "a-2", "50%", "50x"]),
                    ("employee_number", "in", [5, 500, -3]),
                ],
                [("employee_number", ">", 0), ("employee_number", "<", 100)],
                [("ref", "!=", "A-1"), ("ref", "!=", "a-2")],
                [],
            ],
        )

    def test_opportunities_like_search(self):
        records = self._make_varied_leads()
        self.assertLikeSearch(
            "opportunity",
            records,
            [
                [("stage_id", "=", self.first_stage.id)],
                [("stage_id", "=", self.first_stage.name)],
                [("stage_id.is_won", "=", False)],
                [("tag_ids", "in", self.fair.ids)],
                [("tag_ids", "=", "Fair")],
                [("date_deadline", ">=", "2025-01-01")],
                [("date_deadline", "<", "2025-01-01")],
                [("date_deadline", "=", "2020-06-30")],
                [("date_deadline", "=", False)],
                [("date_deadline", ">", "today")],
                [("expected_revenue", ">", 100)],
                [("expected_revenue", "=", 0)],
                [("priority", "in", ["1", "2"])],
                [("priority", ">=", "2")],
                [("probability", ">=", 40)],
                [("partner_id", "=", self.bruno.id)],
                [("partner_id.industry_id", "=", self.health_industry.id)],
                [("partner_id", "child_of", self.bruno.id)],
                [("partner_id", "=", False)],
                [("email_normalized", "=", "a@example.com")],
                [("email_domain_criterion", "ilike", "example")],
                [("user_id", "=", self.amy.id)],
                [("won_status", "=", "pending")],
                [("create_date", ">", "today -1d")],
            ],
        )

    # -- shapes and fallbacks

    def _rows(self, domain, kind="account"):
        reading = self.plan._reading()
        return compiler.compile_rule(self.env, kind, repr(domain), reading).rows

    def test_rules_that_share_a_shape(self):
        first = self._rows([("ref", "=", "A"), ("color", "in", [1, 2])])
        second = self._rows([("color", "=", 3), ("ref", "in", ["B", "C"])])
        self.assertEqual(first[0].shape, second[0].shape)
        self.assertEqual(sorted(first[0].values), [(1, "A"), (2, "A")])
        self.assertEqual(sorted(second[0].values), [(3, "B"), (3, "C")])

    def test_common_rules_have_a_shape(self):
        """The wrong shape is found by the comparison with search; this tells that the
        rule did not merely fall back to it."""
        for domain in (
            [("ref", "=", "A")],
            [("ref", "=", False)],
            [("ref", "ilike", "A")],
            [("employee_number", ">=", 10)],
            [("annual_revenue", ">", 1e6)],
            [("country_id", "in", [self.de.id, False])],
            [("country_id", "!=", self.de.id)],
            [("category_id", "in", [1])],
            [("is_company", "=", True)],
            ["|", ("ref", "=", "A"), ("color", "=", 1)],
            [],
        ):
            with self.subTest(domain=domain):
                self.assertIsNotNone(self._rows(domain))

    def test_other_rules_fall_back(self):
        for domain in (
            [("country_id.code", "=", "DE")],
            [("child_ids", "!=", False)],
            [("create_date", ">", "today -1d")],
            [("barcode", "=", "1")],
            [("category_id", "=", False)],
            [("display_name", "ilike", "A")],
            [
                ("ref", "in", [str(n) for n in range(50)]),
                ("color", "in", [*range(50)]),
            ],
        ):
            with self.subTest(domain=domain):
                self.assertIsNone(self._rows(domain))

    # -- where and which

    def test_areas_and_rules_both_hold(self):
        both = self.territory(
            "Large in Japan",
            areas=[{"country_id": self.jp.id}],
            rules=[("account", [("employee_number", ">=", 100)])],
        )
        self.assertTerritories(self.account("Ono", self.jp, employee_number=100), both)
        self.assertNoTerritory(self.account("Ito", self.jp, employee_number=99))
        self.assertNoTerritory(self.account("Lee", self.us, employee_number=100))

    def test_rules_are_alternatives(self):
        either = self.territory(
            "Either",
            rules=[("account", [("ref", "=", "A")]), ("account", [("ref", "=", "B")])],
        )
        for ref in ("A", "B"):
            self.assertTerritories(self.account("Acme", self.jp, ref=ref), either)
        self.assertNoTerritory(self.account("Acme", self.jp, ref="C"))

    def test_anywhere_needs_no_area(self):
        named = self.territory(
            "France and friends",
            areas=[{"country_id": self.fr.id}],
            rules=[
                ("account", [("ref", "=", "FRIEND")], {"is_anywhere": True}),
                ("account", [("employee_number", ">=", 10)]),
            ],
        )
        self.assertTerritories(self.account("Far", self.jp, ref="FRIEND"), named)
        self.assertNoTerritory(self.account("Far", self.jp, employee_number=10))
        # in the area the rules stay alternatives
        near = self.account("Near", self.fr, employee_number=10)
        self.assertTerritories(near, self.france | named)
        near.employee_number = 9
        self.assertTerritories(near, self.france)

    def test_anywhere_does_not_open_the_parent(self):
        self.territory(
            "Named",
            self.germany,
            rules=[("account", [("ref", "=", "VIP")], {"is_anywhere": True})],
        )
        self.assertNoTerritory(self.account("Far", self.jp, ref="VIP"))

    def test_rules_of_other_objects_do_not_matter_to_accounts(self):
        """With nothing but rules for leads a territory groups accounts."""
        node = self.territory("Leads", rules=[("lead", [("priority", "=", "3")])])
        below = self.territory("Below", node, areas=[{"country_id": self.jp.id}])
        self.assertTerritories(self.account("Ono", self.jp), below)

    # -- the tree

    def test_parent_gates_child(self):
        self.territory("Odd", self.germany, areas=[{"country_id": self.jp.id}])
        self.assertNoTerritory(self.account("Ono", self.jp))

    def test_grouping_lets_through_and_is_never_assigned(self):
        self.assertTerritories(self.adler, self.germany)
        self.assertTrue(self.europe.is_grouping)
        self.assertFalse(self.germany.is_grouping)

    def test_deepest_of_a_branch_wins(self):
        self.assertTerritories(self.account("Spree", self.de, zip="10119"), self.berlin)

    def test_branches_are_all_kept(self):
        self.assertTerritories(self.bruno, self.berlin | self.health)

    def test_siblings_are_both_kept(self):
        twin = self.territory("Twin", self.europe, areas=[{"country_id": self.de.id}])
        self.assertTerritories(self.account("Spree", self.de), self.germany | twin)

    def test_no_match_no_territory(self):
        self.assertNoTerritory(self.sato)
        self.assertFalse(self.sato.territory_id)

    def test_archived_rule_is_as_if_not_there(self):
        rule = self.territory(
            "France's VIP",
            self.france,
            rules=[
                ("account", [("ref", "=", "VIP")]),
                ("account", [("ref", "=", "X")]),
            ],
        ).rule_ids[1]
        rule.active = False
        self.assertTerritories(self.account("Old", self.fr, ref="X"), self.france)

    def test_archived_territory_takes_its_branch_along(self):
        self.germany.active = False
        self.assertFalse(self.berlin.active)
        self.run_assignment()
        self.assertNoTerritory(self.adler)
        self.assertTerritories(self.bruno, self.health)

    def test_reparented_territory_is_gated_by_its_new_parent(self):
        self.berlin.parent_id = self.france
        self.run_assignment()
        self.assertTerritories(self.bruno, self.germany | self.health)

    def test_individuals_without_company_are_accounts(self):
        person = self.account("Jo", self.de, is_company=False)
        self.assertTerritories(person, self.germany)

    def test_contacts_follow_their_account(self):
        contact = self.contact("Uwe", self.adler, country_id=self.fr.id)
        self.assertTerritories(contact, self.germany)
        self.assertCredited(contact, self.germany)

    def test_many_values_are_inserted_at_once(self):
        """A rule beyond the limits of a shape works all the same."""
        wide = self.territory(
            "Wide",
            rules=[
                (
                    "account",
                    [
                        ("ref", "in", [f"R{n}" for n in range(60)]),
                        ("color", "in", list(range(60))),
                    ],
                )
            ],
        )
        self.assertTerritories(self.account("Acme", self.jp, ref="R59", color=59), wide)
        self.assertNoTerritory(self.account("Acme", self.jp, ref="R60", color=59))

    def test_names_with_apostrophes(self):
        named = self.territory("O'Neill", rules=[("account", [("ref", "=", "O'N%s")])])
        self.assertTerritories(self.account("O'Neill", self.jp, ref="O'N%s"), named)

    def test_one2many_commands_make_rules(self):
        self.france.rule_ids = [
            Command.create({"domain": "[('ref', '=', 'F')]", "applies_to": "account"})
        ]
        self.run_assignment()
        self.assertNoTerritory(self.rivoire)
        self.rivoire.ref = "F"
        self.assertTerritories(self.rivoire, self.france)
