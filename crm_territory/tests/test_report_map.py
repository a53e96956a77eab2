from collections import Counter, defaultdict

from odoo.tests import tagged

from .report_case import ReportCase

REPORT = "crm.territory.map.report"
AMOUNTS = ("open_amount:sum", "open_count:sum", "won_amount:sum", "won_count:sum")


@tagged("post_install", "-at_install")
class TestReportMap(ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        us = cls.us
        cls.california, cls.texas = (
            cls.env.ref(f"base.state_us_{number}") for number in (5, 44)
        )
        america = cls.territory("America", areas=[{"country_id": us.id}])
        cls.west = cls.territory(
            "West",
            america,
            areas=[{"country_id": us.id, "state_id": cls.california.id}],
        )
        cls.america = america

    # -- figures

    def test_opportunities_by_place(self):
        expected = defaultdict(lambda: [0, 0, 0, 0])
        for deal in self.of_status("won") + self.of_status("pending"):
            place = deal.lead.partner_id.country_id or deal.lead.country_id
            figures = expected[place, deal.territory]
            offset = 2 if deal.status == "won" else 0
            figures[offset] += deal.amount
            figures[offset + 1] += 1
        found = self.figures(
            REPORT,
            ["country_id", "territory_id"],
            AMOUNTS,
            [("lead_id", "!=", False)],
        )
        self.assertFigures(found, expected)

    def test_places_are_in_the_order_of_their_names(self):
        """In the language of the reader, though they are ordered as groups."""
        self.env["res.lang"].sudo()._activate_lang("fr_FR")
        report = self.env[REPORT].with_user(self.mona)
        for lang, name in (("en_US", "Zzz"), ("fr_FR", "Aaa")):
            self.de.sudo().with_context(lang=lang).name = name
            for order in ("country_id", "country_id desc"):
                groups = report.with_context(lang=lang)._read_group(
                    [("country_id", "!=", False)], ["country_id"], order=order
                )
                names = [country.name for (country,) in groups]
                self.assertEqual(names, sorted(names, reverse="desc" in order), lang)
                self.assertIn(name, names)

    def test_accounts_by_place(self):
        partners = self.env["res.partner"].search([("partner_share", "=", True)])
        companies = self.env["res.company"].sudo().search([]).partner_id
        counted = partners.filtered(
            lambda partner: partner == partner.commercial_partner_id
            and (partner not in companies or partner.territory_set_id)
        )
        expected = Counter((each.country_id, each.territory_id) for each in counted)
        found = self.figures(
            REPORT,
            ["country_id", "territory_id"],
            ["account_count:sum"],
            [("lead_id", "=", False), ("partner_share", "=", True)],
        )
        self.assertEqual({key: row[0] for key, row in found.items()}, dict(expected))

    def test_state_is_of_the_same_address_as_the_country(self):
        """Not that of the lead, if the account has a country but no state."""
        account = self.account("Elsewhere", self.jp)
        lead = self.lead(
            "Elsewhere",
            account,
            country_id=self.us.id,
            state_id=self.california.id,
        )
        loose = self.lead("Loose", country_id=self.us.id, state_id=self.california.id)
        self.env.flush_all()
        rows = self.env[REPORT].search([("lead_id", "in", (lead | loose).ids)])
        places = {row.lead_id: (row.country_id, row.state_id) for row in rows}
        no_state = self.env["res.country.state"]
        self.assertEqual(places[lead], (self.jp, no_state))
        self.assertEqual(places[loose], (self.us, self.california))

    def test_gap_is_what_is_in_no_territory(self):
        rows = self.env[REPORT].search([])
        gaps = rows.filtered("is_gap")
        self.assertTrue(gaps)
        self.assertEqual(gaps, rows.filtered(lambda row: not row.territory_id))

    def test_open_from_the_list(self):
        self.env.flush_all()
        account = self.env[REPORT].search([("partner_id", "=", self.adler.id)])
        action = account.filtered(lambda row: not row.lead_id).action_open()
        self.assertEqual(action["res_model"], "res.partner")
        self.assertEqual(action["res_id"], self.adler.id)
        deal = self.of_status("won")[0]
        action = self.env[REPORT].search([("lead_id", "=", deal.lead.id)]).action_open()
        self.assertEqual((action["res_model"], action["res_id"])[1], deal.lead.id)

    # -- geography

    def geography(self, place="country_id", color=None, user=None):
        report = self.env[REPORT].with_user(user or self.amy)
        geography = report.get_geography(place, color)
        covered = defaultdict(set)
        for place_id, territory_id, name in geography["covered"]:
            territory = self.env["crm.territory"].browse(territory_id)
            self.assertEqual(territory.name, name)
            covered[place_id].add(territory)
        return geography, covered

    def test_first_level_that_tells_places_apart(self):
        geography, covered = self.geography()
        self.assertEqual(geography["color"], "territory_level_1_id")
        self.assertEqual(
            dict(covered),
            {
                self.de.id: {self.europe},
                self.fr.id: {self.europe},
                self.us.id: {self.america},
            },
        )
        # alone, Europe is the same color everywhere
        self.america.active = False
        geography, covered = self.geography()
        self.assertEqual(geography["color"], "territory_level_2_id")
        self.assertEqual(
            dict(covered), {self.de.id: {self.germany}, self.fr.id: {self.france}}
        )

    def test_states_are_covered_by_their_country(self):
        geography, covered = self.geography("state_id")
        self.assertEqual(geography["color"], "territory_level_2_id")
        self.assertEqual(covered[self.california.id], {self.america, self.west})
        self.assertEqual(covered[self.texas.id], {self.america})
        codes = dict(geography["codes"])
        self.assertEqual(codes[self.texas.id], "TX")
        self.assertEqual(set(codes), set(self.us.state_ids.ids))

    def test_part_of_a_country_covers_no_state(self):
        self.territory(
            "ZIP", areas=[{"country_id": self.us.id, "zip_from": "1", "zip_to": "2"}]
        )
        self.territory("City", areas=[{"country_id": self.us.id, "city": "Austin"}])
        names = {name for *_ids, name in self.geography("state_id")[0]["covered"]}
        self.assertEqual(names, {"America", "West"})
        _geography, covered = self.geography("country_id", "territory_id")
        self.assertEqual(
            {each.name for each in covered[self.us.id]},
            {"America", "West", "ZIP", "City"},
        )

    def test_only_active_plans_cover(self):
        self.plan.action_archive_plan()
        geography, covered = self.geography()
        self.assertEqual((geography["color"], covered), ("territory_id", {}))
        self.assertEqual(dict(geography["codes"])[self.fr.id], "FR")

    def test_what_is_no_territory_covers_nothing(self):
        for color in ("user_id", "territory_type_id", "parent_id", "name"):
            geography, covered = self.geography(color=color)
            self.assertEqual((geography["color"], covered), (color, {}))

    def test_no_more_queries_with_more_areas(self):
        def queries():
            self.env.invalidate_all()
            with self.counting() as count:
                self.geography(color="territory_level_2_id", user=self.mona)
            return count[0]

        queries()
        few = queries()
        for number in range(20):
            self.territory(
                f"More {number}",
                self.france,
                areas=[
                    {"country_id": self.fr.id, "city": f"City {number}"},
                    {"country_id": self.de.id, "city": f"Stadt {number}"},
                ],
            )
        queries()
        self.assertLessEqual(queries(), few)
