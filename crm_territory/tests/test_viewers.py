from itertools import product

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .common import SALESMAN, TerritoryCase

OTHERS = {
    "dora": SALESMAN,
    "emil": SALESMAN,
    "lena": SALESMAN,
    "otto": "sales_team.group_sale_salesman_all_leads",
    "ines": "base.group_user",
    "pia": "base.group_user,base.group_partner_manager",
}


@tagged("post_install", "-at_install")
class TestViewers(TerritoryCase):
    """Who sees this, and why: it agrees with the record rules.

    Beside the users of the world: Dora, whom Bob reports to, and Emil, whom Dora
    reports to; Lena, who leads Amy's sales team; Otto, who sees all documents; Ines
    and Pia, who have no sales rights. Amy and Otto work in the second company as
    well. Lena is in Products for reading.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.second = cls.env["res.company"].sudo().create({"name": "Second"})
        for name, groups in OTHERS.items():
            setattr(cls, name, new_test_user(cls.mona.env, name, groups))
        (cls.amy | cls.otto).sudo().company_ids |= cls.second
        cls.bob.reports_to_id = cls.dora
        cls.dora.reports_to_id = cls.emil
        team = cls.env["crm.team"].create({"name": "T", "user_id": cls.lena.id})
        cls.env["crm.team.member"].create(
            {"crm_team_id": team.id, "user_id": cls.amy.id}
        )
        cls.products.member_ids = [Command.create({"user_id": cls.lena.id})]
        cls.products.permission = "read"
        cls.plan.sudo().company_id = False
        cls.owners = (cls.env["res.users"], cls.amy, cls.bob, cls.mona, cls.otto)
        cls.places = (
            cls.env["crm.territory"],
            cls.berlin,
            cls.france,
            cls.gtx,
            cls.berlin | cls.gtx,
        )
        cls._make_records()
        cls.internal = cls.env["res.users"].search([("share", "=", False)])

    @classmethod
    def _make_records(cls):
        """Every owner in every place, of no company, of the second and archived."""
        cls.leads = cls.env["crm.lead"].sudo()
        cls.accounts = cls.env["res.partner"].sudo()
        second = {"company_id": cls.second.id}
        for owner, place, values in product(
            cls.owners, cls.places, ({"company_id": False}, second, {"active": False})
        ):
            if values == second and cls.second not in owner.company_ids and owner:
                continue  # refused by Odoo
            values = {"user_id": owner.id, **values}
            sudo = cls.env(su=True)
            account = sudo["res.partner"].create({"name": "A", **values})
            lead = sudo["crm.lead"].create(
                {"name": "L", "type": "opportunity", "team_id": False, **values}
            )
            for territory in place:
                cls.override(account, territory.sudo())
                cls.override(lead, territory.sudo())
            cls.leads |= lead
            cls.accounts |= account
        cls.env.flush_all()

    def set_parameter(self, name, value):
        self.env["ir.config_parameter"].sudo().set_param(f"crm_territory.{name}", value)

    def assertAgrees(self, records):
        """The list of every record with has_access of every internal user."""
        self.env.invalidate_all()
        shown = {"read": {}, "write": {}}
        for record in records:
            for user, reasons, can_write in record._territory_viewers():
                self.assertTrue(all(reasons), f"{user.login} sees {record} for nothing")
                shown["read"].setdefault(user, set()).add(record.id)
                if can_write:
                    shown["write"].setdefault(user, set()).add(record.id)
        for user, operation in product(self.internal, shown):
            allowed = records.with_user(user)._filtered_access(operation)
            with self.subTest(user=user.login, operation=operation):
                self.assertEqual(
                    shown[operation].get(user, set()),
                    set(allowed.ids),
                    f"{operation} of {user.login}",
                )

    def test_leads(self):
        for setting in ("everyone", "managers"):
            self.set_parameter("unassigned", setting)
            self.assertAgrees(self.leads)

    def test_accounts(self):
        self.leads[0].write({"user_id": self.bob.id, "partner_id": self.accounts[3].id})
        records = self.accounts | self.bob.partner_id | self.env.company.partner_id
        records |= self.contact("Jo", self.accounts[8], user_id=self.bob.id)
        records = records.sudo()
        for setting in ("everyone", "territory"):
            self.set_parameter("account_visibility", setting)
            self.assertAgrees(records)

    def test_reasons(self):
        lead = self.leads.filtered(
            lambda lead: (
                lead.user_id == self.bob
                and lead.territory_set_id.territory_ids == self.berlin | self.gtx
                and lead.active
                and not lead.company_id
            )
        )
        found = {
            user: (reasons, can_write)
            for user, reasons, can_write in lead._territory_viewers()
        }
        self.assertEqual(found[self.bob], (["salesperson"], True))
        self.assertEqual(found[self.dora], ([f"above {self.bob.name}"], True))
        self.assertEqual(found[self.emil], ([f"above {self.bob.name}"], True))
        self.assertEqual(found[self.amy], (["member of Germany, above Berlin"], True))
        self.assertEqual(
            found[self.claire], (["member of Europe, above Berlin (manager)"], True)
        )
        self.assertEqual(found[self.lena], (["member of Products, above GTX"], False))
        self.assertEqual(found[self.otto], (["all documents"], True))
        self.assertEqual(found[self.mona], (["administrator"], True))
        self.assertNotIn(self.ines, found)

    # -- the wizards

    def test_wizard_lists_the_viewers(self):
        lead = self.leads.filtered(
            lambda lead: lead.user_id == self.bob and lead.active
        )[0]
        for record in (lead, self.accounts[4]):
            wizard = self.env["crm.territory.access"].with_user(self.mona)
            wizard = wizard.with_context(active_model=record._name, active_id=record.id)
            action = wizard.action_open()
            expected = [
                (user.id, "\n".join(reasons), can_write)
                for user, reasons, can_write in record._territory_viewers()
            ]
            self.assertEqual(self._shown(wizard, action), (record.id, expected))
            # and stored, when somebody goes on from there
            asked = {
                "lead_id" if record._name == "crm.lead" else "partner_id": record.id
            }
            lines = wizard.create({**asked, "line_ids": [Command.clear()]}).line_ids
            self.assertEqual(
                [(line.user_id.id, line.reason, line.can_write) for line in lines],
                expected,
            )

    def _shown(self, wizard, action):
        """What a client shows, which stores nothing: (id of the record, lines)."""
        wizards = wizard.sudo().search_count([])
        self.assertNotIn("res_id", action)
        of_line = dict.fromkeys(("user_id", "reason", "can_write"), {})
        asked = {"lead_id": {}, "partner_id": {}, "line_ids": {"fields": of_line}}
        form = wizard.with_context(**action["context"])
        values = form.onchange({}, [], asked)["value"]
        self.assertEqual(wizard.sudo().search_count([]), wizards)
        lines = [command[2] for command in values["line_ids"]]
        return values["lead_id"] or values["partner_id"], [
            (line["user_id"], line["reason"], line["can_write"]) for line in lines
        ]

    def test_wizard_of_a_hidden_record_is_refused(self):
        lead = self.leads.filtered(lambda lead: lead.user_id == self.mona)[0]
        wizard = self.env["crm.territory.access"].with_user(self.bob)
        with self.assertRaises(AccessError):
            wizard.create({"lead_id": lead.id})
        with self.assertRaises(UserError):
            wizard.create({})

    def test_what_a_user_sees(self):
        for setting in ("everyone", "territory"):
            self.set_parameter("account_visibility", setting)
            for user in self.internal - self.env.ref("base.user_root"):
                wizard = self.env["crm.territory.user.access"].create(
                    {"user_id": user.id}
                )
                with self.subTest(user=user.login, accounts=setting):
                    self._check_counts(wizard, user)

    def _check_counts(self, wizard, user):
        accounts = self.env["res.partner"].with_user(user)
        self.assertEqual(
            wizard.account_count, accounts.search_count(accounts._account_domain())
        )
        leads = self.env["crm.lead"].with_user(user)
        for kind, count, action in (
            ("lead", wizard.lead_count, wizard.action_view_leads),
            ("opportunity", wizard.opportunity_count, wizard.action_view_opportunities),
        ):
            expected = leads.browse()
            if leads.has_access("read"):
                expected = leads.search([("type", "=", kind)])
            self.assertEqual(count, len(expected))
            [(_field, _in, ids)] = action()["domain"]
            self.assertEqual(set(ids), set(expected.ids))

    def test_territories_and_people_below(self):
        for user, territories, people in (
            (self.amy, self.germany | self.berlin, self.env["res.users"]),
            (self.lena, self.products | self.gtx, self.amy),
            (self.dora, self.env["crm.territory"], self.bob),
        ):
            wizard = self.env["crm.territory.user.access"].create({"user_id": user.id})
            self.assertEqual(wizard.territory_ids, territories)
            self.assertEqual(wizard.member_ids.territory_id, territories[:1])
            self.assertEqual(wizard.subordinate_ids, people)
