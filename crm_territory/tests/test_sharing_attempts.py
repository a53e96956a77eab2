from odoo import Command
from odoo.exceptions import AccessError, MissingError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestSharingAttempts(TerritoryCase):
    """What must fail, through the calls that the API offers.

    Eve sells on her own. Accounts are visible by territory; Mona's secret is where
    neither Eve nor Amy sees it: in France, which Claire manages.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.eve = new_test_user(
            cls.mona.env, "eve", SALESMAN + ",base.group_allow_export"
        )
        cls.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        (cls.adler | cls.bruno | cls.rivoire | cls.sato).user_id = cls.mona
        cls.rivoire.email = "secret@rivoire.example"
        cls.secret = cls.lead(
            "Secret deal", cls.rivoire, user_id=cls.mona.id, expected_revenue=12_345
        )
        cls.own = cls.lead("Own", user_id=cls.eve.id)
        cls.env.flush_all()
        cls.hidden_override = cls.override(cls.secret, cls.berlin)
        cls.override(cls.rivoire, cls.berlin, "out")
        cls.env.flush_all()
        cls.as_eve = cls.env(user=cls.eve)

    def assertRefused(self, function, *args, error=AccessError, **values):
        loggers = "odoo.addons.base.models.ir_rule", "odoo.sql_db"
        try:
            with mute_logger(*loggers), self.env.cr.savepoint():
                function(*args, **values)
                self.env.flush_all()
        except error:
            self.env.invalidate_all()
        else:
            self.fail(f"Not refused: {function} {args} {values}")

    def assertUnchanged(self, function, *args):
        """Refused, or without effect."""
        try:
            with self.env.cr.savepoint(), mute_logger("odoo.sql_db"):
                function(*args)
                self.env.flush_all()
        except (AccessError, UserError):
            self.env.invalidate_all()

    # -- writing what decides

    def test_territories_of_a_record(self):
        """Neither when it is made nor later, nor by its inverse."""
        lead = self.own.with_env(self.as_eve)
        before = self.secret.territory_set_id
        self.assertTrue(before)
        for values in (
            {"territory_set_id": before.id},
            {"territory_id": self.france.id},
            {"territory_ids": [Command.link(self.france.id)]},
        ):
            self.assertUnchanged(lead.write, values)
            self.run_assignment()
            self.assertNoTerritory(self.own)
            self.assertFalse(self.own.territory_id)
            self.assertUnchanged(
                lambda v=values: lead.create({"name": "Made", **v}).flush_recordset()
            )
            made = self.env["crm.lead"].search([("name", "=", "Made")])
            for record in made:
                self.assertNoTerritory(record)

    def test_own_account_is_not_put_into_a_territory(self):
        self.assertRefused(
            self.as_eve["res.partner"].create,
            {"name": "Eve's", "territory_set_id": self.secret.territory_set_id.id},
        )

    def test_sets(self):
        sets = self.secret.territory_set_id.with_env(self.as_eve)
        self.assertRefused(sets.write, {"key": "1"})
        self.assertRefused(sets.write, {"territory_ids": [Command.clear()]})
        self.assertRefused(sets.create, {"key": str(self.france.id)})
        self.assertRefused(sets.unlink)

    def test_moves(self):
        moves = self.env["crm.territory.move"].search(
            [("lead_id", "=", self.secret.id)]
        )
        self.assertTrue(moves)
        theirs = moves.with_env(self.as_eve)
        self.assertRefused(theirs.write, {"why": "x"})
        self.assertRefused(theirs.create, {"lead_id": self.own.id})
        self.assertRefused(theirs.unlink)

    def test_memberships(self):
        members = self.as_eve["crm.territory.member"]
        values = {"territory_id": self.france.id, "user_id": self.eve.id}
        self.assertRefused(members.create, values)
        self.assertRefused(
            self.france.with_env(self.as_eve).write,
            {"member_ids": [Command.create({"user_id": self.eve.id})]},
        )
        amys = self.germany.member_ids.with_env(self.as_eve)
        self.assertRefused(amys.write, {"user_id": self.eve.id})
        self.assertRefused(amys.unlink)

    def test_overrides(self):
        overrides = self.as_eve["crm.territory.override"]
        values = {"territory_id": self.france.id, "reason": "x"}
        self.assertRefused(overrides.create, {**values, "lead_id": self.own.id})
        self.assertRefused(
            self.own.with_env(self.as_eve).write,
            {"territory_override_ids": [Command.create(values)]},
        )
        hidden = self.hidden_override.with_env(self.as_eve)
        self.assertRefused(hidden.write, {"lead_id": self.own.id})
        self.assertRefused(hidden.unlink)

    def test_settings_and_rules(self):
        self.assertRefused(
            self.as_eve["ir.config_parameter"].set_param,
            "crm_territory.account_visibility",
            "everyone",
        )
        rule = self.env.ref("crm_territory.crm_lead_unowned_rule")
        self.assertRefused(rule.with_env(self.as_eve).write, {"active": False})
        settings = self.as_eve["res.config.settings"]
        self.assertRefused(lambda: settings.create({}).execute())

    def test_nobody_makes_himself_a_superior(self):
        mona = self.mona.with_env(self.as_eve)
        self.assertRefused(mona.write, {"reports_to_id": self.eve.id})
        team = self.env["crm.team"].create({"name": "T", "user_id": self.mona.id})
        self.assertRefused(team.with_env(self.as_eve).write, {"user_id": self.eve.id})
        self.assertRefused(
            self.as_eve["crm.team"].create, {"name": "T", "user_id": self.eve.id}
        )
        # nor by what a user may write about himself
        self.assertUnchanged(
            self.eve.with_env(self.as_eve).write, {"reports_to_id": self.mona.id}
        )
        self.assertFalse(self.eve.reports_to_id)

    # -- learning by criteria

    def test_criteria_on_fields_that_the_author_may_not_read(self):
        """What they match would tell what is in them."""
        lines = self.france.with_user(self.claire)
        for domain in (
            "[('user_id.totp_secret', 'like', 'A%')]",
            "[('user_id.password', '!=', False)]",
            "[('user_id', 'any', [('api_key_ids.key', 'like', 'a%')])]",
            "['|', ('name', '=', 'x'), '!', ('user_id.totp_secret', '=', False)]",
        ):
            for kind in ("account", "opportunity"):
                values = {"applies_to": kind, "domain": domain}
                with self.subTest(domain=domain, kind=kind):
                    self.assertRefused(
                        lines.write,
                        {"rule_ids": [Command.create(values)]},
                        error=(AccessError, ValidationError),
                    )

    def test_criteria_on_fields_for_administrators(self):
        """The engine may read them, and would apply them."""
        territory = self.france.with_user(self.claire)
        for kind, name in (
            ("account", "signup_type"),
            ("opportunity", "partner_id.signup_type"),
        ):
            domain = f"[('{name}', '!=', False)]"
            values = {"applies_to": kind, "domain": domain}
            with self.subTest(domain=domain):
                self.assertRefused(
                    territory.write, {"rule_ids": [Command.create(values)]}
                )

    def test_matches_are_counted_among_what_the_author_sees(self):
        self.europe.is_open_to_managers = True
        rule = self.france.with_user(self.claire)
        rule.rule_ids = [
            Command.create({"applies_to": "account", "domain": "[('name','=','Sato')]"})
        ]
        self.assertEqual(rule.rule_ids.match_count, 0)
        action = rule.rule_ids.action_show_matches()
        accounts = self.env["res.partner"].with_user(self.claire)
        self.assertFalse(accounts.search(action["domain"]))

    # -- guessing ids

    def test_hidden_records_by_their_ids(self):
        for record in (self.secret, self.rivoire):
            theirs = record.with_env(self.as_eve)
            for method, *args in (
                ("read", ["name"]),
                ("web_read", {"name": {}}),
                ("export_data", ["name"]),
                ("copy",),
                ("write", {"color": 1}),
                ("message_post",),
                ("web_save", {"color": 1}, {"name": {}}),
                ("unlink",),
            ):
                with self.subTest(record=record, method=method):
                    self.assertRefused(getattr(theirs, method), *args)
            # Odoo does not refuse that, but does nothing
            theirs.message_subscribe(self.eve.partner_id.ids)
            self.assertNotIn(self.eve.partner_id, record.message_partner_ids)
            self.assertFalse(theirs.search([("id", "=", record.id)]))
            self.assertFalse(theirs.name_search("", [("id", "=", record.id)]))

    def test_what_hangs_on_hidden_records(self):
        attachment = self.env["ir.attachment"].create(
            {"name": "s.txt", "raw": b"s", "res_model": "crm.lead"}
            | {"res_id": self.secret.id}
        )
        message = self.secret.message_post(body="Secret")
        activity = self.secret.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.mona.id
        )
        moves = self.env["crm.territory.move"].search(
            [("lead_id", "=", self.secret.id)]
        )
        moves |= moves.search([("partner_id", "=", self.rivoire.id)])
        overrides = self.secret.territory_override_ids
        overrides |= self.rivoire.territory_override_ids
        self.env.flush_all()
        for record in (attachment, message, activity, *moves, *overrides):
            theirs = record.with_env(self.as_eve)
            with self.subTest(record=record):
                self.assertRefused(theirs.read, ["display_name"])
                self.assertFalse(theirs.search([("id", "=", record.id)]))

    def test_ids_that_do_not_exist(self):
        nothing = self.as_eve["crm.lead"].browse(self.secret.id + 10_000)
        wizard = self.as_eve["crm.territory.access"]
        for record in (self.secret, nothing):
            self.assertRefused(
                wizard.create,
                {"lead_id": record.id},
                error=(AccessError, MissingError, UserError),
            )
        self.assertRefused(wizard.create, {"partner_id": self.rivoire.id})

    def test_wizards_of_others(self):
        opened = self.env["crm.territory.access"].create({"lead_id": self.secret.id})
        self.assertTrue(opened.line_ids)
        lines = opened.line_ids.with_env(self.as_eve)
        self.assertRefused(lines.read, ["reason"])
        self.assertFalse(lines.search([("id", "in", lines.ids)]))
        assigning = self.env["crm.territory.assign"].create(
            {"lead_ids": [Command.set(self.secret.ids)], "reason": "x"}
        )
        theirs = assigning.with_env(self.as_eve)
        self.assertRefused(theirs.read, ["reason"])
        # what somebody else is about to do
        self.assertRefused(theirs.write, {"lead_ids": [Command.set(self.own.ids)]})
        self.assertRefused(
            self.as_eve["crm.territory.user.access"].create, {"user_id": self.mona.id}
        )

    def test_assigning_a_hidden_record_by_hand(self):
        """A manager pulls in only what he sees: Claire does not see Sato."""
        hidden = self.lead("Hidden", self.sato, user_id=self.mona.id)
        values = {"territory_id": self.france.id, "reason": "x"}
        overrides = self.env["crm.territory.override"].with_user(self.claire)
        for column, record in (("lead_id", hidden), ("partner_id", self.sato)):
            self.assertRefused(overrides.create, {**values, column: record.id})

    # -- sorting, grouping and filtering by what is hidden

    def test_filters_through_visible_records(self):
        """Rows that one sees do not tell what is in those behind them."""
        self.own.partner_id = False
        shown = self.lead("Shown", self.rivoire, user_id=self.mona.id)
        # seen through a territory of its own, while the account is hidden
        self.override(shown, self.health)
        self.override(shown, self.france, "out")
        self.health.member_ids = [Command.create({"user_id": self.eve.id})]
        self.env.flush_all()
        theirs = shown.with_env(self.as_eve)
        self.assertTrue(theirs.name)
        self.assertFalse(self.rivoire.with_env(self.as_eve).has_access("read"))
        for domain in (
            [("partner_id.email", "=", "secret@rivoire.example")],
            [("partner_id", "any", [("email", "like", "secret")])],
            [("partner_id", "ilike", "Rivoire")],
            [("partner_id.opportunity_ids.name", "=", "Secret deal")],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(theirs.search([("id", "=", shown.id), *domain]))
        self.assertRefused(
            lambda: self.rivoire.with_env(self.as_eve).read(["email"]),
        )

    def test_filters_from_accounts_to_hidden_leads(self):
        self.rivoire.user_id = self.eve
        self.env.flush_all()
        accounts = self.as_eve["res.partner"]
        self.assertTrue(accounts.search([("id", "=", self.rivoire.id)]))
        for domain in (
            [("opportunity_ids.name", "=", "Secret deal")],
            [("opportunity_ids.expected_revenue", "=", 12_345)],
            [("opportunity_ids", "any", [("name", "like", "Secret")])],
            [("territory_override_ids.lead_id", "!=", False)],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(accounts.search(domain))

    def test_filters_through_territories(self):
        """A territory is everybody's to read, its records are not."""
        territories = self.as_eve["crm.territory"]
        everything = territories.search([("plan_id", "=", self.plan.id)])
        self.assertTrue(everything)
        for domain in (
            [("override_ids.lead_id.name", "=", "Secret deal")],
            [("override_ids", "any", [("lead_id", "=", self.secret.id)])],
        ):
            with self.subTest(domain=domain):
                self.assertFalse(territories.search(domain), domain)
        self.assertFalse(everything.override_ids)
        self.assertFalse(any(everything.mapped("opportunity_amount")))
        self.assertFalse(any(everything.mapped("account_count")))

    def test_groups_and_sorting(self):
        for model_name in ("crm.territory.move", "crm.territory.override"):
            model = self.as_eve[model_name]
            self.assertFalse(model._read_group([], ["lead_id"], ["__count"]))
            self.assertFalse(model._read_group([], ["partner_id"], ["__count"]))
            self.assertFalse(model.search([("lead_id.name", "=", "Secret deal")]))
        leads = self.as_eve["crm.lead"]
        for spec in ("partner_id", "user_id", "territory_id", "expected_revenue:sum"):
            if ":" in spec:
                [(total,)] = leads._read_group([], [], [spec])
                self.assertFalse(total)
            else:
                groups = leads._read_group([], [spec], ["__count"])
                self.assertEqual(sum(count for _value, count in groups), 1)
        for order in ("partner_id", "territory_id", "user_id", "stage_id desc"):
            self.assertEqual(leads.search([], order=order).ids, self.own.ids)

    # -- a mass edit

    def test_mass_edit_of_own_and_foreign_territories(self):
        """It fails as a whole: nothing of it is done."""
        rows = [
            {"territory_id": territory.id, "user_id": self.bob.id}
            for territory in (self.france, self.health)
        ]
        env = self.env(user=self.claire)
        before = self.env["crm.territory.member"].search([])
        self.assertRefused(env["crm.territory.member"].create, rows)
        members = before
        foreign = self.health.member_ids
        if not foreign:
            foreign = self.env["crm.territory.member"].create(rows[1])
            members |= foreign
        mixed = (self.germany.member_ids | foreign).with_env(env)
        self.assertRefused(mixed.write, {"weight": 9})
        self.assertRefused(mixed.unlink)
        self.assertRefused(
            (self.germany | self.health).with_env(env).write, {"description": "Mine"}
        )
        self.assertEqual(self.env["crm.territory.member"].search([]), members)
        self.assertEqual(set(members.mapped("weight")), {1})
        self.assertFalse(self.germany.description)

    def test_mass_edit_of_leads(self):
        self.france.permission = "read"
        self.france.member_ids = [Command.create({"user_id": self.eve.id})]
        self.env.flush_all()
        both = (self.own | self.secret).with_env(self.as_eve)
        self.assertRefused(both.write, {"color": 7})
        self.assertEqual(self.own.color, 0)

    def test_mass_assignment_by_hand(self):
        wizard = self.env["crm.territory.assign"].with_user(self.claire)
        opened = wizard.create(
            {
                "partner_ids": [Command.set((self.adler | self.rivoire).ids)],
                "territory_ids": [Command.set((self.france | self.health).ids)],
                "reason": "x",
            }
        )
        before = self.env["crm.territory.override"].search([])
        with self.assertRaisesRegex(UserError, "Health"):
            opened.action_assign()
        self.assertEqual(self.env["crm.territory.override"].search([]), before)
        self.assertTerritories(self.adler, self.germany)
