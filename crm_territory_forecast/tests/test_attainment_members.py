from odoo.tests import tagged

from .attainment_case import MARCH, MEMBERS, AttainmentCase


@tagged("post_install", "-at_install")
class TestAttainmentOfMembers(AttainmentCase):
    """The targets of members, and what they achieved of them."""

    def test_nested_targets_of_one_member(self):
        """That of the outermost territory includes the others."""
        self.target(self.germany, 1500, user=self.amy)
        self.target(self.berlin, 100, user=self.amy)
        self.target(self.berlin, 40, user=self.claire)
        self.target(self.europe, 900, user=self.claire)
        self.target(self.europe, 5000)
        self.assertEqual(
            self.groups("user_id", domain=MARCH, aggregates=MEMBERS[:1]),
            {"amy": 1500, "claire": 900, False: False},
        )
        self.assertEqual(
            self.groups("territory_id", domain=MARCH, aggregates=MEMBERS[:1]),
            {"Europe": 860, "Germany": 1400, "Berlin": 140},
        )
        self.assertEqual(self.total(domain=MARCH, aggregates=MEMBERS[:1]), 2400)
        self.assertEqual(self.total(domain=MARCH), 5000, "of territories only")

    def test_what_counts_is_won_where_one_has_a_target(self):
        """In the territory or below it, in that period."""
        self.target(self.germany, 500, user=self.amy)
        self.won(self.pauli, 30, "2017-03-02", user_id=self.amy.id)
        self.won(self.rivoire, 50, "2017-03-02", user_id=self.amy.id)
        self.won(self.adler, 70, "2017-04-02", user_id=self.amy.id)
        self.won(self.adler, 90, "2017-03-02", user_id=self.bob.id)
        self.assertEqual(
            self.groups("user_id", aggregates=MEMBERS),
            {
                "amy": (500, 1030, 1030 / 500),
                "bob": (False, False, False),
                False: (False, False, False),
            },
        )
        self.assertEqual(
            self.groups("territory_id", domain=MARCH, aggregates=MEMBERS[:2]),
            {"Germany": (500, 1000), "Berlin": (False, 30), "France": (False, False)},
        )
        found = self.groups("date_start:month", aggregates=MEMBERS[2:])
        self.assertEqual(found["March 2017"], 1030 / 500)
        self.assertIs(found["April 2017"], False)

    def test_as_star_performers_count(self):
        """Of one period, over all territories."""
        self.target(self.germany, 800, user=self.amy)
        self.target(self.berlin, 300, user=self.amy)
        self.target(self.health, 200, user=self.amy)
        self.target(self.europe, 400, user=self.claire)
        self.won(self.pauli, 30, "2017-03-02", user_id=self.amy.id)
        self.won(self.rivoire, 50, "2017-03-02", user_id=self.claire.id)
        self.won(self.bruno, 7, "2017-03-02", user_id=self.amy.id)
        self.env.flush_all()
        stars = self.forecast.with_user(self.mona).get_star_performers(
            {
                "date_from": "2017-03-01",
                "date_to": "2017-03-31",
                "tree": "then",
                "by": "user",
            }
        )
        ranked = {row["name"]: row for row in stars["rows"] if row["has_target"]}
        self.assertEqual(set(ranked), {"amy", "claire"})
        found = self.groups("user_id", domain=MARCH, aggregates=MEMBERS)
        for name, row in ranked.items():
            self.assertEqual(
                found[name], (row["target"], row["achieved"], row["achieved_rate"])
            )

    def test_a_target_that_one_may_not_read_tells_nothing(self):
        """Not even that somebody has one."""
        self.target(self.germany, 500, user=self.bob)
        self.won(self.adler, 90, "2017-03-02", user_id=self.bob.id)
        amount = [("achieved", "=", 90)]
        self.assertEqual(self.total(self.amy, amount, aggregates=MEMBERS[1:2]), False)
        self.assertEqual(self.total(self.claire, amount, aggregates=MEMBERS[1:2]), 90)
