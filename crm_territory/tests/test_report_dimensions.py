from datetime import timedelta

from odoo import fields
from odoo.tests import tagged

from .report_case import ReportCase


@tagged("post_install", "-at_install")
class TestReportDimensions(ReportCase):
    """The levels of territories, as columns that reports group by."""

    def levels(self, territory):
        return (territory.level_1_id, territory.level_2_id, territory.level_3_id)

    def line(self, territory):
        """The first three territories from the root down to it, in plain Python; where
        there are fewer, the last one again.
        """
        line, last = [], territory
        while territory:
            line.insert(0, territory)
            territory = territory.parent_id
        return tuple((line + [last] * 3)[:3])

    def assertLevels(self):
        self.env.flush_all()
        self.env.invalidate_all()
        for territory in self.plan.territory_ids:
            self.assertEqual(self.levels(territory), self.line(territory))

    def test_levels_are_the_path_to_the_root(self):
        self.assertEqual(self.levels(self.europe), (self.europe,) * 3)
        self.assertEqual(
            self.levels(self.france), (self.europe, self.france, self.france)
        )
        self.assertEqual(
            self.levels(self.berlin), (self.europe, self.germany, self.berlin)
        )
        deep = self.territory("Mitte", self.berlin)
        self.assertEqual(self.levels(deep), (self.europe, self.germany, self.berlin))

    def test_levels_follow_when_a_territory_moves(self):
        self.germany.parent_id = self.products
        self.assertLevels()
        self.germany.parent_id = False
        self.assertLevels()
        self.chance.seed(3)
        for _ in range(20):
            below, above = self.chance.sample(list(self.plan.territory_ids), 2)
            if str(below.id) not in above.parent_path.split("/"):
                below.parent_id = above
        self.assertLevels()

    def test_moving_many_is_one_recomputation(self):
        for number in range(30):
            self.territory(f"T{number}", self.germany)
        with self.counting() as few:
            self.berlin.parent_id = self.france
        self.env.flush_all()
        with self.counting() as many:
            self.germany.parent_id = self.products
        self.assertLessEqual(many[0], few[0] + 6)

    def test_own_reports_of_odoo_group_by_levels(self):
        for model_name in ("crm.lead", "crm.activity.report"):
            described = self.env[model_name].fields_get(attributes=["groupable"])
            for name in (
                "territory_id",
                "territory_level_1_id",
                "territory_level_2_id",
                "territory_level_3_id",
                "territory_type_id",
                "territory_plan_id",
            ):
                self.assertTrue(described[name]["groupable"], name)

    def test_pipeline_rolls_up_by_level(self):
        for name in ("level_1_id", "level_2_id", "level_3_id", "type_id"):
            expected = {}
            for deal in self.deals:
                if not deal.archived:
                    group = deal.territory[name]
                    count, amount = expected.get(group, (0, 0))
                    expected[group] = count + 1, amount + deal.amount
            found = self.figures(
                "crm.lead",
                [f"territory_{name}"],
                ["__count", "expected_revenue:sum"],
            )
            self.assertFigures(found, expected)

    def test_activities_roll_up_by_level(self):
        deal = next(d for d in self.deals if d.territory == self.germany)
        deal.lead.active = True
        call = self.env.ref("mail.mail_activity_data_call")
        activity = deal.lead.activity_schedule(activity_type_id=call.id)
        activity.action_feedback("Done")
        found = self.figures(
            "crm.activity.report", ["territory_level_1_id"], ["__count"]
        )
        self.assertFigures(found, {self.europe: (1,)})

    def test_no_level_leaves_a_territory_out(self):
        """Not even a root without any below it: *None* is what is in no territory."""
        rows = self.env["crm.territory.revenue.report"].search([])
        of_root = rows.filtered(lambda row: row.territory_id == self.health)
        self.assertTrue(of_root)
        self.assertFalse(self.health.parent_id or self.health.child_ids)
        for level in (1, 2, 3):
            name = f"territory_level_{level}_id"
            found = self.figures(rows._name, [name], ["__count"])
            none = self.env["crm.territory"]
            self.assertEqual(
                found[none], (len(rows.filtered(lambda row: not row.territory_id)),)
            )
            self.assertEqual(found[self.health], (len(of_root),))

    def test_level_filters_records(self):
        leads = self.env["crm.lead"].search(
            [("territory_level_2_id", "=", self.germany.id)]
        )
        expected = {
            deal.lead.id
            for deal in self.deals
            if not deal.archived and deal.territory in self.germany | self.berlin
        }
        self.assertEqual(set(leads.ids), expected)

    def test_filter_of_a_territory_with_all_below_it(self):
        rows = self.env["crm.territory.revenue.report"].search([])
        none = rows.filtered(lambda row: not row.territory_id)
        self.assertTrue(none)

        def below(*territories):
            return rows.filtered(
                lambda row: not set(territories).isdisjoint(
                    self._with_all_above(row.territory_id)
                )
            )

        for condition, expected in (
            (("in", self.germany.ids), below(self.germany)),
            (("in", (self.france | self.health).ids), below(self.france, self.health)),
            (("in", [*self.france.ids, False]), below(self.france) | none),
            (("not in", self.europe.ids), rows - below(self.europe)),
            (("=", False), none),
            (("!=", False), rows - none),
            (("child_of", self.europe.ids), below(self.europe)),
            (("any", [("name", "=", "Germany")]), below(self.germany)),
            (("ilike", "erman"), below(self.germany)),
        ):
            with self.subTest(condition=condition):
                domain = [("territory_line_ids", *condition)]
                self.assertEqual(rows.search(domain), expected)
        for row in rows:
            self.assertEqual(
                set(row.territory_line_ids), self._with_all_above(row.territory_id)
            )

    def _with_all_above(self, territory):
        line = set()
        while territory:
            line.add(territory)
            territory = territory.parent_id
        return line

    def test_days_are_those_of_who_reads(self):
        """What Amy, west of Greenwich, did this evening, is of today: not of tomorrow,
        which no filter would show.
        """
        deal = next(deal for deal in self.deals if deal.status == "won")
        deal.lead.user_id = self.amy
        self.env.flush_all()
        self._put_back(deal)
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = '2026-05-09 03:00',"
            " date_conversion = '2026-05-10 02:00', date_open = '2026-05-10 02:00',"
            " date_closed = '2026-05-11 03:00' WHERE id = %s",
            [deal.lead.id],
        )
        self.env.cr.execute(
            "INSERT INTO crm_territory_move (lead_id, set_after_id, reasons, date)"
            " VALUES (%s, %s, '{}', '2026-05-11 03:00')",
            [
                deal.lead.id,
                self.env["crm.territory.set"]._intern([frozenset(self.germany.ids)])[
                    frozenset(self.germany.ids)
                ],
            ],
        )
        self.env.invalidate_all()
        columns = {
            "crm.territory.revenue.report": {"date": "2026-05-11"},
            "crm.territory.map.report": {"date": "2026-05-11"},
            "crm.territory.change.report": {"date": "2026-05-11"},
            "crm.territory.duration.report": {
                "date_start": "2026-05-09",
                "date_conversion": "2026-05-10",
                "date_closed": "2026-05-11",
            },
        }
        for zone, later in (("UTC", 0), ("America/Los_Angeles", 1)):
            self.env.invalidate_all()
            for model, days in columns.items():
                rows = self.env[model].with_user(self.amy).with_context(tz=zone)
                row = rows.search([("lead_id", "=", deal.lead.id)], limit=1)
                for column, day in days.items():
                    with self.subTest(model=model, column=column, zone=zone):
                        expected = fields.Date.to_date(day) - timedelta(days=later)
                        self.assertEqual(row[column], expected)
