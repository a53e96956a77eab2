from contextlib import contextmanager

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from ..typed_record import typed_record
from .common import TerritoryCase


@tagged("post_install", "-at_install")
class TestTypedRecord(TerritoryCase):
    """A record is typed, judged as if it were there, and nothing of it is left."""

    @contextmanager
    def leaving_nothing(self):
        before = self._counts()
        yield
        self.assertEqual(self._counts(), before)

    def _counts(self):
        self.env.flush_all()
        tables = (
            "res_partner",
            "crm_lead",
            "crm_territory_move",
            "crm_territory_set",
            "crm_territory_judgement",
            "mail_message",
            "mail_mail",
            "mail_followers",
            "res_partner_res_partner_category_rel",
        )
        counts = {}
        for table in tables:
            self.env.cr.execute(f"SELECT count(*) FROM {table}")
            counts[table] = self.env.cr.fetchone()[0]
        for table in ("res_partner", "crm_lead"):
            self.env.cr.execute(f"SELECT last_value FROM {table}_id_seq")
            counts[f"{table}_id_seq"] = self.env.cr.fetchone()[0]
        return counts

    def trial(self, user=None, plan=None, **values):
        """The explanation of a record that is typed in the form of *Test*."""
        trials = self.env["crm.territory.trial"].with_user(user or self.mona)
        with self.leaving_nothing():
            form = Form(trials.with_context(default_plan_id=(plan or self.plan).id))
            form.is_typed = True
            for name, value in values.items():
                if name.endswith("_ids"):
                    getattr(form, name).set(value)
                else:
                    setattr(form, name, value)
            return form.explanation

    def test_account_is_in_the_territories_of_what_is_typed(self):
        found = self.trial(
            typed_name="Charité",
            typed_country_id=self.de,
            typed_zip="10117",
            typed_industry_id=self.health_industry,
        )
        names = [card["name"] for card in found["territories"]]
        self.assertEqual(sorted(names), ["Berlin", "Health"])
        [credited] = [card for card in found["territories"] if card["is_credited"]]
        self.assertEqual(credited["name"], "Health")
        self.assertIn("10117", str(credited["steps"] + found["territories"]))
        self.assertFalse(found["salesperson"])

    def test_what_no_criterion_reads_is_not_asked_for(self):
        trials = self.env["crm.territory.trial"]
        with Form(trials.with_context(default_plan_id=self.plan.id)) as form:
            form.is_typed = True
            self.assertIn("industry_id", form.typed_fields)
            self.assertNotIn("employee_number", form.typed_fields)
            form.objects, form.typed_type = "lead", "lead"
            self.assertIn("employee_number", form.typed_fields)
            self.assertNotIn("industry_id", form.typed_fields)
            self.assertFalse(form.typed_note)
        self.territory("Urgent", rules=[("lead", [("priority", "=", "3")])])
        with Form(trials.with_context(default_plan_id=self.plan.id)) as form:
            form.objects, form.is_typed, form.typed_type = "lead", True, "lead"
            self.assertIn("Priority", form.typed_note)

    def test_lead_tells_who_gets_it(self):
        self.germany.owner_policy = "round_robin"
        lead = {"objects": "lead", "typed_country_id": self.de}
        found = self.trial(**lead)
        self.assertEqual(found["salesperson"], f"{self.amy.name} would get it.")
        found = self.trial(**lead, typed_product_line_ids=self.gtx_line)
        self.assertEqual(
            sorted(card["name"] for card in found["territories"]), ["GTX", "Germany"]
        )
        self.germany.member_ids.capacity = 1
        self.lead("Enough", self.adler, user_id=self.amy.id)
        self.assertIn("Nobody can get it now", self.trial(**lead)["salesperson"])
        self.assertFalse(self.germany.member_ids.last_turn)

    def test_draft_is_tried_before_it_is_active(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        self.territory("Asia", plan=draft, areas=[{"country_id": self.jp.id}])
        found = self.trial(plan=draft, typed_country_id=self.jp)
        self.assertEqual([card["name"] for card in found["territories"]], ["Asia"])
        found = self.trial(typed_country_id=self.jp)
        self.assertFalse(found["territories"])
        self.assertEqual(
            found["advice"], ["No territory covers Japan: add an area to one."]
        )

    def test_rights_are_those_of_any_test(self):
        draft = self.env["crm.territory.plan"].create({"name": "Next year"})
        with self.assertRaises(AccessError):
            self.trial(self.bob, draft, typed_country_id=self.de)
        draft.state = "archived"
        with self.assertRaises(AccessError):
            self.trial(self.bob, draft, typed_country_id=self.de)
        found = self.trial(self.bob, typed_country_id=self.de)
        self.assertEqual([card["name"] for card in found["territories"]], ["Germany"])

    def test_what_one_would_not_see_is_not_tried(self):
        self.territory("Mine", rules=[("opportunity", [("user_id", "=", 1)])])
        lead = {"objects": "lead", "typed_country_id": self.de}
        with self.assertRaisesRegex(AccessError, "would not see"):
            self.trial(self.bob, **lead, typed_user_id=self.mona)

    def test_values_that_no_column_can_hold_are_told(self):
        values = {"objects": "lead", "typed_type": "lead"}
        with self.assertRaisesRegex(UserError, "No record can have these values"):
            self.trial(**values, typed_employee_number=2**40)

    def test_rule_is_tried_as_it_is_on_the_screen(self):
        rule = self.health.rule_ids.filtered(lambda r: r.applies_to == "account")
        with Form(rule) as form:
            form.is_typed = True
            form.typed_industry_id = self.health_industry
            self.assertTrue(form.trial[0]["holds"])
            form.domain = "[('employee_number', '>=', 5)]"
            self.assertEqual(
                form.trial[0]["details"][0],
                {"holds": False, "text": "Number of Employees ≥ 5", "value": "0"},
            )
            form.typed_employee_number = 7
            self.assertTrue(form.trial[0]["holds"])
            form.domain = "[('industry_id', '!=', False)]"

    def test_tags_and_columns_are_as_in_a_saved_record(self):
        tag = self.env["res.partner.category"].create({"name": "Key account"})
        values = {
            "name": "Muster",
            "is_company": True,
            "country_id": self.de.id,
            "zip": "D-80331",
            "category_id": tag.ids,
        }
        saved = self.env["res.partner"].create(dict(values, category_id=[(4, tag.id)]))
        columns = [
            name
            for name, field in saved._fields.items()
            if field.store
            and field.column_type
            and name not in ("id", "create_date", "write_date")
            and not name.startswith("territory")
            and field.type not in ("many2one", "binary", "json")
        ]
        with (
            self.leaving_nothing(),
            typed_record(self.env, "res.partner", values) as typed,
        ):
            self.assertEqual(typed.category_id, tag)
            self.assertEqual(typed.commercial_partner_id, typed)
            [there] = typed.sudo().read(columns)
        [expected] = saved.sudo().read(columns)
        del there["id"], expected["id"]
        self.assertEqual(there, expected)
