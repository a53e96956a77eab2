from collections import Counter
from unittest.mock import patch

from odoo import Command
from odoo.tests import new_test_user, tagged

from .. import handout_turns
from .common import SALESMAN, TerritoryCase


class HandoutCase(TerritoryCase):
    """Japan has the members ann, ben and cid (the manager), who get leads in turn.

    Mails and tracking are on, as they are in life.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={"no_reset_password": True})
        cls.admin = cls.env(user=cls.env.ref("base.user_root"))
        cls.ann, cls.ben, cls.cid = (
            new_test_user(cls.admin, name, SALESMAN).with_env(cls.env)
            for name in ("ann", "ben", "cid")
        )
        cls.plan, cls.sato = (r.with_env(cls.env) for r in (cls.plan, cls.sato))
        cls.japan = cls.territory(
            "Japan",
            areas=[{"country_id": cls.jp.id}],
            members=[(cls.ann, False), (cls.ben, False), (cls.cid, True)],
            owner_policy="round_robin",
        )
        cls.run_assignment()

    def member(self, user):
        return self.japan.member_ids.filtered(lambda member: member.user_id == user)

    def leads(self, count, **values):
        return self.env["crm.lead"].create(
            [
                self.lead_values(f"Deal {number}", self.sato, **values)
                for number in range(count)
            ]
        )

    def owners(self, leads):
        """The logins of the salespeople, as they are once all is committed."""
        self.env.cr.flush()
        self.env.invalidate_all()
        return [lead.user_id.login for lead in leads.sorted("id")]


@tagged("post_install", "-at_install")
class TestWaitingLeads(HandoutCase):
    """A lead that found nobody waits, and is given out as soon as somebody is free."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.japan.member_ids.unlink()
        cls.waiting = cls.env["crm.lead"].create(
            [cls.lead_values(f"Deal {number}", cls.sato) for number in range(2)]
        )

    def _add(self, user, **values):
        return self.env["crm.territory.member"].create(
            {"territory_id": self.japan.id, "user_id": user.id, **values}
        )

    def test_a_member_comes(self):
        self.assertEqual(self.owners(self.waiting), [False, False])
        self._add(self.ann)
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_capacity_grows(self):
        member = self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        member.capacity = 2
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_deal_is_won(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.waiting[0].with_user(self.ann).action_set_won()
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_deal_is_lost(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.waiting[0].action_set_lost()
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_deal_goes_to_somebody_else(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.waiting[0].user_id = self.bob
        self.assertEqual(self.owners(self.waiting), ["bob", "ann"])

    def test_a_deal_moves_away_with_its_customer(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.waiting[0].partner_id = self.rivoire
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_deal_is_kept_out(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.override(self.waiting[0], self.japan, "out")
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_deal_is_deleted(self):
        self._add(self.ann, capacity=1)
        self.assertEqual(self.owners(self.waiting), ["ann", False])
        self.waiting[0].sudo().unlink()
        self.assertEqual(self.owners(self.waiting[1]), ["ann"])

    def test_a_policy_comes(self):
        self.japan.owner_policy = "none"
        self._add(self.ann, is_manager=True)
        self.assertEqual(self.owners(self.waiting), [False, False])
        self.japan.owner_policy = "manager"
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_manager_comes(self):
        self.japan.owner_policy = "manager"
        member = self._add(self.ann)
        self.assertEqual(self.owners(self.waiting), [False, False])
        member.is_manager = True
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_user_is_back(self):
        self.ann.sudo().active = False
        self._add(self.ann)
        self.assertEqual(self.owners(self.waiting), [False, False])
        self.ann.sudo().active = True
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_a_membership_begins(self):
        """With the day, by the scheduled job."""
        today = self.plan._today()
        self._add(self.ann, date_start=today)
        self.waiting.user_id = False
        self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead SET territory_owner_state = NULL")
        self.env.invalidate_all()
        self.plan.sudo().upkeep_date = False
        self.env["crm.territory.plan"].sudo()._cron_upkeep()
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])

    def test_scheduled_job(self):
        """What is much is left to it; it gives all out, in chunks."""
        many = self.leads(60)
        with (
            patch.object(handout_turns, "AT_ONCE", 10),
            patch.object(handout_turns, "CHUNK", 7),
        ):
            self._add(self.ann)
            self._add(self.ben)
            self.assertEqual(set(self.owners(many)), {False})
            with self.enter_registry_test_mode():
                self.env["crm.territory"].sudo()._cron_hand_out()
        counts = Counter(self.owners(many | self.waiting))
        self.assertEqual(counts, {"ann": 31, "ben": 31})

    def test_full_run(self):
        """It gives out what waits, though no territory changes."""
        self.env.flush_all()
        member = self._add(self.ann)
        self.env.cr.precommit.clear()  # nobody looked
        self.assertEqual(self.waiting.user_id, self.ann.browse())
        run = self.run_assignment()
        self.assertEqual(self.owners(self.waiting), ["ann", "ann"])
        self.assertEqual((run.owner_count, member.user_id), (2, self.ann))


@tagged("post_install", "-at_install")
class TestGivenBack(HandoutCase):
    """Who takes himself off a lead does not get it again; who empties it means it."""

    def test_never_back_to_who_gave_it_away(self):
        for policy in ("round_robin", "least_loaded", "weighted"):
            with self.subTest(policy=policy):
                self.japan.owner_policy = policy
                [lead] = self.leads(1)
                for _turn in range(3):
                    [login] = self.owners(lead)
                    if not login:
                        break
                    lead.with_user(lead.user_id).user_id = False
                    self.assertNotEqual(self.owners(lead), [login])
                self.assertEqual(
                    set(lead.territory_declined_user_ids.mapped("login")),
                    {"ann", "ben", "cid"},
                )
                self.assertEqual(self.owners(lead), [False])  # nobody is left
                lead.unlink()

    def test_manager_leaves_it_empty(self):
        leads = self.leads(2)
        leads.user_id = False
        self.assertEqual(self.owners(leads), [False, False])
        self.run_assignment()
        self.assertEqual(self.owners(leads), [False, False])
        leads[0].user_id = self.ben
        self.assertEqual(self.owners(leads), ["ben", False])

    def test_only_manager_gives_it_back(self):
        self.japan.owner_policy = "manager"
        [lead] = self.leads(1)
        lead.with_user(self.cid).user_id = False
        self.assertEqual(self.owners(lead), [False])

    def test_what_was_left_empty_comes_into_another_territory(self):
        france = self.france
        france.write({"owner_policy": "round_robin"})
        self.env["crm.territory.member"].create(
            {"territory_id": france.id, "user_id": self.bob.id}
        )
        [lead] = self.leads(1)
        lead.user_id = False
        self.assertEqual(self.owners(lead), [False])
        lead.partner_id = self.rivoire
        self.assertEqual(self.owners(lead), ["bob"])


@tagged("post_install", "-at_install")
class TestPeopleAbove(HandoutCase):
    """A territory without a manager, or with a policy *as above*."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tokyo = cls.territory(
            "Tokyo",
            cls.japan,
            areas=[{"country_id": cls.jp.id, "zip_from": "1"}],
        )
        cls.tanaka = cls.account("Tanaka", cls.jp, zip="100-0001")

    def _owner(self):
        lead = self.lead("Deal", self.tanaka)
        self.assertCredited(lead, self.tokyo)
        return self.owners(lead)[0]

    def test_next_manager_above(self):
        self.tokyo.owner_policy = "manager"
        self.assertEqual(self._owner(), "cid")
        self.japan.member_ids.is_manager = False
        self.assertFalse(self._owner())
        self.member(self.ben).is_manager = True
        self.assertEqual(self._owner(), "ben")

    def test_manager_here_goes_first(self):
        self.tokyo.owner_policy = "manager"
        self.env["crm.territory.member"].create(
            {"territory_id": self.tokyo.id, "user_id": self.bob.id, "is_manager": True}
        )
        self.assertEqual(self._owner(), "bob")

    def test_as_above(self):
        self.tokyo.owner_policy = "above"
        self.assertEqual([self._owner() for _turn in range(3)], ["ann", "ben", "cid"])
        self.japan.owner_policy = "manager"
        self.assertEqual(self._owner(), "cid")
        self.japan.owner_policy = "none"
        self.assertFalse(self._owner())

    def test_as_above_with_members_here(self):
        self.tokyo.owner_policy = "above"
        self.env["crm.territory.member"].create(
            {"territory_id": self.tokyo.id, "user_id": self.bob.id}
        )
        self.assertEqual([self._owner() for _turn in range(2)], ["bob", "bob"])

    def test_capacity_counts_what_is_below(self):
        self.tokyo.owner_policy = "above"
        self.japan.member_ids.capacity = 1
        self.leads(2)
        self.assertEqual([self._owner(), self._owner()], ["cid", False])

    def test_members_in_turn_without_a_member_wait(self):
        """Only a manager's leads, and those of a policy above, go up."""
        self.tokyo.owner_policy = "round_robin"
        self.assertFalse(self._owner())


@tagged("post_install", "-at_install")
class TestCompaniesOfLeads(HandoutCase):
    """No policy gives a lead to somebody who does not work for its company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.first = cls.plan.company_id
        cls.second = cls.admin["res.company"].create({"name": "Second"})
        for user in (cls.mona, cls.ben):
            user.sudo().company_ids = [Command.link(cls.second.id)]
        cls.plan.sudo().company_id = False
        cls.env = cls.env(
            context=dict(
                cls.env.context, allowed_company_ids=(cls.first | cls.second).ids
            )
        )
        cls.japan = cls.japan.with_env(cls.env)

    def test_members_of_the_company_only(self):
        leads = self.leads(3, company_id=self.second.id)
        self.assertEqual(self.owners(leads), ["ben"] * 3)
        self.assertEqual(leads.company_id, self.second)

    def test_each_company_has_its_turn(self):
        theirs = self.leads(2, company_id=self.second.id)
        ours = self.leads(3, company_id=self.first.id)
        self.assertEqual(self.owners(theirs), ["ben", "ben"])
        self.assertEqual(self.owners(ours), ["ann", "cid", "ben"])
        self.assertEqual(ours.company_id, self.first)

    def test_lead_of_no_company_gets_that_of_the_plan(self):
        """Whoever made it: what the plan does not cover would be nobody's."""
        self.plan.sudo().company_id = self.first
        self.ben.sudo().company_ids = [Command.link(self.second.id)]
        self.env = self.env(
            context=dict(
                self.env.context,
                allowed_company_ids=(self.second | self.first).ids,
            )
        )
        leads = self.leads(3)
        self.assertEqual(sorted(self.owners(leads)), ["ann", "ben", "cid"])
        self.assertEqual(leads.company_id, self.first)
        self.assertEqual(leads.territory_id.plan_id, self.plan)

    def test_nobody_works_for_the_company(self):
        self.member(self.ben).unlink()
        leads = self.leads(1, company_id=self.second.id)
        self.assertEqual(self.owners(leads), [False])
        self.assertEqual(leads.company_id, self.second)
        self.cid.sudo().company_ids = [Command.link(self.second.id)]
        self.assertEqual(self.owners(leads), ["cid"])

    def test_team_of_the_company_only(self):
        team = self.env["crm.team"].create(
            {"name": "Of the first", "company_id": self.first.id}
        )
        self.japan.write({"owner_policy": "none", "team_id": team.id})
        theirs = self.leads(1, company_id=self.second.id)
        ours = self.leads(1, company_id=self.first.id)
        self.env.cr.flush()
        self.assertFalse(theirs.team_id)
        self.assertEqual(theirs.company_id, self.second)
        self.assertEqual(ours.team_id, team)

    def test_member_of_a_plan_of_another_company_is_refused(self):
        self.plan.sudo().company_id = self.second
        with self.assertRaisesRegex(Exception, "does not work for"):
            self.env["crm.territory.member"].create(
                {"territory_id": self.japan.id, "user_id": self.bob.id}
            )


@tagged("post_install", "-at_install")
class TestTold(HandoutCase):
    """Who gets many leads is told once; who gets one is told as Odoo does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.ann, cls.ben, cls.cid):
            user.sudo().notification_type = "email"

    def _mails(self, work):
        """{login: number of mails that they get}"""
        mails = self.env["mail.mail"].sudo()
        before = mails.search([])
        work()
        self.env.cr.flush()
        partners = (self.ann | self.ben | self.cid).partner_id
        counts = Counter()
        for mail in mails.search([]) - before:
            for partner in mail.recipient_ids & partners:
                counts[partner.user_ids.login] += 1
        return counts

    def test_one_lead(self):
        self.assertEqual(self._mails(lambda: self.leads(1)), {"ann": 1})

    def test_many_leads_at_once(self):
        self.assertEqual(
            self._mails(lambda: self.leads(9)), {"ann": 1, "ben": 1, "cid": 1}
        )

    def test_run(self):
        self.japan.owner_policy = "none"
        leads = self.leads(9)
        self.env.cr.flush()
        self.japan.owner_policy = "round_robin"
        self.env.cr.precommit.clear()  # nobody looked
        self.assertFalse(leads.user_id)
        self.assertEqual(
            self._mails(self.run_assignment), {"ann": 1, "ben": 1, "cid": 1}
        )
        self.assertEqual(Counter(self.owners(leads)), {"ann": 3, "ben": 3, "cid": 3})

    def test_message_names_the_leads(self):
        self.leads(36)
        self.env.cr.flush()
        message = (
            self.env["mail.message"]
            .sudo()
            .search([("partner_ids", "in", self.ann.partner_id.ids)], limit=1)
        )
        self.assertEqual(message.subject, "12 leads were given to you")
        self.assertIn("and 2 more", message.body)

    def test_message_is_in_the_language_of_the_salesperson(self):
        self.env["res.lang"].sudo()._activate_lang("fr_FR")
        self.ann.sudo().lang = "fr_FR"
        self.leads(36)
        self.env.cr.flush()
        messages = self.env["mail.message"].sudo()
        for user, words in ((self.ann, "pistes"), (self.ben, "leads")):
            domain = [("partner_ids", "in", user.partner_id.ids)]
            self.assertIn(words, messages.search(domain, limit=1).subject)


@tagged("post_install", "-at_install")
class TestDefaultSalesperson(HandoutCase):
    """Leads whose salesperson nobody chose: of the mail gateway, imported, by programs.
    (Those of the web form are in tests/, with a real form.)
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lea = new_test_user(cls.admin, "lea", SALESMAN)
        cls.team = cls.admin["crm.team"].create(
            {"name": "Inbox", "user_id": cls.lea.id, "use_leads": True}
        )
        cls.admin["ir.config_parameter"].set_param("crm.lead.auto.assignment", False)

    def _mail(self, author):
        """A lead of the mail gateway."""
        message = (
            f"From: {author}\nTo: inbox@example.com\nSubject: A question\n"
            f"Message-Id: <{author}-question>\n\nHow much is it?"
        )
        lead_id = self.admin["mail.thread"].message_process(
            "crm.lead", message, custom_values={"team_id": self.team.id}
        )
        return self.env["crm.lead"].browse(lead_id)

    def test_mail_of_a_customer(self):
        self.sato.email = "sato@example.com"
        self.assertEqual(self.owners(self._mail("sato@example.com")), ["ann"])

    def test_mail_of_a_stranger(self):
        """The leader has it, until it is known where it comes from."""
        lead = self._mail("who@example.com")
        self.assertEqual(self.owners(lead), ["lea"])
        lead.country_id = self.jp
        self.assertEqual(self.owners(lead), ["ann"])

    def test_leader_keeps_what_a_person_gave_her(self):
        lead = self._mail("who@example.com")
        lead.user_id = self.lea
        lead.country_id = self.jp
        self.assertEqual(self.owners(lead), ["lea"])

    def test_setting_of_the_plan(self):
        self.plan.replaces_leader = False
        self.sato.email = "sato@example.com"
        self.assertEqual(self.owners(self._mail("sato@example.com")), ["lea"])

    def _import(self):
        result = self.env["crm.lead"].load(
            ["name", "type", "country_id"],
            [["First", "Lead", "Japan"], ["Second", "Lead", "Japan"]],
        )
        self.assertFalse(result["messages"])
        return self.env["crm.lead"].browse(result["ids"])

    def test_imported(self):
        self.assertEqual(self.owners(self._import()), ["mona", "mona"])
        self.plan.replaces_creator = True
        self.assertEqual(self.owners(self._import()), ["ann", "ben"])

    def test_made_by_a_program(self):
        self.plan.replaces_creator = True
        values = {"name": "By a program", "type": "lead", "country_id": self.jp.id}
        self.assertEqual(self.owners(self.env["crm.lead"].create(values)), ["ann"])

    def test_made_in_a_form(self):
        """Who makes a lead in a form has it."""
        self.plan.replaces_creator = True
        values = {"name": "By hand", "type": "lead", "country_id": self.jp.id}
        [read] = self.env["crm.lead"].web_save(values, {"user_id": {}})
        self.assertEqual(read["user_id"], self.mona.id)

    def test_given_by_whoever_made_it(self):
        self.plan.replaces_creator = True
        leads = self.leads(2, user_id=self.bob.id)
        self.assertEqual(self.owners(leads), ["bob", "bob"])
        self.assertEqual(self.owners(leads.copy()), ["bob", "bob"])
