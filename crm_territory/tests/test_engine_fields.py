from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import TerritoryCase

ADDONS = {"crm_territory", "crm_territory_forecast"}


@tagged("post_install", "-at_install")
class TestEngineFields(TerritoryCase):
    """What assignment decides, no client writes: neither who may change the record, nor
    by creating one, a default or a copy.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.deal = cls.lead("Deal", cls.adler)
        cls.env.flush_all()

    def decided(self, model_name):
        """The names of fields of ours that are stored and computed or related, and
        that no view lets one edit.
        """
        fields = (
            self.env["ir.model.fields"]
            .sudo()
            .search(
                [
                    ("model", "=", model_name),
                    ("store", "=", True),
                    ("readonly", "=", True),
                    ("name", "not like", "create_"),
                    ("name", "not like", "write_"),
                    ("name", "not in", ("id", "parent_path")),
                ]
            )
        )
        return fields.filtered(lambda f: set(f.modules.split(", ")) <= ADDONS)

    def test_every_decided_field_of_both_addons(self):
        """One guard knows them all: what is not guarded here cannot be written, as no
        client has the right to write the model.
        """
        writable = {
            access.model_id.model
            for access in self.env["ir.model.access"]
            .sudo()
            .search([("perm_write", "=", True), ("group_id", "!=", False)])
        }
        count = 0
        for model_name in sorted(writable & set(self.env.registry)):
            model = self.env[model_name]
            fields = self.decided(model_name) if model._auto else ()
            if not fields or model._transient:
                continue
            for field in fields:
                count += 1
                with self.subTest(model=model_name, field=field.name):
                    with self.assertRaises(AccessError):
                        model.write({field.name: False})
                    with self.assertRaises(AccessError):
                        model.create({field.name: False})
        self.assertGreater(count, 40)

    def test_territories_of_records(self):
        for record in (self.adler, self.deal):
            for name in ("territory_set_id", "territory_id"):
                with self.assertRaisesRegex(AccessError, "Nobody writes this by hand"):
                    record.write({name: self.sato[name].id or False})
        with self.assertRaises(AccessError):
            self.adler.write({"place_code": "DE10117"})

    def test_defaults_of_the_context_do_not_speak_for_the_engine(self):
        model = self.env["crm.territory.override"].with_context(
            default_is_expired=True, default_user_id=self.bob.id
        )
        override = model.create(
            {
                "partner_id": self.sato.id,
                "territory_id": self.france.id,
                "reason": "Asked for",
            }
        )
        self.assertFalse(override.is_expired)
        self.assertEqual(override.user_id, self.mona)
        lead = self.env["crm.lead"].with_context(
            default_territory_id=self.france.id, default_territory_owner_state="empty"
        )
        lead = lead.create(self.lead_values("Deal", self.adler))
        self.assertCredited(lead, self.germany)
        self.assertNotEqual(lead.territory_owner_state, "empty")

    def test_defaults_of_the_user_do_not_speak_for_the_engine(self):
        self.env["ir.default"].set("crm.territory.override", "is_expired", True, True)
        self.assertFalse(self.override(self.sato, self.france).is_expired)

    def test_copy_decides_anew(self):
        rule = self.health.rule_ids[0]
        rule.sudo().error = "Broken"
        self.assertFalse(rule.copy().error)
        self.assertTerritories(self.deal.copy(), self.germany)

    def test_who_decided_an_override_stands_behind_it(self):
        override = self.override(self.sato, self.france)
        with self.assertRaises(AccessError):
            override.user_id = self.bob
        claires = override.with_user(self.claire)
        claires.reason = "Asked again"
        self.assertEqual(override.user_id, self.claire)

    def test_hidden_by_the_company_of_another(self):
        """Nothing of a territory is written into another company."""
        member = self.germany.member_ids
        company = self.env["res.company"].sudo().create({"name": "Beta"})
        with self.assertRaises(AccessError):
            member.with_user(self.claire).write({"company_id": company.id})
