from odoo.tests import tagged

from .common import TerritoryCase

_INTERNAL = {
    "crm.lead": (
        "place_code",
        "territory_can_read",
        "territory_is_unassigned",
        "territory_set_id",
    ),
    "res.partner": ("place_code", "territory_can_see", "territory_set_id"),
    "crm.territory.revenue.report": ("territory_can_write", "territory_set_id"),
    "crm.territory.coverage.report": ("is_visible", "partner_share"),
}
_OFFERED = {
    "crm.lead": ("territory_id", "territory_ids", "territory_level_2_id"),
    "res.partner": ("territory_id", "territory_ids", "employee_number"),
    "crm.territory.revenue.report": ("territory_id", "territory_type_id"),
}


@tagged("post_install", "-at_install")
class TestInternalFields(TerritoryCase):
    """What only the engine and record rules read is offered for no filter."""

    def offered(self, model_name):
        model = self.env[model_name].with_user(self.amy)
        return model.fields_get(
            attributes=["searchable", "sortable", "groupable", "exportable"]
        )

    def test_internal_fields_are_not_offered(self):
        for model_name, names in _INTERNAL.items():
            described = self.offered(model_name)
            for name in names:
                with self.subTest(model=model_name, field=name):
                    self.assertFalse(any(described[name].values()))

    def test_the_others_are(self):
        for model_name, names in _OFFERED.items():
            described = self.offered(model_name)
            for name in names:
                with self.subTest(model=model_name, field=name):
                    self.assertTrue(described[name]["searchable"])

    def test_only_what_is_asked_for_is_described(self):
        leads = self.env["crm.lead"].with_user(self.amy)
        described = leads.fields_get(["territory_set_id"], ["type"])
        self.assertEqual(set(described), {"territory_set_id"})
        self.assertNotIn("searchable", described["territory_set_id"])

    def test_domains_may_name_them(self):
        leads = self.env["crm.lead"].with_user(self.amy)
        lead = self.lead("Presses", self.adler)
        found = leads.search([("territory_can_read", "=", True)])
        self.assertIn(lead.id, found.ids)

    def test_a_user_has_the_territories_of_today_and_of_drafts(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next"})
        later = self.territory("Later", plan=draft, members=[(self.amy, False)])
        user = self.amy.with_user(self.mona)
        self.assertEqual(user.territory_member_ids.territory_id, self.germany | later)
        self.plan.action_archive_plan()
        user.invalidate_recordset(["territory_member_ids"])
        self.assertEqual(user.territory_member_ids.territory_id, later)
