from odoo.tests import tagged

from ..engine import zipcode
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
            inside=["00501", "02134", "06999-0001"],
            outside=["501", "2134", "07000", "00500"],
        )

    def test_us_prefix(self):
        self.assertCodes(
            self.us,
            "902",
            False,
            inside=["90210", "902"],
            outside=["90310", "90", "1902"],
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
            inside=["06000", "06 200", "06"],
            outside=["6000", "60600", "13006"],
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

    def test_range_of_mixed_letters_and_digits_sorts_as_ascii(self):
        """Digits come before letters, whatever the collation of the database."""
        self.assertCodes(
            self.gb, "W1A", "W2A", inside=["W1B 1AA", "W29 1AA"], outside=["W19 1AA"]
        )

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
        self.assertEqual(account.zip_normalized, "SW1A1AA")
        self.assertEqual(lead.zip_normalized, "SW1A1AA")
        self.assertEqual(area.zip_low, "SW1A1")
        self.assertEqual((area.zip_from, account.zip), ("sw1a 1", " sw1a-1aa "))
        account.zip = "M1 1AE"
        self.assertEqual(account.zip_normalized, "M11AE")
        account.zip = " - "
        self.assertFalse(account.zip_normalized)

    def test_a_copied_account_lies_where_the_first_does(self):
        self.assertTerritories(self.bruno.copy(), self.berlin | self.health)

    def test_lead_takes_the_zip_of_its_new_contact(self):
        """The address of a lead is computed: its normalised code follows."""
        lead = self.lead("By mail", country_id=self.us.id, zip="1")
        lead.partner_id = self.adler
        self.assertEqual(lead.zip_normalized, zipcode.normalize(self.adler.zip))

    def test_changed_area_judges_by_the_new_one(self):
        self.berlin.area_ids.write({"zip_from": "80", "zip_to": False})
        self.run_assignment()
        self.assertTerritories(self.adler, self.berlin)
        self.assertTerritories(self.bruno, self.germany | self.health)
