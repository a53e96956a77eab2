from odoo.tests import tagged

from .history_common import HistoryCase


@tagged("post_install", "-at_install")
class TestDigest(HistoryCase):
    """The weekly mail to the managers of territories."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for user in (cls.claire, cls.bob):
            user.sudo().email = f"{user.login}@example.com"
        cls.env["crm.territory.member"].create(
            {"territory_id": cls.france.id, "user_id": cls.bob.id, "is_manager": True}
        )
        cls.target(cls.germany, 2000)
        cls.target(cls.europe, 5000)

    def mails(self, day="2017-03-27"):
        """{address: mail} of the weekly job of a day."""
        before = self.env["mail.mail"].sudo().search([])
        with self.on(day):
            self.env["crm.territory.forecast"].sudo()._cron_digest()
        mails = self.env["mail.mail"].sudo().search([]) - before
        return {mail.email_to: mail for mail in mails}

    def test_off_by_default(self):
        self.assertFalse(self.mails())

    def test_each_manager_gets_what_he_sees(self):
        self.forecast.digest = True
        self.snapshot("2017-03-20")
        self.best.expected_revenue = 260
        self.early.expected_revenue = 110
        mails = self.mails()
        self.assertEqual(
            set(mails), {self.claire.email_formatted, self.bob.email_formatted}
        )
        claire = mails[self.claire.email_formatted]
        self.assertIn("Mar 2017", claire.subject)
        for text in ("Europe", "Germany", "France", "5,000", "1,000", "20 %"):
            self.assertIn(text, claire.body_html)
        for text in ("best 200", "pipeline 100", "Grown", "60"):
            self.assertIn(text, claire.body_html)
        bob = mails[self.bob.email_formatted]
        self.assertIn("France", bob.body_html)
        self.assertIn("pipeline 100", bob.body_html)
        for text in ("Germany", "5,000", "1,000", "best 200"):
            self.assertNotIn(text, bob.body_html)

    def test_without_an_earlier_snapshot_it_tells_no_changes(self):
        self.forecast.digest = True
        claire = self.mails()[self.claire.email_formatted]
        self.assertNotIn("Biggest changes", claire.body_html)

    def test_former_managers_get_none(self):
        self.forecast.digest = True
        self.europe.member_ids.date_end = "2017-03-26"
        self.assertEqual(set(self.mails()), {self.bob.email_formatted})

    def test_in_the_language_of_the_manager(self):
        self.env["res.lang"].sudo()._activate_lang("fr_FR")
        self.claire.sudo().lang = "fr_FR"
        self.forecast.digest = True
        claire = self.mails()[self.claire.email_formatted]
        self.assertIn("mars 2017", claire.subject)


@tagged("post_install", "-at_install")
class TestAlerts(HistoryCase):
    """An activity when too much of a target is neither won nor covered."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # won 1,000 and weighted 100: 900 of 2,000 is uncovered
        cls.target(cls.germany, 2000)
        cls.target(cls.europe, 2000)

    def alerts(self, day="2017-03-20"):
        before = self.env["mail.activity"].sudo().search([])
        with self.on(day):
            self.env["crm.territory.forecast"].sudo()._cron_alert()
        return self.env["mail.activity"].sudo().search([]) - before

    def test_off_by_default(self):
        self.assertFalse(self.alerts())

    def test_managers_of_the_territory_are_told_once(self):
        self.forecast.alert_gap_rate = 0.4
        alert = self.alerts()
        # Germany has no manager of its own
        self.assertRecordValues(
            alert,
            [
                {
                    "res_model": "crm.territory",
                    "res_id": self.europe.id,
                    "user_id": self.claire.id,
                    "summary": "Revenue, Mar 2017: more than 40 % of the target"
                    " uncovered",
                }
            ],
        )
        alert.with_user(self.claire).action_done()
        self.assertFalse(self.alerts("2017-03-21"))

    def test_what_is_left_in_the_chatter_tells_no_figures(self):
        """It is read by all salespeople, also by those who see nothing of Europe."""
        self.forecast.alert_gap_rate = 0.4
        self.alerts().with_user(self.claire).action_done()
        messages = self.env["mail.message"].with_user(self.bob)
        [message] = messages.search(
            [("model", "=", "crm.territory"), ("body", "ilike", "uncovered")]
        )
        for text in ("2,000", "1,000", "100", "900", "45"):
            self.assertNotIn(text, message.body)

    def test_below_the_threshold_nobody_is_told(self):
        self.forecast.alert_gap_rate = 0.45
        self.assertFalse(self.alerts())

    def test_the_next_period_is_another_one(self):
        self.forecast.alert_gap_rate = 0.4
        self.alerts()
        self.target(self.europe, 9000, "2017-04-01")
        self.assertEqual(self.alerts("2017-04-03").user_id, self.claire)

    def test_without_a_target_nobody_is_told(self):
        self.forecast.alert_gap_rate = 0.4
        self.env["crm.territory.forecast.target"].search([]).unlink()
        self.assertFalse(self.alerts())
