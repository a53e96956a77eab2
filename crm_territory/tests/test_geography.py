import runpy

from odoo.tests import Form, tagged
from odoo.tools import file_path

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestGeography(TerritoryCase):
    """Where a record lies: countries, states, cities and ZIP codes of every style."""

    def _in_area(self, country, area, **address):
        """Whether an account at the address is in a territory of the one area."""
        territory = self.territory("Area", areas=[{"country_id": country.id, **area}])
        account = self.account("Somebody", country, **address)
        self.env.flush_all()
        found = territory in account.territory_ids
        # a change of the account says the same as its creation
        moved = self.account("Moved", self.jp, zip="999", city="Elsewhere")
        self.env.flush_all()
        moved.write({"country_id": country.id, **address})
        self.assertEqual(territory in moved.territory_ids, found)
        account.unlink()
        moved.unlink()
        territory.unlink()
        return found

    def assertCodes(self, country, zip_from, zip_to, inside, outside):
        for code, expected in [
            *((code, True) for code in inside),
            *((code, False) for code in outside),
        ]:
            with self.subTest(country=country.code, zip_from=zip_from, code=code):
                area = {"zip_from": zip_from, "zip_to": zip_to}
                self.assertEqual(self._in_area(country, area, zip=code), expected)

    def test_us_range(self):
        self.assertCodes(
            self.us,
            "90001",
            "90210",
            inside=["90001", "90210", "90100", "90 101", "90210-1234"],
            outside=["90000", "90211", "9000", "9002", "190100", "", False],
        )

    def test_leading_zeros_are_kept(self):
        self.assertCodes(
            self.us,
            "00501",
            "06999",
            inside=["00501", "02134", "06999-0001", "501", "2134"],
            outside=["07000", "00500", "7000"],
        )

    def test_zeros_that_a_spreadsheet_lost(self):
        for country, area, code, expected in (
            (self.us, "010", "2115", False),
            (self.us, "021", "2115", True),
            (self.us, "21", "2115", False),
            (self.us, "005", "501", True),
            (self.de, "10", "1067", False),
            (self.de, "01", "1067", True),
            (self.fr, "60", "6000", False),
            (self.fr, "06", "6000", True),
        ):
            with self.subTest(country=country.code, area=area, code=code):
                found = self._in_area(country, {"zip_from": area}, zip=code)
                self.assertEqual(found, expected)

    def test_us_prefix(self):
        self.assertCodes(
            self.us,
            "902",
            False,
            inside=["90210", "90210-1234"],
            outside=["90310", "90", "902", "1902"],
        )

    def test_canadian_prefix(self):
        self.assertCodes(
            self.ca,
            "h3z",
            False,
            inside=["H3Z 2Y7", "h3z2y7", "H3Z-2Y7"],
            outside=["H3A 2Y7", "H3"],
        )

    def test_canadian_range(self):
        self.assertCodes(
            self.ca,
            "H1A",
            "H3Z",
            inside=["H1A 0A1", "H2X 1Y6", "h3z 9z9"],
            outside=["G9Z 1A1", "H4A 1A1", "J1A 1A1"],
        )

    def test_british_prefix_and_range(self):
        self.assertCodes(
            self.gb,
            "SW1A",
            False,
            inside=["SW1A 1AA", "sw1a1aa"],
            outside=["SW1E 6AA", "SW1", "W1A 1AA"],
        )
        self.assertCodes(
            self.gb,
            "ec1a",
            "EC4Y",
            inside=["EC1A 1BB", "EC2M 7PY", "ec4y 0ab"],
            outside=["E1 6AN", "EC5A 1AA", "WC1A 1AA"],
        )

    def test_french_departments(self):
        self.assertCodes(
            self.fr,
            "06",
            False,
            inside=["06000", "06 200", "06", "6000"],
            outside=["60600", "13006", "6"],
        )
        self.assertCodes(
            self.fr,
            "75001",
            "75 020",
            inside=["75001", "75020", "75 008 CEDEX 08"],
            outside=["75000", "75021", "78000"],
        )

    def test_dutch_codes(self):
        self.assertCodes(
            self.nl,
            "1011",
            "1019",
            inside=["1012 AB", "1019zz", "1011"],
            outside=["1020 AA", "1010 ZZ", "101"],
        )
        self.assertCodes(
            self.nl,
            "1012 AA",
            "1012 BZ",
            inside=["1012 AB", "1012bz"],
            outside=["1012 CA", "1012", "1013 AA"],
        )
        self.assertCodes(
            self.nl, "1012 AA", "1012 ZZ", inside=["1012"], outside=["101"]
        )

    def test_british_districts_are_no_letters(self):
        for area, inside, outside in (
            (("M1", False), ["M1 1AE", "m11ae", "M1"], ["M14 5RT", "M11 4AA"]),
            (("M11", False), ["M11 4AA", "M114AA"], ["M1 1AE", "M1 4AA"]),
            (("PA67", False), ["PA67 6AA"], ["PA6 7LN", "PA67LN"]),
            (("SW11", False), ["SW11 1AA"], ["SW1 1AA", "SW11AA", "SW1A 1AA"]),
            (("N1", False), ["N1 9GU", "N1C 4AG"], ["N10 1AA", "NW1 1AA"]),
            (("E", False), ["E1 6AN", "E14 5AB"], ["EC1A 1BB", "EH1 1AA"]),
            (("SW1", "SW20"), ["SW1A 1AA", "SW19 5AE"], ["SW21 1AA", "W1A 1AA"]),
            (("SW1", "SW9"), ["SW9 0AA"], ["SW19 5AE"]),
            (("W1A", "W2A"), ["W1B 1AA", "W2 1AA"], ["W29 1AA", "W19 1AA"]),
        ):
            self.assertCodes(self.gb, *area, inside, outside)

    def test_letters_of_the_country(self):
        for country, area, inside in (
            ("lv", "LV-1010", ["1010", "LV-1010", "lv1010"]),
            ("de", "D-10117", ["D-10117", "DE 10117", "10117"]),
            ("ch", "80", ["CH-8001", "8001"]),
            ("ad", "AD500", ["AD500", "500"]),
            ("jp", "１００", ["１００－０００１", "100-0001", "1000001"]),
            ("ie", "D01–D24", ["D6W XT66", "D02 X285"]),
            ("br", "01000-000–05999-999", ["01310", "01310-100", "1310-100"]),
        ):
            self.assertCodes(self.env.ref(f"base.{country}"), area, False, inside, [])

    def test_parts_of_countries(self):
        """France and 97410, or Réunion: one place, one area."""
        reunion = self.env.ref("base.re")
        texas = self.env.ref("base.state_us_44")
        puerto_rico = self.env.ref("base.pr")
        for country, address in ((self.fr, {}), (reunion, {})):
            address = {**address, "zip": "97410"}
            self.assertTrue(
                self._in_area(country, {"country_id": reunion.id}, **address)
            )
            area = {"country_id": self.fr.id, "zip_from": "974"}
            self.assertTrue(self._in_area(country, area, **address))
            self.assertFalse(
                self._in_area(country, {"country_id": self.fr.id}, **address)
            )
        area = {"country_id": puerto_rico.id}
        self.assertTrue(self._in_area(self.us, area, zip="00901"))
        self.assertTrue(self._in_area(puerto_rico, area, zip="901"))
        self.assertFalse(self._in_area(self.us, area, state_id=texas.id, zip="75001"))

    def test_group_of_countries(self):
        group = self.env["res.country.group"].create(
            {"name": "Two", "country_ids": [(6, 0, [self.fr.id, self.jp.id])]}
        )
        area = {"country_group_id": group.id, "country_id": False}
        self.assertTrue(self._in_area(self.fr, area))
        self.assertFalse(self._in_area(self.gb, area))
        two = self.territory("Two", areas=[area])
        group.country_ids = self.fr | self.gb
        self.assertIn(two, self.account("Acme", self.gb).territory_ids)
        self.assertNotIn(two, self.account("Acme", self.jp).territory_ids)

    def test_the_country_holds_as_well(self):
        area = {"zip_from": "10115", "zip_to": "14199"}
        self.assertFalse(self._in_area(self.us, area | {"country_id": self.de.id}))
        self.assertTrue(self._in_area(self.de, area, zip="10117"))

    def test_country_alone(self):
        self.assertTrue(self._in_area(self.fr, {}, zip="75001", city="Paris"))

    def test_state(self):
        texas = self.env.ref("base.state_us_44")
        ohio = self.env.ref("base.state_us_36")
        area = {"state_id": texas.id}
        self.assertTrue(self._in_area(self.us, area, state_id=texas.id))
        self.assertFalse(self._in_area(self.us, area, state_id=ohio.id))
        self.assertFalse(self._in_area(self.us, area))

    def test_city(self):
        area = {"city": "Lyon"}
        self.assertTrue(self._in_area(self.fr, area, city=" lyon "))
        self.assertTrue(self._in_area(self.fr, area, city="LYON", zip="69001"))
        self.assertFalse(self._in_area(self.fr, area, city="Lyon-Sud"))
        self.assertFalse(self._in_area(self.fr, area))

    def test_city_is_spelled_in_several_ways(self):
        for country, area, spellings in (
            ("ch", "Zürich", ("ZÜRICH", "Zu\u0308rich", " Zürich ")),
            ("tr", "İstanbul", ("ISTANBUL", "istanbul", "I\u0307stanbul")),
            ("pl", "Łódź", ("ŁÓDŹ", "łódź")),
            ("de", "Gießen", ("GIESSEN", "gießen")),
        ):
            for city in spellings:
                with self.subTest(area=area, city=city):
                    land = self.env.ref(f"base.{country}")
                    self.assertTrue(self._in_area(land, {"city": area}, city=city))
        unaccented = self._in_area(
            self.env.ref("base.ch"), {"city": "Zürich"}, city="Zurich"
        )
        self.assertEqual(unaccented, bool(self.env.registry.has_unaccent))

    def test_city_with_spaces_around_it_in_the_area(self):
        self.assertTrue(self._in_area(self.fr, {"city": " Lyon"}, city="Lyon"))

    def test_all_that_an_area_names_must_hold(self):
        texas = self.env.ref("base.state_us_44")
        area = {"state_id": texas.id, "city": "Austin", "zip_from": "787"}
        right = {"state_id": texas.id, "city": "Austin", "zip": "78701"}
        self.assertTrue(self._in_area(self.us, area, **right))
        for name, value in (("state_id", False), ("city", "Waco"), ("zip", "76701")):
            with self.subTest(name):
                self.assertFalse(
                    self._in_area(self.us, area, **(right | {name: value}))
                )

    def test_areas_are_alternatives(self):
        both = self.territory(
            "Both", areas=[{"country_id": self.us.id}, {"country_id": self.ca.id}]
        )
        for country in (self.us, self.ca):
            self.assertIn(both, self.account("Acme", country).territory_ids)
        self.assertNotIn(both, self.account("Acme", self.gb).territory_ids)

    def test_areas_that_name_different_things_do_not_mix(self):
        """The whole of Canada, Texas, one ZIP code of Ohio: nothing leaks."""
        texas, ohio = (self.env.ref(f"base.state_us_{n}") for n in (44, 36))
        mixed = self.territory(
            "Mixed",
            areas=[
                {"country_id": self.ca.id},
                {"country_id": self.us.id, "state_id": texas.id},
                {"country_id": self.us.id, "state_id": ohio.id, "zip_from": "44101"},
            ],
        )
        cases = [
            (True, self.ca, {"zip": "H3Z 2Y7"}),
            (True, self.us, {"state_id": texas.id, "zip": "1"}),
            (True, self.us, {"state_id": ohio.id, "zip": "44101"}),
            (False, self.us, {"state_id": ohio.id, "zip": "44102"}),
            (False, self.us, {"zip": "44101"}),
            (False, self.us, {}),
        ]
        for expected, country, address in cases:
            account = self.account("Acme", country, **address)
            self.assertEqual(mixed in account.territory_ids, expected, address)

    def test_zip_is_normalised_once_on_both_sides(self):
        account = self.account("Palace", self.gb, zip=" sw1a-1aa ")
        lead = self.lead("Palace", zip="sw1a 1aa", country_id=self.gb.id)
        area = self.territory(
            "Westminster", areas=[{"country_id": self.gb.id, "zip_from": "sw1a 1"}]
        ).area_ids
        self.assertEqual(account.place_code, "GBSW01A1AA")
        self.assertEqual(lead.place_code, "GBSW01A1AA")
        self.assertEqual((area.zip_from, account.zip), ("sw1a 1", " sw1a-1aa "))
        account.zip = "M1 1AE"
        self.assertEqual(account.place_code, "GBM-01-1AE")
        account.zip = " - "
        self.assertEqual(account.place_code, "GB")

    def test_a_copied_account_lies_where_the_first_does(self):
        self.assertTerritories(self.bruno.copy(), self.berlin | self.health)

    def test_lead_takes_the_zip_of_its_new_contact(self):
        """The address of a lead is computed: its normalised code follows."""
        lead = self.lead("By mail", country_id=self.us.id, zip="1")
        lead.partner_id = self.adler
        self.assertEqual(lead.place_code, self.adler.place_code)

    def test_changed_area_judges_by_the_new_one(self):
        self.berlin.area_ids.write({"zip_from": "80", "zip_to": False})
        self.run_assignment()
        self.assertTerritories(self.adler, self.berlin)
        self.assertTerritories(self.bruno, self.germany | self.health)

    def test_how_an_area_is_understood(self):
        munich = self.territory(
            "Munich",
            areas=[{"country_id": self.de.id, "zip_from": "80", "zip_to": "85"}],
        ).with_user(self.mona)
        inside = self.account("Inside", self.de, zip="80331")
        self.account("Outside", self.de, zip="90331")
        area = munich.area_ids
        self.env.flush_all()
        self.assertEqual(area.reading, "Germany 80000–85999")
        before = area.account_count
        self.assertGreater(before, 0)
        inside.zip = "10117"
        self.env.flush_all()
        area.invalidate_recordset()
        self.assertEqual(area.account_count, before - 1)
        short = area.new({"country_id": self.de.id, "zip_from": "1067"})
        self.assertIn("01067", short.reading)
        wrong = area.new({"country_id": self.de.id, "zip_from": "12345678"})
        self.assertIn("no ZIP code of Germany", wrong.reading)

    def test_form_tells_what_is_typed_before_it_is_saved(self):
        self.account("Pasing", self.de, zip="81241")
        with Form(self.germany.with_user(self.mona)) as form:
            with form.area_ids.new() as line:
                line.country_id = self.de
                line.zip_from = "81000-81999, 01067"
                self.assertEqual(line.reading, "Germany 81000–81999 and 01067")
                self.assertEqual(line.account_count, 1)

    def test_who_has_a_place_already_is_told_at_entry(self):
        munich = self.territory(
            "Munich",
            areas=[{"country_id": self.de.id, "zip_from": "80", "zip_to": "85"}],
        )
        other = self.territory("Other", areas=[{"country_id": self.gb.id}])
        areas = self.env["crm.territory.area"].with_user(self.mona)
        for zip_from, expected in (
            ("81", munich),
            ("8", munich),
            ("90", other.browse()),
        ):
            area = areas.new(
                {
                    "territory_id": other.id,
                    "country_id": self.de.id,
                    "zip_from": zip_from,
                }
            )
            found, shut = area._sharing_places(other)
            self.assertEqual(found & (munich | other), expected)
            self.assertFalse(shut)
            if expected:
                self.assertIn(munich.name, area._onchange_place()["warning"]["message"])

    def test_a_place_that_the_parent_does_not_take_is_told_at_entry(self):
        area = self.env["crm.territory.area"].new(
            {"territory_id": self.berlin.id, "country_id": self.fr.id}
        )
        told = area._onchange_place()["warning"]["message"]
        self.assertIn("“Europe / Germany” above it takes nothing there", told)

    def test_the_form_says_who_has_part_of_the_geography(self):
        paris = self.territory(
            "Paris", self.europe, areas=[{"country_id": self.fr.id, "zip_from": "75"}]
        )
        paris.type_id = self.france.type_id
        told = paris.with_user(self.mona).area_conflict
        self.assertIn("Europe / France", told)
        with Form(paris.with_user(self.mona)) as form:
            self.assertEqual(form.area_conflict, told)
            with form.area_ids.edit(0) as line:
                line.country_id = self.jp
            self.assertFalse(form.area_conflict)
            with form.area_ids.edit(0) as line:
                line.country_id = self.fr
        for silent in (self.germany, self.berlin, self.health, self.europe):
            self.assertFalse(silent.with_user(self.mona).area_conflict)
        paris.type_id = self.health.type_id  # an overlay is meant so
        self.assertFalse(paris.with_user(self.mona).area_conflict)
        self.assertFalse(paris.with_user(self.amy).area_conflict)

    def test_stored_areas_that_are_not_understood_are_told_to_the_plan(self):
        odd = self.territory("Odd", areas=[{"country_id": self.de.id, "zip_from": "8"}])
        area = odd.area_ids
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_territory_area SET zip_from = 'x-ray' WHERE id = %s", [area.id]
        )
        area.invalidate_recordset()
        self.env.add_to_compute(area._fields["place"], area)
        area.flush_recordset()
        area._fill_places()
        self.plan._bump_version()
        self.assertFalse(area.is_understood)
        self.assertEqual(self.plan.with_user(self.mona).unread_area_count, 1)
        account = self.account("Acme", self.de, zip="80331")
        self.assertNotIn(odd, account.territory_ids)
        copied = self.plan.copy({"name": "Next"})
        self.assertEqual(copied.unread_area_count, 1)
        area.write({"zip_from": "80"})
        self.assertTrue(area.is_understood)

    def test_stored_areas_are_migrated(self):
        """Lists and ranges in one text are read; twins go; what is odd stays."""
        texts = ("75, 77", "80-85", "10", "10 ", "x-ray")
        old = self.territory(
            "Old",
            areas=[
                {"country_id": self.de.id, "zip_from": str(20 + number)}
                for number in range(len(texts) + 1)
            ],
        )
        self.env.flush_all()
        for area, text in zip(old.area_ids, (*texts, None), strict=True):
            self.env.cr.execute(
                "UPDATE crm_territory_area SET zip_from = %s, zip_to = %s"
                " WHERE id = %s",
                [text, None if text else "30", area.id],
            )
        self.env.cr.execute("DELETE FROM crm_territory_area_place")
        self.env.invalidate_all()
        script = file_path("crm_territory/migrations/19.0.2.0.0/post-places.py")
        runpy.run_path(script)["migrate"](self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.assertEqual(
            sorted((a.zip_from, a.zip_to or "") for a in old.area_ids),
            [
                ("10", ""),
                ("30", ""),
                ("75", ""),
                ("77", ""),
                ("80", "85"),
                ("x-ray", ""),
            ],
        )
        odd = old.area_ids.filtered(lambda area: not area.is_understood)
        self.assertEqual(odd.zip_from, "x-ray")
        for code, expected in (("77001", True), ("30001", True), ("90001", False)):
            account = self.account("Acme", self.de, zip=code)
            self.assertEqual(old in account.territory_ids, expected, code)
