from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestRights(TerritoryCase):
    """Who may change what: sales managers all, a territory's manager here and below.

    Claire manages Europe, hence Germany, Berlin and France, whose criteria she may
    change. Health, Products and GTX are foreign to her.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.europe.is_open_to_managers = True

    def assertForbidden(self, function, *args, **values):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            function(*args, **values)
            self.env.flush_all()
        self.env.invalidate_all()

    def as_claire(self, record):
        return record.with_user(self.claire)

    # -- within the line

    def test_edits_members_here_and_below(self):
        for territory in (self.europe, self.germany, self.berlin):
            hers = self.as_claire(territory)
            hers.write(
                {
                    "description": "Mine",
                    "member_ids": [Command.create({"user_id": self.bob.id})],
                }
            )
            member = hers.member_ids.filtered(lambda m: m.user_id == self.bob)
            member.write({"weight": 5, "is_manager": True})
            hers.member_ids = [Command.delete(member.id)]

    def test_edits_areas_and_rules_below(self):
        for territory in (self.germany, self.berlin):
            hers = self.as_claire(territory)
            hers.write(
                {
                    "area_ids": [Command.create({"country_id": self.nl.id})],
                    "rule_ids": [Command.create({"domain": "[('ref', '=', 'A')]"})],
                }
            )
            hers.rule_ids.write({"domain": "[('ref', '=', 'B')]"})
            hers.area_ids[-1].write({"zip_from": "1"})
            hers.rule_ids = [Command.delete(hers.rule_ids.id)]
            self.assertFalse(hers.rule_ids)
        self.assertTrue(self.plan.is_to_be_run)

    def test_creates_lines_directly_and_moves_them_within_the_line(self):
        env = self.env(user=self.claire)
        member = env["crm.territory.member"].create(
            {"territory_id": self.berlin.id, "user_id": self.bob.id}
        )
        rule = env["crm.territory.rule"].create({"territory_id": self.france.id})
        area = env["crm.territory.area"].create(
            {"territory_id": self.france.id, "country_id": self.jp.id}
        )
        for line in (member, rule, area):
            line.territory_id = self.germany
            line.unlink()

    def test_assigns_by_hand_here_and_below(self):
        env = self.env(user=self.claire)
        override = env["crm.territory.override"].create(
            {"partner_id": self.sato.id, "territory_id": self.france.id, "reason": "X"}
        )
        self.assertTerritories(self.sato, self.france)
        override.territory_id = self.berlin
        self.assertTerritories(self.sato, self.berlin)
        override.unlink()
        self.assertNoTerritory(self.sato)

    def test_changes_of_a_manager_act_on_records_of_others(self):
        """What Claire may not read is judged all the same."""
        lead = self.lead("Mona's", self.adler, user_id=self.mona.id)
        self.as_claire(self.germany).write({"member_ids": [Command.clear()]})
        self.override(self.adler, self.france)
        self.assertTerritories(lead, self.germany | self.france)

    # -- not elsewhere

    def test_foreign_territories_are_read_only(self):
        env = self.env(user=self.claire)
        for territory in (self.health, self.products, self.gtx):
            hers = territory.with_env(env)
            self.assertTrue(hers.name)
            self.assertForbidden(hers.write, {"description": "Mine"})
            for name, row in (
                ("member_ids", {"user_id": self.claire.id, "is_manager": True}),
                ("rule_ids", {"domain": "[]"}),
                ("area_ids", {"country_id": self.fr.id}),
            ):
                self.assertForbidden(hers.write, {name: [Command.create(row)]})
            self.assertForbidden(
                env["crm.territory.member"].create,
                {
                    "user_id": self.claire.id,
                    "territory_id": territory.id,
                    "is_manager": True,
                },
            )
            self.assertForbidden(
                env["crm.territory.rule"].create, {"territory_id": territory.id}
            )
            self.assertForbidden(
                env["crm.territory.area"].create,
                {"territory_id": territory.id, "country_id": self.fr.id},
            )
            self.assertForbidden(
                env["crm.territory.override"].create,
                {
                    "territory_id": territory.id,
                    "partner_id": self.sato.id,
                    "reason": "Mine",
                },
            )
        rule = self.health.rule_ids[0].with_env(env)
        self.assertForbidden(rule.write, {"domain": "[]"})
        self.assertForbidden(rule.unlink)

    def test_lines_are_not_moved_into_foreign_territories(self):
        env = self.env(user=self.claire)
        rule = env["crm.territory.rule"].create({"territory_id": self.france.id})
        override = env["crm.territory.override"].create(
            {"partner_id": self.sato.id, "territory_id": self.france.id, "reason": "X"}
        )
        for line in (
            self.germany.member_ids,
            self.france.area_ids,
            rule,
            override,
        ):
            self.assertForbidden(
                line.with_env(env).write, {"territory_id": self.health.id}
            )

    def test_foreign_lines_are_not_pulled_in(self):
        env = self.env(user=self.claire)
        member = self.env["crm.territory.member"].create(
            {"territory_id": self.health.id, "user_id": self.bob.id}
        )
        area = self.env["crm.territory.area"].create(
            {"territory_id": self.health.id, "country_id": self.jp.id}
        )
        hers = self.germany.with_env(env)
        for name, line in (
            ("member_ids", member),
            ("area_ids", area),
            ("rule_ids", self.health.rule_ids[0]),
        ):
            self.assertForbidden(
                line.with_env(env).write, {"territory_id": self.germany.id}
            )
            for command in (
                Command.link(line.id),
                Command.set(line.ids),
                Command.update(line.id, {"sequence": 3}),
                Command.delete(line.id),
                Command.update(line.id, {"territory_id": self.germany.id}),
            ):
                with self.subTest(name=name, command=command):
                    self.assertForbidden(hers.write, {name: [command]})

    def test_created_line_goes_where_the_one2many_says(self):
        """A territory smuggled into the values of a line does not count."""
        env = self.env(user=self.claire)
        hers = self.germany.with_env(env)
        before = self.health.member_ids
        row = {"user_id": self.bob.id, "territory_id": self.health.id}
        try:
            with self.env.cr.savepoint():
                hers.write({"member_ids": [Command.create(row)]})
        except AccessError:
            self.env.invalidate_all()
        self.assertEqual(self.health.member_ids, before)

    def test_cannot_make_herself_manager_elsewhere_by_moving_her_membership(self):
        """The right is judged before the change that would give it."""
        membership = self.europe.member_ids.filtered("is_manager")
        self.assertForbidden(
            self.as_claire(membership).write, {"territory_id": self.health.id}
        )

    def test_cannot_become_manager_by_a_membership_of_the_same_call(self):
        env = self.env(user=self.bob)
        self.assertForbidden(
            env["crm.territory.member"].create,
            [
                {"territory_id": t.id, "user_id": self.bob.id, "is_manager": True}
                for t in (self.germany, self.germany)
            ],
        )

    def test_place_and_permission_are_the_sales_managers(self):
        hers = self.as_claire(self.germany)
        for values in (
            {"parent_id": self.france.id},
            {"parent_id": False},
            {"permission": "read"},
            {"name": "Mine"},
            {"plan_id": self.plan.id},
            {"type_id": False},
            {"sequence": 1},
            {"active": False},
            {"owner_policy": "manager"},
            {"team_id": False},
            {"child_ids": [Command.link(self.gtx.id)]},
            {"parent_path": "1/"},
            {"depth": 9},
        ):
            with self.subTest(values=values):
                self.assertForbidden(hers.write, values)
        self.assertForbidden(hers.unlink)
        self.assertForbidden(hers.copy)
        self.assertForbidden(
            self.env["crm.territory"].with_user(self.claire).create,
            {"name": "Mine", "plan_id": self.plan.id, "parent_id": self.europe.id},
        )

    def test_line_of_a_plan_cannot_be_forged(self):
        """The plan and company of a line are those of its territory."""
        other = self.env["crm.territory.plan"].create({"name": "Other"})
        for line in (
            self.germany.area_ids,
            self.germany.member_ids,
            self.health.rule_ids[0],
        ):
            try:
                with self.env.cr.savepoint():
                    line.with_user(self.mona).write({"plan_id": other.id})
            except AccessError:
                self.env.invalidate_all()
            self.run_assignment()
            self.assertTerritories(self.bruno, self.berlin | self.health)

    # -- when a manager is a manager

    def test_manager_by_dates(self):
        membership = self.europe.member_ids.filtered("is_manager")
        hers = self.as_claire(self.germany)
        for values, may in (
            ({"date_end": "2020-01-01"}, False),
            ({"date_end": False, "date_start": "2999-01-01"}, False),
            ({"date_start": "2020-01-01", "date_end": "2999-01-01"}, True),
            ({"is_manager": False}, False),
        ):
            membership.write(values)
            self.env.flush_all()
            self.env.invalidate_all()
            self.assertEqual(hers.user_is_manager, may, values)
            if may:
                hers.write({"description": "Mine"})
            else:
                self.assertForbidden(hers.write, {"description": "Mine"})

    def test_member_who_is_no_manager_reads_only(self):
        amys = self.germany.with_user(self.amy)
        self.assertTrue(amys.user_is_member)
        self.assertFalse(amys.user_is_manager)
        self.assertForbidden(amys.write, {"description": "Mine"})
        self.assertForbidden(
            amys.write,
            {"member_ids": [Command.update(amys.member_ids.id, {"weight": 9})]},
        )
        self.assertForbidden(amys.member_ids.write, {"is_manager": True})

    def test_moved_branch_changes_who_manages_it(self):
        self.france.parent_id = self.products
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertForbidden(self.as_claire(self.france).write, {"description": "Mine"})
        self.gtx.parent_id = self.germany
        self.env.flush_all()
        self.env.invalidate_all()
        self.as_claire(self.gtx).write({"description": "Mine"})

    def test_search_tells_the_same_as_the_record(self):
        territories = self.env["crm.territory"].search([("plan_id", "=", self.plan.id)])
        europe = ["Berlin", "Europe", "France", "Germany"]
        for user, managed, member in (
            (self.claire, europe, europe),
            (self.amy, [], ["Berlin", "Germany"]),
            (self.bob, [], []),
            (self.mona, [], []),
        ):
            theirs = territories.with_user(user)
            for name, expected in (
                ("user_is_manager", managed),
                ("user_is_member", member),
            ):
                found = theirs.search([(name, "=", True), ("id", "in", theirs.ids)])
                self.assertEqual(sorted(found.mapped("name")), expected)
                self.assertEqual(theirs.filtered(name).sorted("id"), found.sorted("id"))
                others = theirs.search([(name, "=", False), ("id", "in", theirs.ids)])
                self.assertEqual(others.sorted("id"), (theirs - found).sorted("id"))

    # -- everybody else

    def test_salespeople_read_all_of_the_plan(self):
        bob = self.env(user=self.bob)
        for record in (
            self.plan,
            self.germany,
            self.germany.area_ids,
            self.germany.member_ids,
            self.health.rule_ids,
            self.germany.type_id,
        ):
            self.assertTrue(record.with_env(bob).mapped("display_name"))
        self.assertEqual(self.adler.with_env(bob).territory_ids, self.germany)
        self.assertIn("Germany", self.adler.with_env(bob).territory_why)

    def test_salespeople_change_records_and_are_judged(self):
        """The judgement needs no rights of the user who caused it."""
        bob = self.env(user=self.bob)
        account = bob["res.partner"].create(
            {"name": "By Bob", "is_company": True, "country_id": self.de.id}
        )
        self.assertTerritories(account.with_env(self.env), self.germany)
        lead = bob["crm.lead"].create(
            {"name": "By Bob", "type": "opportunity", "partner_id": account.id}
        )
        others = self.lead("Mona's", account.with_env(self.env), user_id=self.mona.id)
        account.country_id = self.fr
        for record in (account, lead, others):
            self.assertTerritories(record.with_env(self.env), self.france)

    def test_territories_of_records_are_not_written_by_hand(self):
        """They are decided by criteria and overrides alone."""
        for values in (
            {"territory_set_id": False},
            {"territory_id": self.france.id},
        ):
            self.assertForbidden(self.adler.with_user(self.bob).write, values)
        self.assertTerritories(self.adler, self.germany)
        self.assertCredited(self.adler, self.germany)

    def test_sales_managers_do_everything(self):
        """Mona is in no territory."""
        self.germany.write({"permission": "read", "name": "DE", "parent_id": False})
        self.germany.member_ids.unlink()
        self.health.rule_ids[0].write({"domain": "[]"})
        self.gtx.unlink()
        self.run_assignment().action_undo()
        self.plan.copy()
        self.plan.action_archive_plan()
