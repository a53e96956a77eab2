import runpy
from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import file_path

from ..board.snapshots import Snapshots
from .history_common import HistoryCase

MARCH = date(2017, 3, 1)
SPRING = {"date_from": "2017-03-01", "date_to": "2017-05-31"}


@tagged("post_install", "-at_install")
class TestWhatCounts(HistoryCase):
    """Every deal of the time is somewhere, once, and opens where it is counted."""

    def opened_by(self, figure, tree="credited", territory=None, **options):
        action = self.forecast.get_opportunities_action(
            {
                "territory_id": (territory or self.europe).id,
                "user_id": False,
                "figure": figure,
                "tree": tree,
                **SPRING,
                **options,
            }
        )
        records = self.env[action["res_model"]].with_context(**action["context"])
        return records.search(action["domain"])

    def total(self, territory=None, **options):
        return self.row(self.board(**options), territory or self.europe)["total"]

    def attained(self, *groupby):
        report = self.env["crm.territory.forecast.attainment"].with_user(self.mona)
        report.invalidate_model()
        self.env.flush_all()
        found = report._read_group(
            [
                ("forecast_id", "=", self.forecast.id),
                ("territory_id", "child_of", self.europe.id),
            ],
            list(groupby),
            ["achieved:sum", "open_amount:sum", "__count"],
        )
        found = [row[:-1] for row in found]
        return found[0] if not groupby else found

    def test_archived_won_deals_stay_won(self):
        self.won_adler.active = False
        self.won_adler.date_closed = "2017-03-15"  # Odoo says: when it is archived
        self.assertEqual(self.won_adler.won_status, "won")
        for tree in ("credited", "today", "then"):
            self.assertFigures(self.total(tree=tree), achieved=1000.0)
            self.assertEqual(self.opened_by("achieved", tree), self.won_adler)
        self.assertEqual(self.attained()[0], 1000)
        self.assertEqual(self.snapshot("2017-03-20").line_count, 5)

    def test_archived_open_deals_count_nowhere(self):
        self.early.active = False
        self.assertFigures(self.total(), pipeline=0.0)

    def test_a_deal_in_a_won_stage_that_is_not_won_is_open(self):
        self.env.flush_all()
        # as imports and older versions have left it
        self.env.cr.execute(
            "UPDATE crm_lead SET probability = 60, won_status = 'pending',"
            " date_deadline = '2017-03-15' WHERE id = %s",
            [self.won_adler.id],
        )
        self.env.invalidate_all()
        total = self.total()
        self.assertFigures(total, achieved=0.0, commit=1500.0, weighted=1110.0)
        self.assertFalse(self.opened_by("achieved"))
        self.assertEqual(self.opened_by("commit"), self.commit | self.won_adler)
        self.assertEqual(self.attained(), (0, 1800))

    def test_won_again_after_it_was_frozen_counts_once_in_totals(self):
        with self.on("2017-04-10"):
            self.forecast.with_user(self.mona)._freeze(MARCH)
        self.won_adler.date_closed = "2017-05-03"
        board = self.board()
        march, _april, may = self.row(board, self.germany)["cells"]
        self.assertFigures(march, achieved=1000.0)
        self.assertFigures(may, achieved=1000.0)
        for territory in (self.germany, self.europe):
            total = self.row(board, territory)["total"]
            self.assertFigures(total, achieved=1000.0)
        amy = self.row(board, self.germany, self.amy)
        self.assertFigures(amy["total"], achieved=1000.0)
        self.assertEqual(self.opened_by("achieved"), self.won_adler)
        self.assertEqual(self.attained()[0], 1000)
        by_period = dict(
            (start, achieved)
            for start, achieved, _open in self.attained("date_start:month")
        )
        self.assertEqual(by_period[MARCH], 1000)
        self.assertEqual(by_period[date(2017, 5, 1)], 1000)
        # a part of the time holds but one of them
        self.assertFigures(
            self.total(date_to="2017-04-30", territory=None), achieved=1000.0
        )

    def test_slipped_out_of_a_frozen_period_is_open_once_in_totals(self):
        with self.on("2017-04-10"):
            self.forecast.with_user(self.mona)._freeze(MARCH)
        self.best.date_deadline = "2017-05-20"
        march, _april, may = self.row(self.board(), self.germany)["cells"]
        self.assertFigures(march, best=200.0)
        self.assertFigures(may, best=200.0)
        self.assertFigures(self.total(), best=200.0, open=800.0, weighted=510.0)
        self.assertEqual(self.opened_by("best"), self.best)
        self.assertEqual(self.attained()[1], 800)

    def test_reopened_after_it_was_frozen_is_what_it_is_now(self):
        with self.on("2017-04-10"):
            self.forecast.with_user(self.mona)._freeze(MARCH)
        self.won_adler.write(
            {
                "stage_id": self.stages["commit"].id,
                "probability": 60,
                "date_deadline": "2017-05-02",
            }
        )
        self.assertFigures(self.total(), achieved=0.0, commit=1500.0)
        self.assertFalse(self.opened_by("achieved"))
        self.assertEqual(self.opened_by("commit"), self.commit | self.won_adler)
        # lost, it is in no other period
        self.lose(self.won_adler)
        self.assertFigures(self.total(), achieved=1000.0, commit=500.0)
        self.assertEqual(self.opened_by("achieved"), self.won_adler)

    def test_who_won_it_has_achieved_it(self):
        self.target(self.germany, 800, user=self.amy)
        self.won_adler.user_id = self.bob
        self.assertEqual(self.won_adler.won_user_id, self.amy)
        for tree in ("credited", "then"):
            row = self.row(self.board(tree=tree), self.germany, self.amy)
            self.assertFigures(row["cells"][0], achieved=1000.0, achieved_rate=1.25)
            opened = self.opened_by("achieved", tree, user_id=self.amy.id)
            self.assertEqual(opened, self.won_adler)
        row = self.row(self.board(tree="today"), self.germany, self.amy)
        self.assertFigures(row["cells"][0], achieved=0.0)
        opened = self.opened_by("achieved", "today", user_id=self.amy.id)
        self.assertFalse(opened)
        # closed anew, it is of who closes it
        self.won_adler.stage_id = self.stages["commit"]
        self.assertFalse(self.won_adler.won_user_id)
        self.won_adler.write({"stage_id": self.stages["won"].id, "probability": 100})
        self.assertEqual(self.won_adler.won_user_id, self.bob)

    def test_who_won_it_is_nobodys_to_write(self):
        with self.assertRaises(AccessError):
            self.won_adler.with_user(self.mona).won_user_id = self.bob

    @freeze_time("2017-04-20 12:00:00")
    def test_undated_and_overdue_ones_have_lines(self):
        self.early.date_deadline = False
        total = self.total()
        self.assertFigures(total, undated=100.0, overdue=700.0, open=700.0)
        self.assertFigures(self.total(self.france), undated=100.0, overdue=0.0)
        march = self.row(self.board(), self.europe)["cells"][0]
        self.assertFigures(march, overdue=200.0)
        self.assertEqual(self.opened_by("undated"), self.early)
        self.assertEqual(self.opened_by("overdue"), self.commit | self.best)
        self.assertEqual(self.opened_by("open"), self.commit | self.best)

    def test_deals_in_no_territory_are_told(self):
        self.assertEqual(self.board()["unplaced"], {"achieved": 0.0, "open": 0.0})
        nowhere = self.opened(self.sato, 70, "2017-04-10")
        self.won(self.sato, 8, "2017-03-10")
        self.assertFalse(nowhere.territory_id)
        self.assertEqual(self.board()["unplaced"], {"achieved": 8.0, "open": 70.0})
        part = self.board(territory_id=self.europe.id)
        self.assertEqual(part["unplaced"], {"achieved": 0.0, "open": 0.0})


@tagged("post_install", "-at_install")
class TestMigration(HistoryCase):
    def test_won_ones_are_of_who_had_them_when_they_were_won(self):
        """As far as the weekly snapshots know."""
        self.snapshot("2017-03-20")
        (self.won_adler | self.won_bruno).user_id = self.claire
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET won_user_id = NULL")
        self.env.invalidate_all()
        script = file_path(
            "crm_territory_forecast/migrations/19.0.3.0.0/pre-migration.py"
        )
        runpy.run_path(script)["migrate"](self.env.cr, "19.0.2.0.0")
        self.env.invalidate_all()
        self.assertEqual(self.won_adler.won_user_id, self.amy)
        # won on a later day than the snapshot was taken: today's
        self.assertEqual(self.won_bruno.won_user_id, self.claire)
        self.assertFalse(self.commit.won_user_id)


@tagged("post_install", "-at_install")
class TestSeveralCompanies(HistoryCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._open_north()

    def test_what_other_companies_have_is_not_gone(self):
        """Only what is in no tree is no longer in the tree."""
        root = self.env(user=1)
        self.plan.sudo().company_id = self.forecast.company_id
        self.env.flush_all()
        plan = root["crm.territory.plan"].create(
            {"name": "North", "company_id": self.north.id, "state": "active"}
        )
        theirs = root["crm.territory"].create({"name": "Oslo", "plan_id": plan.id})
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET territory_id = %s WHERE id = %s",
            [theirs.id, self.won_adler.id],
        )
        self.env.invalidate_all()
        lost = {"target": 0.0, "achieved": 0.0, "open": 0.0}
        self.assertEqual(self.board()["lost"], lost)


@tagged("post_install", "-at_install")
class TestLineages(HistoryCase):
    """What was said of a territory is of its lineage, whatever plan is in use."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.target(cls.france, 10000)
        cls.target(cls.germany, 700, user=cls.amy)
        cls.env["crm.territory.forecast.call"].create(
            {
                "forecast_id": cls.forecast.id,
                "territory_id": cls.france.id,
                "date_start": "2017-03-01",
                "amount": 9000,
            }
        )

    def next_plan(self):
        plan = self.plan.copy()
        by_name = {territory.name: territory for territory in plan.territory_ids}
        by_name["France"].write(
            {"name": "La France", "parent_id": by_name["Products"].id}
        )
        self.plan.action_archive_plan()
        plan.action_activate()
        self.env.flush_all()
        self.env.invalidate_all()
        return by_name

    def test_targets_and_calls_go_along(self):
        france = self.next_plan()["France"]
        for user in (self.mona, self.claire):
            row = self.row(self.board(user), france)
            if row:
                self.assertFigures(row["cells"][0], target=10000.0)
                self.assertEqual(row["cells"][0]["call"]["amount"], 9000.0)
        row = self.row(self.board(), france)
        self.assertEqual(row["level"], 1)
        self.assertEqual(self.board()["lost"]["target"], 0.0)
        sheet = self.forecast.get_sheet({"year": "2017-01-01"})
        [found] = [r for r in sheet["rows"] if r["key"] == f"t{france.id}"]
        self.assertEqual(found["cells"][2]["amount"], 10000.0)

    def test_a_new_member_of_the_line_reads_them(self):
        """Only who is of the line, there and then."""
        by_name = self.next_plan()
        self.assertFalse(self.targets_of(self.bob))
        self.env["crm.territory.member"].create(
            {"territory_id": by_name["France"].id, "user_id": self.bob.id}
        )
        self.assertEqual(self.targets_of(self.bob).mapped("amount"), [10000.0])

    def targets_of(self, user):
        targets = self.env["crm.territory.forecast.target"]
        targets.invalidate_model()
        return targets.with_user(user).search([])

    def test_drafts_count_nowhere(self):
        plan = self.plan.copy()
        twin = plan.territory_ids.filtered(lambda t: t.name == "Health")
        self.target(twin, 77)
        row = self.row(self.board(), self.health)
        self.assertFigures(row["cells"][0], target=None)
        self.assertEqual(self.board()["lost"]["target"], 0.0)

    def test_left_out_ones_stay_left_out(self):
        self.forecast.excluded_territory_ids = self.france
        by_name = self.next_plan()
        self.assertIsNone(self.row(self.board(), by_name["France"]))
        self.assertEqual(self.board()["lost"]["target"], 0.0)

    def test_frozen_periods_and_movement_go_along(self):
        with self.on("2017-04-10"):
            self.forecast.with_user(self.mona)._freeze(MARCH)
        self.snapshot("2017-04-10")
        by_name = self.next_plan()
        row = self.row(self.board(), by_name["Germany"])
        self.assertFigures(row["cells"][0], achieved=1000.0, best=200.0)
        with self.on("2017-04-17"):
            rows = self.env["crm.territory.forecast.movement"].with_user(self.mona)
            found = rows.with_context(movement_from="2017-04-10").search(
                [("forecast_id", "=", self.forecast.id)]
            )
        self.assertFalse(found, "the same deals in the same territories")


@tagged("post_install", "-at_install")
class TestHistoryOfWhatCounts(HistoryCase):
    def movement(self, **context):
        rows = self.env["crm.territory.forecast.movement"].with_user(self.mona)
        rows.invalidate_model()
        context = {"movement_from": "2017-03-20", **context}
        return rows.with_context(**context).search(
            [("forecast_id", "=", self.forecast.id)]
        )

    def test_without_what_is_left_out(self):
        self.snapshot("2017-03-20")
        self.commit.expected_revenue = 900
        self.early.expected_revenue = 150
        with self.on("2017-03-27"):
            self.assertEqual(self.movement().lead_id, self.commit | self.early)
            self.forecast.excluded_territory_ids = self.germany
            self.assertEqual(self.movement().lead_id, self.early)
            accuracy = self.env["crm.territory.forecast.accuracy"].with_user(self.mona)
        self.snapshot("2017-04-01")
        with self.on("2017-06-10"):
            found = accuracy.with_context(accuracy_weeks=8).search([])
            self.assertNotIn(self.germany, found.territory_id)

    def test_ids_stay_with_their_rows(self):
        self.snapshot("2017-03-20")
        self.commit.expected_revenue = 900
        self.early.date_deadline = "2017-06-01"
        with self.on("2017-03-27"):
            before = {row.id: (row.kind, row.lead_id.id) for row in self.movement()}
            self.opened(self.adler, 3, "2017-04-01")
            self.best.expected_revenue = 1
            after = {row.id: (row.kind, row.lead_id.id) for row in self.movement()}
        self.assertEqual(len(before), 3)
        self.assertEqual({id_: after[id_] for id_ in before}, before)

    def test_both_halves_net_out(self):
        self.snapshot("2017-03-20")
        self.early.date_deadline = "2017-06-01"
        self.best.user_id = self.bob
        with self.on("2017-03-27"):
            rows = self.env["crm.territory.forecast.movement"].with_user(self.mona)
            found = rows.with_context(movement_from="2017-03-20")._read_group(
                [("forecast_id", "=", self.forecast.id)], ["kind"], ["amount:sum"]
            )
        self.assertEqual(dict(found), {"slipped": 0, "reassigned": 0})

    def test_one_that_fails_stops_no_other(self):
        other = self.env["crm.territory.forecast"].create(
            {"name": "Other", "tz": "UTC", "sequence": 1}
        )
        take = Snapshots.take

        def fail_for_other(snapshots):
            snapshot = take(snapshots)
            if snapshots.forecast == other:
                raise ValueError("Broken")
            return snapshot

        with (
            self.on("2017-03-20"),
            patch.object(Snapshots, "take", fail_for_other),
            self.assertLogs("odoo.addons.crm_territory_forecast", "ERROR") as logs,
        ):
            self.env["crm.territory.forecast"].sudo()._cron_snapshot()
        self.assertIn("failed", logs.output[0])
        self.assertEqual(self.forecast.snapshot_count, 1)
        self.assertEqual(other.snapshot_count, 0)

    def test_taking_a_snapshot_says_what_it_did(self):
        forecast = self.forecast.with_user(self.mona)
        with self.on("2017-03-20"):
            told = forecast.action_take_snapshot()["params"]["message"]
            self.assertEqual(told, "Revenue: 5 opportunities are new or have changed.")
        with self.on("2017-03-27"):
            told = forecast.action_take_snapshot()["params"]["message"]
            self.assertIn("nothing has changed", told)
        with self.assertRaises(AccessError):
            self.forecast.with_user(self.claire).action_take_snapshot()
