from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase

SPECIFICATION = {"name": {}, "partner_id": {"fields": {"display_name": {}}}}


@tagged("post_install", "-at_install")
class TestLeaving(TerritoryCase):
    """Amy may change what Germany holds, and does so until it is elsewhere: it is
    saved. Bob owns the leads; Dora is the member of France.
    """

    visibility = "everyone"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dora = new_test_user(cls.mona.env, "dora", SALESMAN, name="Dora")
        cls.bob.sudo().name = "Bob"
        cls.france.member_ids = [Command.create({"user_id": cls.dora.id})]
        cls.germany.permission = "write"
        cls.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", cls.visibility
        )
        # as users have it: with messages and tracking
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=False))
        cls.deal = cls.lead("Deal", cls.adler, user_id=cls.bob.id)
        cls.other = cls.lead("Other", cls.adler, user_id=cls.bob.id)
        # whom every salesperson sees, and whom Germany does not hold
        cls.nowhere = cls.account("Nowhere", cls.jp)
        cls.env.flush_all()

    def as_user(self, record, user):
        """As a request of the user finds it."""
        self.end_request()
        return record.with_user(user)

    def end_request(self):
        """Do what is done before a commit (tracking), and forget what was read."""
        self.env.flush_all()
        self.env.cr.precommit.run()
        self.env.flush_all()
        self.env.invalidate_all()

    def save(self, record, user, values, specification=None, **kwargs):
        if specification is None:
            specification = SPECIFICATION
        answer = self.as_user(record, user).web_save(values, specification, **kwargs)
        self.end_request()
        return answer

    def assertLeft(self, row, record, message):
        self.assertEqual(row, {"id": record.id, "territory_left": message})

    # -- forms

    def test_another_customer(self):
        [row] = self.save(self.deal, self.amy, {"partner_id": self.nowhere.id})
        self.assertLeft(row, self.deal, "Saved. It is now with Bob.")
        self.assertEqual(self.deal.partner_id, self.nowhere)
        with self.assertRaises(AccessError):
            self.as_user(self.deal, self.amy).web_read(SPECIFICATION)

    def test_a_product_line_removed(self):
        self.gtx.member_ids = [Command.create({"user_id": self.dora.id})]
        self.gtx.permission = "write"
        self.deal.write(
            {
                "partner_id": self.nowhere.id,
                "product_line_ids": [Command.set(self.gtx_line.ids)],
            }
        )
        values = {"product_line_ids": [Command.unlink(self.gtx_line.id)]}
        [row] = self.save(self.deal, self.dora, values)
        self.assertEqual(row.keys(), {"id", "territory_left"})
        self.assertFalse(self.deal.product_line_ids)

    def test_what_stays_is_read_as_ever(self):
        [row] = self.save(self.deal, self.amy, {"name": "Renamed"})
        self.assertEqual(row["name"], "Renamed")
        self.assertNotIn("territory_left", row)

    def test_the_next_record_is_read(self):
        """As the pager of the form asks for it."""
        rows = self.save(
            self.deal,
            self.amy,
            {"partner_id": self.nowhere.id},
            next_id=self.other.id,
        )
        self.assertEqual(rows[0]["name"], "Other")
        self.assertEqual(rows[1]["id"], self.deal.id)
        self.assertIn("territory_left", rows[1])

    def test_given_to_somebody_else(self):
        own = self.lead("Own", self.nowhere, user_id=self.amy.id)
        [row] = self.save(own, self.amy, {"user_id": self.dora.id})
        self.assertLeft(row, own, "Saved. It is now with Dora.")

    def test_without_reading(self):
        """As a form saves that is being closed."""
        [row] = self.save(self.deal, self.amy, {"partner_id": self.nowhere.id}, {})
        self.assertIn("territory_left", row)

    # -- new ones

    def new_values(self, account, **values):
        return self.lead_values("New", account, **values)

    def test_new_for_another_territory(self):
        """A lead of a fair, for the colleagues: nobody has it yet."""
        leads = self.env["crm.lead"]
        [row] = self.save(leads, self.bob, self.new_values(self.nowhere))
        self.assertEqual(row["name"], "New")
        french = {"name": "New", "country_id": self.fr.id, "user_id": False}
        [row] = self.save(leads, self.bob, french)
        lead = leads.browse(row["id"])
        self.assertLeft(row, lead, "Saved. It is now in France (Dora).")
        self.assertTerritories(lead, self.france)
        self.assertFalse(lead.user_id)

    def test_new_one_given_out(self):
        """The territory gives it to a member before its author is answered."""
        self.france.owner_policy = "round_robin"
        french = {"name": "New", "country_id": self.fr.id, "user_id": False}
        [row] = self.save(self.env["crm.lead"], self.bob, french)
        lead = self.env["crm.lead"].browse(row["id"])
        self.assertEqual(lead.user_id, self.dora)
        self.assertLeft(row, lead, "Saved. It is now in France (Dora).")

    def test_new_by_a_program(self):
        values = {"name": "New", "country_id": self.fr.id, "user_id": False}
        leads = self.as_user(self.env["crm.lead"], self.bob).create(
            [values, {**values, "name": "Newer"}]
        )
        self.end_request()
        self.assertTerritories(leads[0], self.france)
        # created by him, and not for him to read, write or delete
        for operation in ("read", "write", "unlink"):
            self.assertFalse(leads.with_user(self.bob)._filtered_access(operation))

    def test_new_for_a_colleague_stays_refused(self):
        """As in Odoo: who has own documents only makes no leads of others."""
        values = {"name": "New", "country_id": self.fr.id, "user_id": self.dora.id}
        for make in (
            lambda leads: leads.create(values),
            lambda leads: leads.web_save(values, {}),
        ):
            with self.assertRaises(AccessError), self.cr.savepoint():
                make(self.as_user(self.env["crm.lead"], self.bob))

    def test_imported(self):
        leads = self.as_user(self.env["crm.lead"], self.bob)
        result = leads.load(
            ["name", "country_id/.id", "user_id/.id"],
            [["First", str(self.fr.id), ""], ["Second", str(self.fr.id), ""]],
        )
        self.end_request()
        self.assertFalse(result["messages"])
        self.assertEqual(len(result["ids"]), 2)

    # -- several at once, and programs

    def test_several_in_a_list(self):
        stays = self.lead("Stays", self.adler, user_id=self.amy.id)
        values = {"partner_id": self.nowhere.id}
        rows = self.save(self.deal | stays | self.other, self.amy, values)
        self.assertEqual(
            [row["id"] for row in rows], [self.deal.id, stays.id, self.other.id]
        )
        self.assertEqual(rows[1]["name"], "Stays")
        message = "Saved. 2 of them are now with Bob."
        self.assertLeft(rows[0], self.deal, message)
        self.assertLeft(rows[2], self.other, message)

    def test_several_with_values_of_their_own(self):
        both = self.as_user(self.deal | self.other, self.amy)
        rows = both.web_save_multi(
            [{"partner_id": self.nowhere.id}, {"name": "Renamed"}], SPECIFICATION
        )
        self.end_request()
        self.assertIn("territory_left", rows[0])
        self.assertEqual(rows[1]["name"], "Renamed")
        self.assertEqual(self.deal.partner_id, self.nowhere)

    def test_written_by_a_program(self):
        for values in (
            {"partner_id": self.nowhere.id},
            {"partner_id": self.nowhere.id, "probability": 100},
        ):
            self.deal.write({"partner_id": self.adler.id, "probability": 10})
            self.assertTrue(self.as_user(self.deal, self.amy).write(values))
            self.end_request()
            self.assertEqual(self.deal.partner_id, self.nowhere)

    def test_dragged_to_a_stage(self):
        """Where the stage is what the territory is about."""
        new, won = self.env["crm.stage"].search([], limit=2)
        stage = self.territory(
            "Stage",
            rules=[("opportunity", [("stage_id", "=", new.id)])],
            members=[(self.dora, False)],
            permission="write",
        )
        self.deal.write({"partner_id": self.nowhere.id, "stage_id": new.id})
        self.assertTerritories(self.deal, stage)
        [row] = self.save(self.deal, self.dora, {"stage_id": won.id})
        self.assertIn("territory_left", row)
        self.assertEqual(self.deal.stage_id, won)
        # what the kanban asks next
        self.assertFalse(self.as_user(self.deal, self.dora).get_rainbowman_message())

    # -- by hand

    def decide(self, user, lead, territories, decision="out"):
        wizard = (
            self.as_user(self.env["crm.territory.assign"], user)
            .with_context(active_model="crm.lead", active_ids=lead.ids)
            .create(
                {
                    "decision": decision,
                    "territory_ids": [Command.set(territories.ids)],
                    "reason": "Not ours",
                }
            )
        )
        action = wizard.action_assign()
        self.end_request()
        return action

    def make_manager(self, user, territory):
        """Of a territory that has nobody above."""
        territory.member_ids = [
            Command.create({"user_id": user.id, "is_manager": True})
        ]

    def test_kept_out_by_the_manager(self):
        self.make_manager(self.dora, self.gtx)
        self.deal.partner_id = self.nowhere
        self.deal.product_line_ids = self.gtx_line
        action = self.decide(self.dora, self.deal, self.gtx)
        self.assertEqual(action["tag"], "crm_territory_leave")
        self.assertEqual(
            action["params"],
            {
                "messages": [
                    "1 record kept out by hand of GTX.",
                    "Saved. It is now with Bob.",
                ],
                "res_model": "crm.lead",
                "res_ids": self.deal.ids,
            },
        )
        self.assertEqual(self.deal.territory_override_ids.decision, "out")

    def test_kept_out_of_two_territories(self):
        """Also where one of the decisions is there, and is turned round."""
        self.make_manager(self.dora, self.health)
        self.make_manager(self.dora, self.gtx)
        self.deal.partner_id = self.nowhere
        both = self.health | self.gtx
        for before in (self.health, self.gtx):
            self.deal.territory_override_ids.unlink()
            self.override(self.deal, before, "in")
            self.end_request()
            self.decide(self.dora, self.deal, both)
            self.assertEqual(self.deal.territory_override_ids.territory_id, both)
            self.assertNoTerritory(self.deal)

    def test_following_the_rules_again(self):
        self.make_manager(self.dora, self.health)
        self.deal.partner_id = self.nowhere
        self.override(self.deal, self.health, "in")
        action = self.decide(self.dora, self.deal, self.health, "reset")
        self.assertIn("Saved. It is now with Bob.", action["params"]["messages"])

    def test_kept_out_but_still_seen(self):
        action = self.decide(self.claire, self.deal, self.berlin)
        self.assertEqual(action["tag"], "display_notification")

    def test_override_written_in_its_own_form(self):
        self.make_manager(self.dora, self.health)
        self.deal.partner_id = self.nowhere
        override = self.override(self.deal, self.health, "in")
        [row] = self.save(override, self.dora, {"decision": "out"}, {"decision": {}})
        self.assertLeft(row, override, "Saved. It is now with Bob.")
        self.assertEqual(override.decision, "out")

    def test_override_made_in_its_own_form(self):
        self.make_manager(self.dora, self.gtx)
        self.deal.partner_id = self.nowhere
        self.deal.product_line_ids = self.gtx_line
        values = {
            "territory_id": self.gtx.id,
            "lead_id": self.deal.id,
            "decision": "out",
            "reason": "Not ours",
        }
        overrides = self.env["crm.territory.override"]
        [row] = self.save(overrides, self.dora, values, {"decision": {}})
        self.assertEqual(row["territory_left"], "Saved. It is now with Bob.")

    # -- nothing is learnt

    def test_who_never_saw_it_learns_nothing(self):
        self.deal.partner_id = self.rivoire
        hidden = self.as_user(self.deal, self.amy)
        for values in ({}, {"name": "Mine"}):
            for save in (
                lambda values: hidden.web_save(values, {}),
                lambda values: hidden.web_save(values, SPECIFICATION),
                lambda values: hidden.web_save_multi([values], SPECIFICATION),
            ):
                with self.assertRaises(AccessError), self.cr.savepoint():
                    save(values)
        # neither does who says that he is saving
        for saving in (True, (self.deal.ids, self.deal.ids), {"ids": self.deal.ids}):
            with self.assertRaises(AccessError):
                hidden.with_context(crm_territory_saving=saving).web_read(SPECIFICATION)

    def test_quick_names(self):
        leads = self.as_user(self.env["crm.lead"], self.bob)
        french = leads.with_context(default_country_id=self.fr.id)
        id_, _name = french.with_context(default_user_id=False).name_create("Quick")
        self.end_request()
        self.assertTerritories(leads.browse(id_), self.france)

    def test_other_companies_are_turned_on(self):
        """What is not seen as its company is off has not left: Odoo turns that on."""
        company = self.env["res.company"].sudo().create({"name": "Second"})
        self.amy.sudo().company_ids = [Command.link(company.id)]
        own = self.lead("Own", self.nowhere, user_id=self.amy.id)
        lead = self.as_user(own, self.amy).with_context(
            allowed_company_ids=self.amy.company_id.ids
        )
        with self.assertRaises(AccessError) as caught, self.cr.savepoint():
            lead.web_save({"company_id": company.id}, SPECIFICATION)
        self.assertEqual(
            caught.exception.context["suggested_company"]["id"], company.id
        )

    def test_refused_edits_stay_refused(self):
        self.germany.permission = "read"
        with self.assertRaises(AccessError), self.cr.savepoint():
            self.as_user(self.deal, self.amy).web_save(
                {"partner_id": self.nowhere.id}, SPECIFICATION
            )


@tagged("post_install", "-at_install")
class TestLeavingByTerritory(TestLeaving):
    """The same where accounts are seen by territory."""

    visibility = "territory"

    def test_account_leaves(self):
        [row] = self.save(self.adler, self.amy, {"country_id": self.fr.id}, {"zip": {}})
        self.assertLeft(row, self.adler, "Saved. It is now in France (Dora).")
        self.assertTerritories(self.adler, self.france)

    def test_account_is_written_by_a_program(self):
        self.assertTrue(
            self.as_user(self.adler, self.amy).write({"country_id": self.fr.id})
        )
        self.end_request()
        self.assertTerritories(self.adler, self.france)

    def test_new_account_is_its_authors(self):
        [row] = self.save(
            self.env["res.partner"],
            self.bob,
            {"name": "Neu", "country_id": self.fr.id},
            {"name": {}},
        )
        self.assertEqual(row["name"], "Neu")

    def test_several_accounts(self):
        bruno = self.bruno
        bruno.industry_id = False
        rows = self.save(
            self.adler | bruno, self.amy, {"country_id": self.fr.id}, {"name": {}}
        )
        for row in rows:
            self.assertEqual(
                row["territory_left"],
                "Saved. 2 of them are now in France (Dora).",
            )
