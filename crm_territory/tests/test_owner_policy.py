from collections import Counter
from datetime import timedelta

from odoo import fields
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestOwnerPolicy(TerritoryCase):
    """Who gets the leads of a territory that nobody owns.

    Japan has the members ann (weight 1), ben (weight 2) and cid (weight 3, the
    manager), in this order.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        admin = cls.env.ref("base.user_root")
        cls.users = cls.env["res.users"].browse()
        for name in ("ann", "ben", "cid"):
            cls.users |= new_test_user(
                cls.env(user=admin, context={"no_reset_password": True}), name, SALESMAN
            ).with_env(cls.env)
        cls.ann, cls.ben, cls.cid = cls.users
        cls.team = cls.env["crm.team"].create({"name": "Japan team"})
        cls.japan = cls.territory(
            "Japan",
            areas=[{"country_id": cls.jp.id}],
            members=[(cls.ann, False), (cls.ben, False), (cls.cid, True)],
        )
        for number, member in enumerate(cls.japan.member_ids.sorted("id")):
            member.write({"sequence": number, "weight": number + 1})
        cls.run_assignment()

    def member(self, user):
        return self.japan.member_ids.filtered(lambda member: member.user_id == user)

    def _leads(self, count, **values):
        return self.env["crm.lead"].create(
            [
                {
                    "name": f"Deal {number}",
                    "type": "opportunity",
                    "partner_id": self.sato.id,
                    "user_id": False,
                    "team_id": False,
                    **values,
                }
                for number in range(count)
            ]
        )

    def _owners(self, leads):
        self.env.flush_all()
        self.env.invalidate_all()
        return dict(Counter(lead.user_id.login for lead in leads.sorted("id")))

    # -- the policies

    def test_nobody(self):
        self.assertEqual(self._owners(self._leads(2)), {False: 2})

    def test_manager(self):
        self.japan.owner_policy = "manager"
        self.assertEqual(self._owners(self._leads(3)), {"cid": 3})

    def test_managers_share(self):
        self.japan.owner_policy = "manager"
        self.member(self.ann).is_manager = True
        self.assertEqual(self._owners(self._leads(4)), {"cid": 2, "ann": 2})

    def test_territory_without_manager_gives_to_nobody(self):
        self.japan.owner_policy = "manager"
        self.member(self.cid).is_manager = False
        self.assertEqual(self._owners(self._leads(1)), {False: 1})

    def test_members_in_turn(self):
        self.japan.owner_policy = "round_robin"
        for user in (self.ann, self.ben, self.cid, self.ann):
            self.assertEqual(self._leads(1).user_id, user)

    def test_members_in_turn_within_one_call(self):
        """All in the same second, and whatever loads there were before."""
        self.japan.owner_policy = "round_robin"
        self._leads(5, user_id=self.ann.id)
        leads = self._leads(6)
        self.assertEqual(self._owners(leads), {"ann": 2, "ben": 2, "cid": 2})

    def test_least_loaded(self):
        self._leads(3, user_id=self.ann.id)
        self._leads(1, user_id=self.ben.id)
        self._leads(1, user_id=self.cid.id)[0].action_set_won()
        self.env.flush_all()
        self.japan.owner_policy = "least_loaded"
        self.assertEqual(self._owners(self._leads(5)), {"ben": 2, "cid": 3})

    def test_weights_give_their_shares(self):
        self.japan.owner_policy = "weighted"
        self.assertEqual(
            self._owners(self._leads(30)), {"ann": 5, "ben": 10, "cid": 15}
        )

    # -- capacity and time

    def test_capacity_is_never_exceeded(self):
        self.member(self.ann).capacity = 2
        self.member(self.ben).capacity = 1
        self.member(self.cid).write({"capacity": 1, "is_manager": True})
        for policy, expected in (
            ("manager", {"cid": 1, False: 5}),
            ("round_robin", {"ann": 2, "ben": 1, "cid": 1, False: 2}),
            ("least_loaded", {"ann": 2, "ben": 1, "cid": 1, False: 2}),
            ("weighted", {"ann": 2, "ben": 1, "cid": 1, False: 2}),
        ):
            with self.subTest(policy=policy):
                self.japan.owner_policy = policy
                leads = self._leads(6)
                self.assertEqual(self._owners(leads), expected)
                leads.unlink()

    def test_what_is_full_frees_up_when_deals_close(self):
        self.japan.owner_policy = "manager"
        self.member(self.cid).capacity = 1
        first = self._leads(1)
        self.assertFalse(self._leads(1).user_id)
        first.action_set_won()
        self.assertEqual(self._leads(1).user_id, self.cid)

    def test_leads_elsewhere_do_not_fill_the_capacity(self):
        self.japan.owner_policy = "manager"
        self.member(self.cid).capacity = 1
        self.lead("Elsewhere", self.adler, user_id=self.cid.id)
        self.assertEqual(self._leads(1).user_id, self.cid)

    def test_only_members_of_today_with_a_live_user(self):
        today = fields.Date.today()
        self.japan.owner_policy = "round_robin"
        self.member(self.ann).date_start = today + timedelta(days=1)
        self.member(self.ben).date_end = today - timedelta(days=1)
        self.assertEqual(self._owners(self._leads(2)), {"cid": 2})
        self.cid.sudo().active = False
        self.env.flush_all()
        self.assertEqual(self._owners(self._leads(1)), {False: 1})
        self.member(self.ann).date_start = today
        self.assertEqual(self._owners(self._leads(1)), {"ann": 1})

    # -- who is not touched

    def test_no_salesperson_is_overwritten(self):
        self.japan.owner_policy = "manager"
        lead = self._leads(1, user_id=self.bob.id)
        self.assertEqual(lead.user_id, self.bob)
        lead.partner_id = self.adler
        lead.partner_id = self.sato
        self.assertEqual(lead.user_id, self.bob)
        self.run_assignment()
        self.assertEqual(lead.user_id, self.bob)

    def test_closed_and_archived_stay_unowned(self):
        lead, archived = self._leads(2)
        lead.action_set_won()
        archived.write({"active": False, "probability": 30})
        self.japan.owner_policy = "manager"
        self.override(lead, self.japan)
        archived.priority = "1"
        self.run_assignment(include_closed=True)
        self.assertFalse((lead | archived).user_id)

    def test_credited_territory_decides(self):
        """Who is in two territories is given by the one that it is credited to."""
        self.territory(
            "Named",
            rules=[("account", [("id", "=", self.sato.id)])],
            type_id=self.env.ref("crm_territory.type_named").id,
        )
        self.japan.owner_policy = "manager"
        self.run_assignment()
        self.assertFalse(self._leads(1).user_id)

    # -- when

    def test_given_when_a_lead_comes_into_the_territory(self):
        self.japan.owner_policy = "manager"
        lead = self.lead("Deal", self.adler)
        self.assertFalse(lead.user_id)
        lead.partner_id = self.sato
        self.assertEqual(lead.user_id, self.cid)
        self.assertCredited(lead, self.japan)

    def test_given_when_the_account_comes_into_the_territory(self):
        self.japan.owner_policy = "manager"
        lead = self.lead("Deal", self.adler)
        self.adler.country_id = self.jp
        self.env.cr.flush()
        self.assertTerritories(lead, self.japan)
        self.assertEqual(lead.user_id, self.cid)

    def test_given_when_put_in_by_hand(self):
        self.japan.owner_policy = "manager"
        lead = self.lead("Deal", self.adler)
        self.override(lead, self.japan)
        self.env.cr.flush()
        self.assertEqual(lead.user_id, self.cid)

    def test_given_by_a_run(self):
        lead = self._leads(1)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET territory_set_id = NULL, territory_id = NULL"
        )
        self.env.invalidate_all()
        self.japan.write({"owner_policy": "manager", "team_id": self.team.id})
        self.run_assignment(is_dry=True)
        self.assertFalse(lead.user_id)
        self.run_assignment()
        self.assertEqual((lead.user_id, lead.team_id), (self.cid, self.team))

    def test_owner_given_decides_what_is_credited(self):
        """The new owner is a member: the lead stays where it was given."""
        self.japan.owner_policy = "manager"
        lead = self._leads(1)
        self.assertCredited(lead, self.japan)
        self.assertEqual(lead.user_id, self.cid)

    # -- the team

    def test_team_fills_an_empty_one(self):
        self.japan.team_id = self.team
        leads = self._leads(2)
        self.assertEqual(leads.team_id, self.team)
        self.assertFalse(leads.user_id)

    def test_team_does_not_replace_another(self):
        other = self.env["crm.team"].create({"name": "Other"})
        self.japan.team_id = self.team
        self.assertEqual(self._leads(1, team_id=other.id).team_id, other)

    def test_team_and_salesperson_together(self):
        self.team.member_ids = [Command.link(self.cid.id)]
        self.japan.write({"owner_policy": "manager", "team_id": self.team.id})
        lead = self._leads(1)
        self.assertEqual((lead.user_id, lead.team_id), (self.cid, self.team))

    # -- who may

    def test_given_by_a_salesperson_without_rights_on_members(self):
        """Bob creates a lead that another gets: he need not see it after that."""
        self.japan.owner_policy = "manager"
        lead = (
            self.env["crm.lead"]
            .with_user(self.bob)
            .create(
                {
                    "name": "By Bob",
                    "type": "opportunity",
                    "partner_id": self.sato.id,
                    "user_id": False,
                }
            )
        )
        self.assertEqual(lead.sudo().user_id, self.cid)
