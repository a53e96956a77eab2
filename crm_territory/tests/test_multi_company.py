from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

from .common import SALES_MANAGER, SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestMultiCompany(TerritoryCase):
    """A plan of a company judges its records and those of none; a shared one all.

    *World* is of the first company; *Second* is of the second: the whole of Germany is
    its *Deutschland*.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.plan.company_id
        admin = cls.env(user=cls.env.ref("base.user_root"))
        cls.second = admin["res.company"].create({"name": "Second"}).with_env(cls.env)
        cls.mona.sudo().company_ids = [Command.link(cls.second.id)]
        cls.sue = new_test_user(
            admin,
            "sue",
            SALESMAN,
            company_id=cls.second.id,
            company_ids=[Command.set(cls.second.ids)],
        ).with_env(cls.env)
        cls.env = cls.env(
            context=dict(
                cls.env.context, allowed_company_ids=(cls.first | cls.second).ids
            )
        )
        cls.second_plan = cls.env["crm.territory.plan"].create(
            {"name": "Second", "company_id": cls.second.id}
        )
        cls.deutschland = cls.territory(
            "Deutschland", areas=[{"country_id": cls.de.id}], plan=cls.second_plan
        )

    def test_each_company_has_its_plan(self):
        self.second_plan.action_activate()
        mine = self.account("Mine", self.de, company_id=self.first.id)
        theirs = self.account("Theirs", self.de, company_id=self.second.id)
        both = self.account("Both", self.de)
        self.assertTerritories(mine, self.germany)
        self.assertTerritories(theirs, self.deutschland)
        self.assertTerritories(both, self.germany | self.deutschland)

    def test_lead_takes_what_its_company_judges(self):
        self.second_plan.action_activate()
        self.run_assignment(plan_id=self.second_plan.id)
        for company, expected in (
            (self.first, self.germany),
            (self.second, self.deutschland),
        ):
            lead = self.lead("Deal", self.adler, company_id=company.id)
            self.assertTerritories(lead, expected)
            self.assertCredited(lead, expected)

    def test_record_of_another_company_is_left_alone(self):
        theirs = self.account("Theirs", self.de, company_id=self.second.id)
        self.assertNoTerritory(theirs)
        self.run_assignment()
        self.assertNoTerritory(theirs)
        theirs.country_id = self.fr
        self.assertNoTerritory(theirs)

    def test_record_that_changes_company(self):
        self.second_plan.action_activate()
        account = self.account("Moves", self.de, company_id=self.first.id)
        self.assertTerritories(account, self.germany)
        account.company_id = self.second
        self.assertTerritories(account, self.deutschland)
        account.company_id = False
        self.assertTerritories(account, self.germany | self.deutschland)

    def test_overrides_of_another_company_do_not_put_in(self):
        theirs = self.account("Theirs", self.jp, company_id=self.second.id)
        self.override(theirs, self.germany)
        self.assertNoTerritory(theirs)

    def test_run_of_one_plan_keeps_what_the_other_says(self):
        self.second_plan.action_activate()
        self.run_assignment(plan_id=self.second_plan.id)
        self.assertTerritories(self.adler, self.germany | self.deutschland)
        self.germany.area_ids.unlink()
        self.run_assignment()
        self.assertTerritories(self.adler, self.deutschland)
        self.assertFalse(self.plan.is_to_be_run)

    def test_run_judges_only_its_company(self):
        self.second_plan.action_activate()
        self.run_assignment(plan_id=self.second_plan.id)
        account = self.account("Theirs", self.de, company_id=self.second.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET territory_set_id = NULL WHERE id = %s", [account.id]
        )
        self.env.invalidate_all()
        self.run_assignment()
        self.assertNoTerritory(account)
        self.run_assignment(plan_id=self.second_plan.id)
        self.assertTerritories(account, self.deutschland)

    def test_simulation_of_a_draft_keeps_what_other_companies_say(self):
        (self.claire | self.amy).sudo().company_ids |= self.second
        draft = self.plan.copy({"name": "Next year", "company_id": self.second.id})
        run = self.run_assignment(plan_id=draft.id, is_dry=True)
        move = run.move_ids.filtered(lambda move: move.partner_id == self.adler)
        twin = draft.territory_ids.filtered(lambda t: t.name == "Germany")
        self.assertEqual(move.set_after_id.territory_ids, self.germany | twin)

    def test_shared_plan_judges_all(self):
        self.plan.action_archive_plan()
        self.second_plan.company_id = False
        self.second_plan.action_activate()
        for company in (self.first, self.second, self.first.browse()):
            account = self.account("Any", self.de, company_id=company.id)
            self.assertTerritories(account, self.deutschland)

    def test_shared_plan_and_one_of_a_company_exclude_each_other(self):
        self.second_plan.company_id = False
        with self.assertRaises(ValidationError):
            self.second_plan.action_activate()
        self.plan.action_archive_plan()
        self.second_plan.action_activate()
        with self.assertRaises(ValidationError):
            self.plan.action_activate()

    def test_other_company_sees_no_territory_of_ours(self):
        self.second_plan.action_activate()
        sue = self.env(user=self.sue, context={})
        for model_name in (
            "crm.territory.plan",
            "crm.territory",
            "crm.territory.member",
            "crm.territory.area",
            "crm.territory.rule",
        ):
            found = sue[model_name].search([])
            self.assertFalse(
                found.sudo().filtered(lambda record: record.company_id == self.first),
                model_name,
            )
        self.assertIn(self.second_plan, sue["crm.territory.plan"].search([]))

    def test_other_company_changes_shared_records_of_ours(self):
        """Sue sees no territory of the first company; her change is judged by them."""
        self.second_plan.action_activate()
        account = self.account("Both", self.de)
        self.assertTerritories(account, self.germany | self.deutschland)
        account.with_user(self.sue).with_context(allowed_company_ids=None).write(
            {"country_id": self.fr.id}
        )
        self.assertTerritories(account, self.france)

    def test_branches_of_a_company_change_company_with_their_plan(self):
        self.second_plan.company_id = self.first
        self.assertEqual(self.deutschland.company_id, self.first)
        self.assertEqual(self.deutschland.area_ids.company_id, self.first)

    def test_account_in_the_plans_of_two_companies_is_opened_by_each(self):
        """Each sees its own territories, in the form, in lists and in why-texts."""
        self.second_plan.action_activate()
        both = self.account("Both", self.de)
        self.env.flush_all()
        names = {self.amy: "Germany", self.sue: "Deutschland"}
        spec = {"territory_ids": {"fields": {"display_name": {}}}, "territory_why": {}}
        for user, name in names.items():
            seen = both.with_user(user).with_context(
                allowed_company_ids=user.company_ids.ids
            )
            [values] = seen.web_read(spec)
            found = [row["display_name"] for row in values["territory_ids"]]
            self.assertEqual([text.split(" / ")[-1] for text in found], [name])
            self.assertIn(name, values["territory_why"])
            self.assertEqual(seen.territory_ids.mapped("name"), [name])
            others = set(names.values()) - {name}
            for other in others:
                self.assertNotIn(f"{other}: ", values["territory_why"])
        self.assertTerritories(both, self.germany | self.deutschland)

    def test_moves_name_no_territory_of_another_company(self):
        self.second_plan.action_activate()
        both = self.account("Both", self.jp)
        self.env.flush_all()
        both.country_id = self.de
        self.env.flush_all()
        moves = self.env["crm.territory.move"].with_user(self.sue)
        move = moves.with_context(allowed_company_ids=self.second.ids).search(
            [("partner_id", "=", both.id)]
        )
        self.assertEqual(move.set_after_id.display_name, "Deutschland")
        self.assertEqual(move.why, "Deutschland: Germany")
        with self.assertRaises(AccessError):
            move.read(["reasons"])

    def test_no_link_names_a_territory_of_another_company(self):
        """Whichever of the two an account is credited to: the other's users read what
        Odoo tells with all rights, in forms, in groups and in lists of moves.
        """
        self.second_plan.action_activate()
        both = self.account("Both", self.jp)
        both.country_id = self.de
        self.env.flush_all()
        self.assertTrue(both.territory_id)
        for user, own, other in (
            (self.amy, "Germany", "Deutschland"),
            (self.sue, "Deutschland", "Germany"),
        ):
            self.env.invalidate_all()
            env = (
                self.env(user=user.id)
                .user.with_context(allowed_company_ids=user.company_ids.ids)
                .env
            )
            spec = {"display_name": {}}
            [account] = (
                env["res.partner"]
                .browse(both.id)
                .web_read({"territory_id": {"fields": spec}})
            )
            groups = env["res.partner"].formatted_read_group(
                [("id", "=", both.id)], ["territory_id"], ["__count"]
            )
            moves = env["crm.territory.move"].search([("partner_id", "=", both.id)])
            rows = moves.web_read({"territory_after_id": {"fields": spec}})
            told = f"{account} {groups} {rows}"
            self.assertNotIn(f"'{other}'", told)
            expected = own if both.territory_id.name == own else "another company"
            self.assertIn(expected, told)

    def test_nobody_moves_what_is_his_into_the_plan_of_another_company(self):
        boss = new_test_user(
            self.env(su=True),
            "boss",
            SALES_MANAGER,
            company_id=self.second.id,
            company_ids=[Command.set(self.second.ids)],
        )
        theirs = self.deutschland.with_user(boss).with_context(
            allowed_company_ids=self.second.ids
        )
        theirs.name = "Alemania"
        for values in (
            {"plan_id": self.plan.id},
            {"plan_id": self.plan.id, "parent_id": self.europe.id},
        ):
            with self.assertRaises(AccessError):
                theirs.write(values)
        run = self.env["crm.territory.run"].create({"plan_id": self.second_plan.id})
        with self.assertRaises(AccessError):
            run.with_env(theirs.env).write({"plan_id": self.plan.id})

    def test_nothing_is_dragged_into_another_plan(self):
        with self.assertRaisesRegex(ValidationError, "change its plan, too"):
            self.deutschland.parent_id = self.europe

    def test_types_and_roles_are_of_a_company_or_shared(self):
        """Whoever administers sales elsewhere changes no credit of ours."""
        boss = new_test_user(
            self.env(su=True),
            "boss_of_second",
            SALES_MANAGER,
            company_id=self.second.id,
            company_ids=[Command.set(self.second.ids)],
        )
        env = self.env(user=boss.id, context={"allowed_company_ids": self.second.ids})
        shared = self.env["crm.territory.type"].create({"name": "Shared"})
        ours = shared.create({"name": "Ours", "company_id": self.first.id})
        role = self.env["crm.territory.role"].create({"name": "Role"})
        self.germany.type_id = shared
        self.germany.member_ids.role_id = role
        self.env.flush_all()
        theirs = env["crm.territory.type"].browse(shared.id)
        self.assertTrue(theirs.name)
        for attempt in (
            lambda: theirs.write({"priority": 1}),
            lambda: theirs.write({"company_id": self.second.id}),
            lambda: theirs.unlink(),
            lambda: role.with_env(env).write({"name": "Theirs"}),
            lambda: ours.with_env(env).read(["name"]),
            lambda: ours.with_env(env).write({"priority": 1}),
        ):
            with self.assertRaises(AccessError):
                attempt()
        own = theirs.create({"name": "Ours", "company_id": self.second.id})
        self.deutschland.with_env(env).type_id = own
        theirs.create({"name": "Used by nobody else"}).priority = 3
        for change in (
            lambda: self.germany.write({"type_id": own.id}),
            lambda: self.deutschland.write({"type_id": ours.id}),
            lambda: own.sudo().write({"company_id": self.first.id}),
            lambda: self.second_plan.write({"company_id": self.first.id}),
        ):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                change()
        shared.sudo(False).with_user(self.mona).priority = 4
