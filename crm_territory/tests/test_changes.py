from contextlib import closing
from datetime import date

from lxml import html

from odoo import SUPERUSER_ID
from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestChanges(TerritoryCase):
    """Who changes how territories are set up is written down, and told in the chatter.

    Claire manages Europe, which is open to her: she edits the lines of Germany. Mona
    does all else.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.europe.is_open_to_managers = True
        cls.dora = new_test_user(cls.mona.env, "dora", SALESMAN, name="Dora Dorn")
        cls.env.cr.flush()

    def setUp(self):
        super().setUp()
        self.start_transaction()

    def start_transaction(self):
        """As if all up to now had been another transaction's."""
        self.env.cr.flush()
        self.env.cr.execute("UPDATE crm_territory_change SET transaction = 'earlier'")
        self.env.invalidate_all()
        self.last_id = self.changes().search([], limit=1).id or 0

    def changes(self, user=None):
        return self.env["crm.territory.change"].with_user(user or self.mona)

    def new_changes(self, user=None):
        """The changes of the test, oldest first."""
        self.env.cr.flush()
        return self.changes(user).search([("id", ">", self.last_id)], order="id")

    def assertChanges(self, *expected):
        """Each: kind, action, territory, what, field, before, after."""
        self.assertEqual(
            [
                (c.kind, c.action, c.territory_id, c.subject, c.aspect or "")
                + (c.old or "", c.new or "")
                for c in self.new_changes()
            ],
            list(expected),
        )

    def told(self, record):
        """What the messages of this transaction say in the chatter of a record."""
        messages = self.new_changes().message_id.sudo()
        return [
            line.text_content()
            for message in messages
            if (message.model, message.res_id) == (record._name, record.id)
            for line in html.fromstring(message.body).iter("li")
        ]

    def test_members(self):
        germany = self.germany.with_user(self.claire)
        germany.member_ids = [
            Command.create(
                {
                    "user_id": self.dora.id,
                    "is_manager": True,
                    "date_start": date(2027, 3, 1),
                }
            )
        ]
        line = "Dora Dorn (manager), from March 1, 2027"
        self.assertChanges(("member", "added", self.germany, "Dora Dorn", "", "", line))
        self.assertEqual(self.told(self.germany), [f"Member added: {line}"])
        change = self.new_changes()
        self.assertEqual(change.user_id, self.claire)
        self.assertEqual(
            change.message_id.sudo().author_id, self.claire.sudo().partner_id
        )
        self.start_transaction()
        member = germany.member_ids.filtered(lambda m: m.user_id == self.dora)
        member.write({"date_end": date(2027, 12, 31), "weight": 3})
        self.assertChanges(
            ("member", "changed", self.germany, "Dora Dorn", "To", "", "12/31/2027"),
            ("member", "changed", self.germany, "Dora Dorn", "Weight", "1", "3"),
        )
        self.assertEqual(
            self.told(self.germany),
            ["Member “Dora Dorn” changed: To none → 12/31/2027; Weight 1 → 3"],
        )
        self.start_transaction()
        member.unlink()
        line += ", until December 31, 2027"
        self.assertChanges(
            ("member", "removed", self.germany, "Dora Dorn", "", line, "")
        )
        self.assertEqual(self.told(self.germany), [f"Member removed: {line}"])

    def test_areas_and_rules(self):
        area = self.berlin.area_ids
        area.zip_to = "13999"
        rule = self.health.rule_ids[0]
        before = rule.domain
        rule.domain = "[('color', '=', 3)]"
        self.assertChanges(
            ("area", "changed", self.berlin, "Germany 10115–14199", "ZIP To")
            + ("14199", "13999"),
            ("rule", "changed", self.health, rule.name, "Domain", before)
            + ("[('color', '=', 3)]",),
        )
        self.assertEqual(
            self.told(self.health),
            [
                f"Rule “{rule.name}” changed: Domain {before} → [('color', '=', 3)]",
            ],
        )
        self.start_transaction()
        area.with_user(self.claire).territory_id = self.france
        line = "Germany 10115–13999"
        self.assertChanges(
            ("area", "removed", self.berlin, line, "", line, ""),
            ("area", "added", self.france, line, "", "", line),
        )
        self.assertEqual(self.told(self.berlin), [f"Area removed: {line}"])
        self.assertEqual(self.told(self.france), [f"Area added: {line}"])

    def test_territory(self):
        self.berlin.write(
            {
                "parent_id": self.europe.id,
                "permission": "read",
                "owner_policy": "manager",
            }
        )
        policy = "Assign Unowned Leads To"
        self.assertCountEqual(
            [(c.aspect, c.old, c.new) for c in self.new_changes()],
            [
                ("Parent Territory", "Europe / Germany", "Europe"),
                ("Permission", "Read and Write", "Read"),
                (policy, "Nobody", "The manager"),
            ],
        )
        # Odoo tracks the others itself
        self.assertEqual(self.told(self.berlin), [f"{policy} Nobody → The manager"])

    def test_changed_back_is_no_change(self):
        self.berlin.area_ids.zip_to = "13999"
        self.berlin.area_ids.zip_to = "14199"
        added = self.env["crm.territory.member"].create(
            {"user_id": self.dora.id, "territory_id": self.berlin.id}
        )
        added.unlink()
        self.assertFalse(self.new_changes())

    def test_rolled_back(self):
        with closing(self.env.cr.savepoint()):
            self.berlin.area_ids.zip_to = "13999"
            self.env.cr.flush()
        self.assertFalse(self.new_changes())

    def test_deleted_territory(self):
        gone = self.territory("Gone", self.europe, members=[(self.dora, False)])
        self.start_transaction()
        gone.unlink()
        [change] = self.new_changes()
        self.assertEqual((change.kind, change.action), ("territory", "removed"))
        self.assertEqual(change.territory_name, "Europe / Gone")
        self.assertEqual(change.old, "Europe / Gone\nDora Dorn")
        self.assertFalse(change.territory_id)
        [told] = self.told(self.plan)
        self.assertEqual(told, "Territory removed: Europe / Gone\nDora Dorn")

    def test_deleted_user(self):
        self.berlin.member_ids = [Command.create({"user_id": self.dora.id})]
        self.start_transaction()
        self.dora.sudo().unlink()
        self.assertChanges(
            ("member", "removed", self.berlin, "Dora Dorn", "", "Dora Dorn", "")
        )

    def test_types_and_settings(self):
        geography = self.env.ref("crm_territory.type_geography")
        geography.priority = 5
        settings = self.env["res.config.settings"].sudo()
        settings.create({"territory_unassigned_visibility": "managers"}).execute()
        self.env["ir.config_parameter"].sudo().set_param("another.key", "1")
        none = self.env["crm.territory"]
        found = [
            (c.kind, c.action, c.territory_id, c.subject, c.aspect, c.old, c.new)
            for c in self.new_changes()
            if (c.kind, c.subject) != ("setting", "Days Without Activity")
            and not (c.kind == "setting" and "(default)" in c.old)
        ]
        self.assertIn(
            ("type", "changed", none, geography.name, "Priority", "30", "5"), found
        )
        of_settings = self.new_changes().filtered(
            lambda c: c.subject == "Leads Without Salesperson and Territory"
        )
        self.assertEqual(of_settings.new, "Only users with All Documents")
        self.assertEqual(of_settings.action, "changed")
        self.assertFalse(
            self.new_changes().filtered(lambda c: c.subject == "another.key")
        )

    def test_copied_plan_is_one_event(self):
        copied = self.plan.copy()
        changes = self.new_changes()
        self.assertEqual(
            [(c.kind, c.action, c.new) for c in changes],
            [("plan", "added", copied.name)],
        )
        # what is done to the copy later is told
        self.start_transaction()
        copied.territory_ids[0].member_ids.create(
            {"user_id": self.dora.id, "territory_id": copied.territory_ids[0].id}
        )
        self.assertEqual(len(self.new_changes()), 1)

    def test_a_client_cannot_silence_it(self):
        germany = self.germany.with_user(self.claire).with_context(
            crm_territory_untold=True,
            tracking_disable=True,
            mail_notrack=True,
            install_mode=True,
        )
        germany.area_ids = [Command.create({"country_id": self.nl.id})]
        self.assertEqual(self.new_changes().new, "Netherlands")
        self.assertEqual(self.told(self.germany), ["Area added: Netherlands"])

    def test_demonstration_is_not_told(self):
        root = self.germany.with_user(SUPERUSER_ID).with_context(install_mode=True)
        root.area_ids = [Command.create({"country_id": self.nl.id})]
        self.assertFalse(self.new_changes())

    def test_import_is_one_message(self):
        """So many lines that Odoo stores them in several parts."""
        header = ["territory_id/.id", "country_id/.id", "zip_from"]
        places = self.germany | self.france
        rows = [
            [str(place.id), str(self.nl.id), str(1000 + number)]
            for number in range(1500)
            for place in places
        ]
        result = (
            self.env["crm.territory.area"].with_user(self.claire).load(header, rows)
        )
        self.assertFalse(result["messages"])
        self.assertEqual(len(self.new_changes()), 3000)
        for place in places:
            told = self.told(place)
            self.assertEqual(told[0], "Area added: Netherlands 1000")
            self.assertEqual(told[-1], "And 1,480 more: see Changes of Territories.")
            self.assertEqual(len(self.new_changes().message_id), 2)

    def test_queries_of_many_lines(self):
        """2,500 areas in 250 territories: no query a line, nor a territory."""
        counts = []
        for number in (25, 250):
            parent = self.territory(f"Parent {number}")
            territories = self.env["crm.territory"].create(
                [
                    {"name": f"T {index}", "parent_id": parent.id}
                    for index in range(number)
                ]
            )
            self.env.cr.flush()
            self.start_transaction()
            self.env["crm.territory.area"].create(
                [
                    {
                        "territory_id": territory.id,
                        "country_id": self.nl.id,
                        "zip_from": str(1000 + line),
                    }
                    for territory in territories
                    for line in range(10)
                ]
            )
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.env.cr.flush()
            counts.append(self.env.cr.sql_log_count - before)
            self.assertEqual(len(self.new_changes()), 10 * number)
            self.assertEqual(len(self.new_changes().message_id), number)
        few, many = counts
        # Odoo inserts and updates a hundred messages at a time, reads a thousand areas
        self.assertLess(few, 40)
        self.assertLess(many, 60)

    # -- who reads, and that nobody writes

    def test_who_reads(self):
        self.germany.area_ids = [Command.create({"country_id": self.nl.id})]
        self.health.member_ids = [Command.create({"user_id": self.dora.id})]
        self.env.ref("crm_territory.type_geography").priority = 5
        self.assertEqual(self.new_changes().mapped("kind"), ["area", "member", "type"])
        self.assertEqual(self.new_changes(self.claire).mapped("kind"), ["area"])
        for user in (self.amy, self.bob, self.dora):
            self.assertFalse(self.new_changes(user))

    def test_company(self):
        second = self.env["res.company"].sudo().create({"name": "Second"})
        twomona = new_test_user(
            self.env(su=True),
            "twomona",
            "sales_team.group_sale_manager",
            company_id=second.id,
            company_ids=[Command.set(second.ids)],
        )
        self.germany.area_ids = [Command.create({"country_id": self.nl.id})]
        self.assertTrue(self.new_changes())
        self.assertFalse(self.new_changes(twomona))

    def test_nobody_writes(self):
        self.germany.area_ids = [Command.create({"country_id": self.nl.id})]
        change = self.new_changes()
        for user in (self.mona, self.claire, self.amy, self.env.ref("base.user_admin")):
            mine = change.with_user(user)
            for attempt in (
                lambda own=mine: own.write({"new": "Belgium"}),
                lambda own=mine: own.unlink(),
                lambda own=mine: own.create({"kind": "area", "action": "added"}),
                lambda own=mine: own.copy(),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    attempt()

    # -- criteria that wait for a run

    def test_ask_to_run(self):
        germany = self.germany.with_user(self.claire)
        self.assertFalse(germany.plan_is_to_be_run)
        germany.area_ids = [Command.create({"country_id": self.nl.id})]
        self.assertTrue(germany.plan_is_to_be_run)
        with self.assertRaises(AccessError):
            germany.with_user(self.bob).action_ask_to_run()
        for _time in range(2):
            germany.action_ask_to_run()
        [activity] = self.plan.sudo().activity_ids
        self.assertEqual(activity.user_id, self.plan.user_id)
        self.assertIn("Europe / Germany", activity.note)
