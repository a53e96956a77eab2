from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged

from .test_requests import RequestCase


class AddressCase(RequestCase):
    def move(self, record, user, **values):
        record.with_user(user).write(values)
        self.env.flush_all()

    def set_lines_only(self, value):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.addresses_by_line", value
        )


@tagged("post_install", "-at_install")
class TestLinesAreTold(AddressCase):
    """Whoever moves an account out of a line of which he is not, is named to it."""

    def setUp(self):
        super().setUp()
        # what setting the world up did is over
        self.env.cr.precommit.run()

    def told(self, user):
        """The bodies of what a user is told at the end of the transaction."""
        self.env.flush_all()
        messages = self.env["mail.message"].sudo()
        domain = [("notified_partner_ids", "in", user.partner_id.ids)]
        before = messages.search(domain)
        self.env.cr.precommit.run()
        return (messages.search(domain) - before).mapped("body")

    def test_who_which_from_where_to_where(self):
        self.move(self.adler, self.bob, country_id=self.us.id)
        [body] = self.told(self.claire)
        for words in (self.bob.name, "Adler", "Europe / Germany", "no territory"):
            self.assertIn(words, body)

    def test_one_message_for_many(self):
        accounts = self.env["res.partner"].browse()
        for number in range(30):
            accounts |= self.account(f"Many {number}", self.de)
        self.env.flush_all()
        self.move(accounts, self.bob, country_id=self.us.id)
        self.move(self.rivoire, self.bob, country_id=self.jp.id)
        [body] = self.told(self.claire)
        self.assertEqual(body.count("<li>"), 21)
        self.assertIn("and 11 more", body)
        self.assertFalse(self.told(self.claire))

    def test_nearest_manager(self):
        self.germany.member_ids.is_manager = True
        self.move(self.adler, self.bob, country_id=self.fr.id)
        [body] = self.told(self.amy)
        self.assertIn("Europe / France", body)
        self.assertFalse(self.told(self.claire))

    def test_manager_who_has_it_still(self):
        self.move(self.adler, self.bob, zip="10117")
        self.assertTerritories(self.adler, self.berlin)
        self.assertFalse(self.told(self.claire))

    def test_there_and_back(self):
        """Within one transaction nothing happened; in two, both are told."""
        self.move(self.adler, self.dan, country_id=self.us.id)
        self.move(self.adler, self.dan, country_id=self.de.id)
        self.assertFalse(self.told(self.claire))
        self.move(self.adler, self.dan, country_id=self.us.id)
        self.assertTrue(self.told(self.claire))

    def test_who_may(self):
        for user in (self.mona, self.claire, self.amy):
            self.move(self.adler, user, country_id=self.us.id)
            self.assertFalse(self.told(self.claire), user.name)
            self.move(self.adler, self.mona, country_id=self.de.id)
        self.adler.with_user(self.bob).sudo().country_id = self.us
        self.assertFalse(self.told(self.claire))

    def test_other_reasons_to_move(self):
        self.move(self.bruno, self.bob, industry_id=False)
        self.assertFalse(self.told(self.claire))

    def test_account_that_becomes_a_contact(self):
        """A contact has the territories of its account, without a move of its own."""
        mine = self.account("Mine", self.us)
        self.move(self.adler, self.bob, parent_id=mine.id, is_company=False)
        [body] = self.told(self.claire)
        self.assertIn("Adler", body)

    def test_undone_by_a_savepoint(self):
        try:
            with self.env.cr.savepoint():
                self.move(self.adler, self.bob, country_id=self.us.id)
                raise KeyError
        except KeyError:
            self.env.invalidate_all()
        self.assertFalse(self.told(self.claire))

    def test_line_without_manager(self):
        self.europe.member_ids.unlink()
        self.move(self.adler, self.bob, country_id=self.us.id)
        self.assertEqual(len(self.told(self.plan.user_id)), 1)

    def test_costs_no_query(self):
        def cost():
            self.env.invalidate_all()
            self.adler.with_user(self.bob).zip = "80331"
            self.env.flush_all()
            self.env.invalidate_all()
            with self.counting() as count:
                self.adler.with_user(self.bob).write({"zip": "80333"})
            self.env.cr.precommit.run()
            return count[0]

        cost()
        cost_with = cost()
        partners = self.env.registry["res.partner"]
        with patch.object(partners, "_watch_leaving", lambda self, vals: None):
            self.assertEqual(cost(), cost_with)


@tagged("post_install", "-at_install")
class TestAddressesByLine(AddressCase):
    """The setting: addresses of accounts in territories are changed by their line."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.addresses_by_line", "True"
        )

    def test_plain_member_of_another_line(self):
        """The call by which one reads hidden leads: into one's area, and back."""
        lead = self.lead("Secret", self.adler)
        for values in (
            {"country_id": self.fr.id},
            {"zip": "75001"},
            {"city": "Paris"},
            {"state_id": self.env.ref("base.state_us_5").id},
            {"parent_id": self.rivoire.id},
            {"user_id": self.dan.id},
            {"is_company": False},
            {"name": "x", "zip": False},
        ):
            self.assertRefused(
                self.adler.with_user(self.dan).write, values, error=AccessError
            )
        self.adler.with_user(self.dan).write({"phone": "1", "street": "A"})
        self.assertFalse(lead.with_user(self.dan).has_access("read"))

    def test_says_who_may(self):
        with self.assertRaises(AccessError) as raised:
            self.adler.with_user(self.dan).zip = "1"
        for words in ("Adler", "Germany", self.claire.name, "Request…"):
            self.assertIn(words, str(raised.exception))

    def test_who_may(self):
        for number, user in enumerate((self.amy, self.claire, self.mona)):
            self.adler.with_user(user).zip = f"8033{number}"
        self.adler.with_user(self.dan).sudo().zip = "80339"
        self.adler.user_id = self.bob
        self.adler.with_user(self.bob).zip = "80340"
        self.sato.with_user(self.bob).write({"zip": "1", "city": "Kyoto"})

    def test_member_of_one_of_its_territories(self):
        self.health.member_ids = [Command.create({"user_id": self.bob.id})]
        self.bruno.with_user(self.bob).zip = "10118"

    def test_membership_that_is_over(self):
        self.germany.member_ids.date_end = "2020-01-01"
        self.env.invalidate_all()
        self.assertRefused(self.adler.with_user(self.amy).write, {"zip": "1"})

    def test_the_same_again(self):
        """An import writes all its columns."""
        values = {"zip": "80331", "country_id": self.de.id, "city": False}
        self.adler.with_user(self.dan).write(values)

    def test_contact_that_gives_its_address_to_the_account(self):
        contact = self.contact("John", self.adler, type="contact")
        self.assertRefused(contact.with_user(self.dan).write, {"zip": "75001"})
        self.assertEqual(self.adler.zip, "80331")
        other = self.contact("Depot", self.adler, type="delivery")
        other.with_user(self.dan).zip = "75001"
        self.assertEqual(self.adler.zip, "80331")

    def test_first_contact_of_an_account_without_address(self):
        clinic = self.account("Clinic", industry_id=self.health_industry.id)
        self.assertTerritories(clinic, self.health)
        self.assertRefused(
            self.env["res.partner"].with_user(self.dan).create,
            {
                "name": "John",
                "parent_id": clinic.id,
                "zip": "75001",
                "country_id": self.fr.id,
            },
        )

    def test_contact_that_changes_company(self):
        contact = self.contact("John", self.adler)
        self.assertRefused(
            contact.with_user(self.dan).write, {"parent_id": self.rivoire.id}
        )
        contact.with_user(self.amy).parent_id = self.rivoire

    def test_merge(self):
        own = self.account("Own", self.fr)
        wizards = self.env["base.partner.merge.automatic.wizard"].with_user(self.dan)
        self.assertRefused(wizards._merge, (self.adler | own).ids, own)
        self.assertTrue(self.adler.exists())

    def test_import(self):
        partners = self.env["res.partner"].with_user(self.dan)
        result = partners.load([".id", "zip"], [[str(self.adler.id), "75001"]])
        self.assertFalse(result["ids"])
        self.assertIn("Germany", result["messages"][0]["message"])

    def test_hidden_account_is_not_named(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.adler.user_id = self.mona
        self.env.flush_all()
        with self.assertRaises(AccessError) as raised:
            self.adler.with_user(self.dan).zip = "1"
        self.assertNotIn("Germany", str(raised.exception))
        self.assertNotIn("Request…", str(raised.exception))

    def test_off(self):
        self.set_lines_only(False)
        self.adler.with_user(self.dan).zip = "75001"

    def test_no_query_when_off_or_no_address(self):
        partners = self.env.registry["res.partner"]

        def cost(**values):
            self.env.flush_all()
            self.env.invalidate_all()
            with self.counting() as count:
                self.adler.with_user(self.amy).write(values)
            return count[0]

        def both(**values):
            cost(**values), cost(**values)
            with_guard = cost(**values)
            with patch.object(
                partners, "_check_changed_by_line", lambda self, vals: None
            ):
                return with_guard, cost(**values)

        self.assertEqual(*both(phone="1"))
        self.set_lines_only(False)
        self.assertEqual(*both(zip="80331"))

    def test_setting(self):
        self.set_lines_only(False)
        admin = new_test_user(
            self.mona.env, "ada", "base.group_system,sales_team.group_sale_manager"
        )
        settings = self.env["res.config.settings"].with_user(admin)
        for value in (True, False):
            form = Form(settings)
            form.territory_addresses_by_line = value
            form.save().execute()
            self.assertEqual(self.env["res.partner"]._addresses_are_lines(), value)
