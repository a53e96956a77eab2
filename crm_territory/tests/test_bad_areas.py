from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .bad_input_case import BadInputCase


@tagged("post_install", "-at_install")
class TestBadAreas(BadInputCase):
    """Areas that are no place, or are there already."""

    def _area(self, **values):
        return self.env["crm.territory.area"].create(
            {"territory_id": self.france.id, "country_id": self.fr.id, **values}
        )

    def test_reversed_or_crooked_zip_ranges(self):
        wrong_order = "The ZIP range .* is wrong: it goes from the lower"
        no_code = "is no ZIP code of France"
        for zip_from, zip_to, message in (
            ("75020", "75001", wrong_order),
            ("76", "75001", wrong_order),
            ("b1", "A9", no_code),
            ("A", "9", no_code),
            ("75001", "750011", no_code),
        ):
            with self.subTest(zip_from=zip_from):
                self.assertRefused(
                    ValidationError,
                    message,
                    self._area,
                    zip_from=zip_from,
                    zip_to=zip_to,
                )
        area = self._area(zip_from="75001", zip_to="75 020")
        self.assertRefused(
            ValidationError, wrong_order, area.write, {"zip_to": "10000"}
        )

    def test_what_is_no_zip_code(self):
        for value in ("--", "…", "?", "*", "Paris", "75,,xyz", "75-"):
            self.assertRefused(
                ValidationError, "is no ZIP code", self._area, zip_from=value
            )
        self.assertRefused(
            ValidationError,
            "Hong Kong has no ZIP codes",
            self._area,
            country_id=self.env.ref("base.hk").id,
            zip_from="1",
        )
        # nothing at all is an area of the whole country
        area = self._area(zip_from="  ", city="Lyon")
        self.assertEqual(area.place, "FR||lyon|")

    def test_half_a_range(self):
        self.assertRefused(
            ValidationError, "ZIP From is empty", self._area, zip_to="75"
        )

    def test_the_same_line_twice(self):
        self._area(zip_from="75", zip_to="76")
        other = self._area(zip_from="80")
        for values in (
            {"zip_from": "75000", "zip_to": "76999"},
            {"zip_from": "75-76"},
            {"zip_from": "750-76"},
        ):
            self.assertRefused(
                ValidationError, "has the area .* already", self._area, **values
            )
        self.assertRefused(
            ValidationError,
            "has the area .* already",
            other.write,
            {"zip_from": "75", "zip_to": "76"},
        )

    def test_area_in_a_country_and_a_group(self):
        group = self.env.ref("base.europe")
        self.assertRefused(
            IntegrityError, "one_place", self._area, country_group_id=group.id
        )
        self.assertRefused(
            ValidationError,
            "is a group of countries",
            self._area,
            country_id=False,
            country_group_id=group.id,
            city="Paris",
        )

    # -- what is pasted into one field

    def _pasted(self, country, text, zip_to=False):
        """The codes of the areas that a text makes."""
        before = self.france.area_ids
        area = self._area(country_id=country.id, zip_from=text, zip_to=zip_to)
        self.assertFalse(area.zip_from and "," in area.zip_from)
        self.france.invalidate_recordset()
        made = (self.france.area_ids - before).sorted("id")
        self.assertEqual(made[:1], area)
        codes = [(a.zip_from, a.zip_to or "") for a in made]
        made.unlink()
        return codes

    def test_pasted_codes(self):
        for text, codes in (
            ("10000-19999", [("10000", "19999")]),
            ("60 – 69", [("60", "69")]),
            ("1000, 1001", [("1000", ""), ("1001", "")]),
            ("75;77", [("75", ""), ("77", "")]),
            ("75*", [("75", "")]),
            ("75xxx", [("75", "")]),
            ("75 to 77, 92", [("75", "77"), ("92", "")]),
        ):
            with self.subTest(text):
                found = self._pasted(self.fr, text)
                self.assertEqual(found, codes)

    def test_pasted_into_a_stored_area(self):
        area = self._area(zip_from="75")
        area.write({"zip_from": "77, 78-79"})
        self.assertEqual(
            [(a.zip_from, a.zip_to) for a in self.france.area_ids if a.zip_from],
            [("77", False), ("78", "79")],
        )

    def test_state_of_another_country(self):
        texas = self.env.ref("base.state_us_44")
        self.assertRefused(
            ValidationError, "Texas is not in France", self._area, state_id=texas.id
        )

    def test_area_without_country(self):
        self.assertRefused(IntegrityError, "one_place", self._area, country_id=False)
