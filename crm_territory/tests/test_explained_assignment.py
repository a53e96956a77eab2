from datetime import date

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged

from .common import SALESMAN, TerritoryCase


@tagged("post_install", "-at_install")
class TestExplainedAssignment(TerritoryCase):
    """Why a record is in its territories, why not in others, and what to do if it is
    in none: told to Amy (of Germany), Mona and others.
    """

    def explain(self, record, asked=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        record = record.with_user(user or self.mona)
        return record.get_territory_explanation(asked and asked.id)

    def card(self, found, territory):
        cards = [*found["territories"], *found["others"], found["asked"] or {}]
        [card] = [each for each in cards if each.get("id") == territory.id]
        return card

    def told(self, card):
        """{name of the step: [(holds, text, [(holds, text, value)])]}"""
        return {
            step["name"]: [
                (
                    check["holds"],
                    check["text"],
                    [(d["holds"], d["text"], d["value"]) for d in check["details"]],
                )
                for check in step["checks"]
            ]
            for step in card["steps"]
        }

    # -- why

    def test_path_areas_and_rules_with_values(self):
        found = self.explain(self.bruno)
        self.assertEqual(
            [card["name"] for card in found["territories"]], ["Health", "Berlin"]
        )
        berlin = self.card(found, self.berlin)
        self.assertEqual(berlin["path"], ["Europe", "Germany", "Berlin"])
        self.assertEqual(berlin["standing"], "in")
        address = [(None, "Address", "10117 Germany")]
        self.assertEqual(
            self.told(berlin),
            {
                "Europe": [],
                "Germany": [(True, "Lies in: Germany", address)],
                "Berlin": [(True, "Lies in: Germany 10115–14199", address)],
            },
        )
        self.assertEqual(
            self.told(self.card(found, self.health)),
            {
                "Health": [
                    (
                        True,
                        "Rule: “Accounts of Health”",
                        [(True, "Industry is Hospital", "Hospital")],
                    )
                ]
            },
        )

    def test_credited_one_and_why(self):
        found = self.explain(self.bruno)
        health, berlin = found["territories"]
        self.assertTrue(health["is_credited"])
        self.assertIn("type of the territory", health["credit"])
        self.assertFalse(berlin["is_credited"])
        self.assertIn("type of the territory", berlin["credit"])
        self.override(self.bruno, self.berlin)
        found = self.explain(self.bruno)
        self.assertEqual(found["territories"][0]["name"], "Berlin")
        self.assertEqual(found["territories"][0]["credit"], "it was put in by hand")

    def test_override_with_author_and_reason(self):
        self.override(self.sato, self.france, date_end=date(2099, 1, 31))
        card = self.card(self.explain(self.sato), self.france)
        [(holds, text, [(_none, details, _value)])] = self.told(card)["France"]
        self.assertTrue(holds)
        self.assertEqual(text, "Put in by hand")
        self.assertIn("Asked for by the customer", details)
        self.assertIn(self.mona.name, details)
        self.assertIn("01/31/2099", details)

    def test_since_when_and_by_which_run(self):
        self.territory("Japan", areas=[{"country_id": self.jp.id}])
        run = self.run_assignment()
        since = self.explain(self.sato)["territories"][0]["since"]
        self.assertIn(f"by “{run.name}”", since)
        card = self.explain(self.sato, user=self.bob)["territories"][0]
        self.assertEqual(card["since"], since)
        adler = self.adler.with_user(self.amy)
        adler.country_id = self.fr
        adler.env.flush_all()
        since = self.explain(self.adler)["territories"][0]["since"]
        self.assertIn(f"by a change of {self.amy.name}", since)
        made = self.account("Made here", self.de)
        self.assertIn(
            "Since it was made", self.explain(made)["territories"][0]["since"]
        )

    def test_lead_like_its_account(self):
        lead = self.lead("Deal", self.bruno, product_line_ids=self.gtx_line.ids)
        found = self.explain(lead)
        berlin = self.told(self.card(found, self.berlin))
        self.assertEqual(berlin["Berlin"][0][:2], (True, "Like its account"))
        self.assertEqual(berlin["Berlin"][1][1], "Lies in: Germany 10115–14199")
        gtx = self.told(self.card(found, self.gtx))
        self.assertEqual(
            gtx["GTX"][0][2], [(True, "Product Lines is GTX line", "GTX line")]
        )

    def test_contact_is_told_of_its_account(self):
        contact = self.contact("Eva", self.bruno)
        found = self.explain(contact)
        self.assertEqual(found["of"], "Bruno")
        self.assertEqual(len(found["territories"]), 2)

    # -- why not

    def test_runner_up_with_what_failed(self):
        found = self.explain(self.adler)
        [berlin] = found["others"]
        self.assertEqual(berlin["standing"], "out")
        self.assertEqual(
            self.told(berlin)["Berlin"],
            [
                (
                    False,
                    "Does not lie in: Germany 10115–14199",
                    [(None, "Address", "80331 Germany")],
                )
            ],
        )

    def test_rule_tells_the_condition_that_failed(self):
        big = self.territory(
            "Big hospitals",
            rules=[
                (
                    "account",
                    [
                        ("industry_id", "=", self.health_industry.id),
                        ("employee_number", ">=", 100),
                        ("country_id", "in", [self.de.id, self.fr.id]),
                    ],
                )
            ],
        )
        self.bruno.employee_number = 20
        card = self.explain(self.bruno, big)["asked"]
        self.assertEqual(
            self.told(card)["Big hospitals"],
            [
                (
                    False,
                    "No rule takes it: “Accounts of Big hospitals”",
                    [(False, "Number of Employees ≥ 100", "20")],
                )
            ],
        )

    def test_why_not_in_one_above_or_in_a_group(self):
        above = self.explain(self.bruno, self.germany)["asked"]
        self.assertEqual(above["standing"], "above")
        self.assertIn("in Berlin", above["words"])
        group = self.explain(self.bruno, self.europe)["asked"]
        self.assertEqual(group["standing"], "groups")

    def test_kept_out(self):
        self.override(self.bruno, self.berlin, "out")
        found = self.explain(self.bruno)
        self.assertIn(self.germany.id, [card["id"] for card in found["territories"]])
        card = self.card(found, self.berlin)
        check = self.told(card)["Berlin"][0]
        self.assertEqual(check[:2], (False, "Kept out by hand"))
        self.assertIn("Asked for by the customer", check[2][0][1])

    def test_why_not_of_another_plan(self):
        other = self.env["crm.territory.plan"].create({"name": "Next year"})
        asia = self.territory("Asia", plan=other)
        card = self.explain(self.sato, asia)["asked"]
        self.assertEqual(card["standing"], "unjudged")
        self.assertIn("Next year", card["words"])

    # -- what is in none

    def test_advice(self):
        self.assertEqual(
            self.explain(self.sato)["advice"],
            ["No territory covers Japan: add an area to one."],
        )
        nowhere = self.account("Nowhere")
        self.assertEqual(
            self.explain(nowhere)["advice"],
            ["It has no country: write its address."],
        )
        self.france.area_ids.zip_from = "75"
        lyon = self.account("Lyon", self.fr, zip="69001", city="Lyon")
        [advice] = self.explain(lyon)["advice"]
        self.assertIn("Of France the territories cover some places only", advice)
        self.assertIn("69001 Lyon", advice)
        self.assertFalse(self.explain(self.adler)["advice"])

    def test_notes(self):
        self.france.area_ids.unlink()
        [note] = self.explain(self.rivoire)["notes"]
        self.assertIn("run the assignment", note)
        card = self.card(self.explain(self.rivoire), self.france)
        self.assertEqual(card["standing"], "kept")
        self.assertIn("France", card["words"])
        won = self.lead("Won", self.adler)
        won.action_set_won()
        self.assertIn("closed", self.explain(won)["notes"][0])
        self.plan.action_archive_plan()
        self.assertIn("No active plan", self.explain(self.adler)["notes"][0])

    def test_broken_rule_is_named(self):
        self.health.rule_ids.filtered(
            lambda rule: rule.applies_to == "account"
        ).sudo().error = "gone"
        self.plan._bump_version()
        card = self.explain(self.bruno, self.health)["asked"]
        self.assertEqual(card["standing"], "kept")
        self.run_assignment()
        card = self.explain(self.bruno, self.health)["asked"]
        self.assertIn("disabled", self.told(card)["Health"][0][2][0][1])
        self.assertIn("Repair", self.explain(self.sato)["advice"][1])

    # -- what is not told

    def test_hidden_record(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        with self.assertRaises(AccessError):
            self.explain(self.adler, user=self.bob)

    def test_hidden_account_of_a_lead(self):
        """Bob owns a lead whose account he sees, for he owns it; a member of a product
        territory sees the lead and not the account.
        """
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.bruno.write({"user_id": self.mona.id, "employee_number": 4711})
        dora = new_test_user(self.mona.env, "dora", SALESMAN)
        self.gtx.member_ids = [(0, 0, {"user_id": dora.id})]
        lead = self.lead(
            "Deal",
            self.bruno,
            product_line_ids=self.gtx_line.ids,
            user_id=self.mona.id,
        )
        big = self.territory(
            "Big", rules=[("account", [("employee_number", "=", 4712)])]
        )
        self.override(self.bruno, self.germany)
        with self.assertRaises(AccessError):
            self.explain(self.bruno, user=dora)
        found = self.explain(lead, big, user=dora)
        for secret in ("10117", "4711", "Asked for", "Hospital"):
            self.assertNotIn(secret, str(found))
        self.assertEqual(
            self.told(found["asked"])["Big"], [(False, "Its account is not there", [])]
        )
        self.assertIn("4711", str(self.explain(lead, big)))

    def test_rule_on_what_is_hidden(self):
        """Which of several conditions on other records holds is for planners."""
        secret = self.territory(
            "Secret",
            areas=[{"country_id": self.fr.id}],
            rules=[("account", [("user_id.login", "=", "mona")])],
        )
        self.adler.user_id = self.mona
        card = self.explain(self.adler, secret, user=self.bob)["asked"]
        self.assertEqual(
            self.told(card)["Secret"][1], (None, "It asks what you do not see.", [])
        )
        card = self.explain(self.adler, secret)["asked"]
        self.assertEqual(self.told(card)["Secret"][1][0], True)

    def test_other_company(self):
        second = self.env["res.company"].sudo().create({"name": "Second"})
        plan = self.env["crm.territory.plan"].create(
            {"name": "Theirs", "company_id": second.id}
        )
        self.plan.company_id = self.env.company
        theirs = self.territory("Theirs", plan=plan, areas=[{"country_id": self.de.id}])
        plan.action_activate()
        self.adler.zip = "80332"
        self.assertIn(theirs, self.stored_territories(self.adler))
        self.assertIn("Theirs", str(self.explain(self.adler)))
        found = self.explain(self.adler, user=self.bob)
        self.assertNotIn("Theirs", str(found))
        self.assertEqual([card["name"] for card in found["territories"]], ["Germany"])
        with self.assertRaises(AccessError):
            self.explain(self.adler, theirs, user=self.bob)

    # -- tried, and not saved

    def test_plan_is_tried_on_an_account(self):
        plan = self.env["crm.territory.plan"].create({"name": "Next year"})
        asia = self.territory("Asia", plan=plan, areas=[{"country_id": self.jp.id}])
        self.territory("America", plan=plan, areas=[{"country_id": self.us.id}])
        trials = self.env["crm.territory.trial"]
        with Form(trials.with_context(default_plan_id=plan.id)) as form:
            form.partner_id = self.sato
            [card] = form.explanation["territories"]
            self.assertEqual(card["name"], "Asia")
            self.assertTrue(card["is_credited"])
            self.assertFalse(card["since"])
            form.partner_id = self.adler
            self.assertFalse(form.explanation["territories"])
            self.assertEqual(
                form.explanation["advice"],
                ["No territory covers Germany: add an area to one."],
            )
            form.territory_id = asia
            self.assertEqual(form.explanation["asked"]["standing"], "out")
        self.assertNoTerritory(self.sato)
        self.assertFalse(self.env["crm.territory.move"].search([("is_dry", "=", True)]))

    def test_plan_is_tried_on_a_lead_by_what_its_account_would_have(self):
        lead = self.lead("Deal", self.sato, product_line_ids=self.gtx_line.ids)
        plan = self.plan.copy({"name": "Next year"})
        self.territory("Asia", plan=plan, areas=[{"country_id": self.jp.id}])
        trial = self.env["crm.territory.trial"].create(
            {"plan_id": plan.id, "objects": "lead", "lead_id": lead.id}
        )
        names = [card["name"] for card in trial.explanation["territories"]]
        self.assertEqual(sorted(names), ["Asia", "GTX"])

    def test_draft_is_tried_by_its_planners(self):
        plan = self.env["crm.territory.plan"].create({"name": "Next year"})
        trials = self.env["crm.territory.trial"].with_user(self.bob)
        values = {"partner_id": self.sato.id}
        with self.assertRaises(AccessError):
            trials.create({"plan_id": plan.id, **values})
        plan.state = "archived"
        trial = trials.create({"plan_id": plan.id, **values})
        with self.assertRaises(AccessError):
            trial.read(["explanation"])
        trial = trials.create({"plan_id": self.plan.id, **values})
        self.assertFalse(trial.explanation["territories"])
        with self.assertRaises(AccessError):
            trial.with_user(self.amy).read(["explanation"])

    def test_rule_is_tried_while_it_is_edited(self):
        rule = self.health.rule_ids.filtered(lambda r: r.applies_to == "account")
        with Form(rule) as form:
            form.domain = "[('employee_number', '>=', 5), ('name', 'ilike', 'b')]"
            form.tried_partner_id = self.bruno
            [told] = form.trial
            self.assertFalse(told["holds"])
            self.assertEqual(
                [(part["holds"], part["text"]) for part in told["details"]],
                [
                    (False, "Number of Employees ≥ 5"),
                    (True, "Name contains “b”"),
                ],
            )
            form.domain = "[('name', 'ilike', 'b')]"
            self.assertTrue(form.trial[0]["holds"])
            form.domain = "[('nonsense', '=', 1)]"
            self.assertFalse(form.trial[0]["holds"])
            form.domain = "[('industry_id', '!=', False)]"
        self.assertEqual(rule.domain, "[('industry_id', '!=', False)]")

    def test_rule_is_not_tried_on_hidden_records(self):
        self.env["ir.config_parameter"].sudo().set_param(
            "crm_territory.account_visibility", "territory"
        )
        self.adler.user_id = self.mona
        rule = self.health.rule_ids.filtered(lambda r: r.applies_to == "account")
        rules = rule.with_user(self.bob)

        def try_on(record):
            values = {"territory_id": self.health.id, "tried_partner_id": record.id}
            return rules.new({**values, "domain": rule.domain}).trial

        self.assertFalse(try_on(self.adler))
        self.assertTrue(try_on(self.sato))
