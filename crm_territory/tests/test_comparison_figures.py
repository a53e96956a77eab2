import random
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import timedelta

from odoo.fields import Command
from odoo.tests import tagged

from ..comparison.found import accounts_are_guarded
from .common import TerritoryCase, run_everything

SIDES = ("before", "after")
MEASURES = ("account_count", "open_count", "open_amount", "won_amount")


class PlainComparison:
    """The figures of a comparison, read record by record in plain Python.

    :param before, after: {record: (territories, the credited one, salesperson)}
    """

    def __init__(self, run, before, after, won_after):
        self.run = run
        self.before, self.after, self.won_after = before, after, won_after
        territories = run.plan_id.with_context(active_test=False).territory_ids
        self.draft = {territory.lineage: territory for territory in territories}

    def shown(self, territory):
        return self.draft.get(territory.lineage, territory)

    def company(self, record):
        return record.company_id or self.run.company_id

    def amount(self, lead):
        company, currency = lead.company_id, self.run.currency_id
        if not company or company.currency_id == currency:
            return lead.expected_revenue
        return company.currency_id._convert(
            lead.expected_revenue, currency, company, self.run.date_start, round=False
        )

    @staticmethod
    def is_open(record):
        if record._name == "res.partner":
            return False
        return record.active and record.won_status == "pending"

    def is_counted(self, account):
        if account._name != "res.partner" or not account.active:
            return False
        companies = account.env["res.company"].sudo().search([]).partner_id
        is_somewhere = self.before[account][0] or self.after[account][0]
        return bool(
            is_somewhere or (account.partner_share and account not in companies)
        )

    def measures(self, record):
        is_open = self.is_open(record)
        of_pipeline = is_open and record.type == "opportunity"
        return {
            "account_count": int(self.is_counted(record)),
            "open_count": int(is_open),
            "open_amount": self.amount(record) if of_pipeline else 0,
            "won_amount": 0,
        }

    def placed(self):
        """Yield (record, its measures, (credited before, after))."""
        for record in self.before:
            credited = self.before[record][1], self.after[record][1]
            yield record, self.measures(record), credited
        for lead, after in self.won_after.items():
            figures = dict.fromkeys(MEASURES, 0)
            figures["won_amount"] = self.amount(lead)
            yield lead, figures, (lead.territory_id, after)

    def outcomes(self):
        """Counter of (outcome, whether it is an account)."""
        found = Counter()
        for record in self.before:
            (before, credited_before, _u), (after, credited, _v) = (
                self.before[record],
                self.after[record],
            )
            old, new = set(before.mapped("lineage")), set(after.mapped("lineage"))
            if old == new:
                same = credited_before.lineage == credited.lineage
                outcome = "unchanged" if same else "moved"
            elif not new:
                outcome = "newly_unassigned"
            elif old < new:
                outcome = "gained"
            elif new < old:
                outcome = "lost"
            else:
                outcome = "moved"
            found[outcome, record._name == "res.partner"] += 1
        return found

    def territories(self):
        """{(company, territory): Counter of figures}."""
        rows = defaultdict(Counter)
        for record, measures, credited in self.placed():
            shown = [self.shown(territory) for territory in credited]
            for side, territory in zip(SIDES, shown, strict=True):
                row = rows[self.company(record), territory]
                for name, value in measures.items():
                    row[f"{name}_{side}"] += value
            if shown[0] != shown[1] and record in self.before:
                rows[self.company(record), shown[0]]["went_count"] += 1
                rows[self.company(record), shown[1]]["came_count"] += 1
        return rows

    def people(self, plans):
        """{(company, user): Counter of figures}.

        :param plans: those before, those after
        """
        held = defaultdict(set)
        plans = (plans[0] | plans[1]).with_context(active_test=False)
        for member in plans.territory_ids.member_ids:
            if member.is_current:
                below = member.territory_id.with_context(active_test=False).search(
                    [("id", "child_of", member.territory_id.ids)]
                )
                held[member.user_id].update(below)
        rows = defaultdict(Counter)
        for record, measures, credited in self.placed():
            for user, territories in held.items():
                for side, territory in zip(SIDES, credited, strict=True):
                    if territory in territories:
                        for name, value in measures.items():
                            row = rows[self.company(record), user]
                            row[f"{name}_{side}"] += value
            if self.is_open(record):
                for side, state in zip(SIDES, (self.before, self.after), strict=True):
                    if owner := state[record][2]:
                        row = rows[self.company(record), owner]
                        row[f"owned_count_{side}"] += 1
        return rows


@tagged("post_install", "-at_install")
class TestComparisonFigures(TerritoryCase):
    """Random records and a changed copy of the plan: what the simulation shows, is what
    there is once the copy is active, counted in plain Python, and what people see then.
    """

    def test_random(self):
        figures = Counter()
        for seed in range(8):
            with self.subTest(seed=seed), self._taken_back():
                self._compare(random.Random(seed), figures)
        for name in ("moved", "gained", "lost", "newly_unassigned", "access"):
            self.assertTrue(figures[name], f"{name}: nothing was compared")

    @contextmanager
    def _taken_back(self):
        self.env.flush_all()
        savepoint, env = self.env.cr.savepoint(), self.env
        try:
            yield
        finally:
            self.env = env
            self.env.clear()
            savepoint.close(rollback=True)
            self.env.registry.clear_all_caches()

    # -- a world

    def _make(self, chance):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param(
            "crm_territory.account_visibility", chance.choice(["everyone", "territory"])
        )
        parameters.set_param(
            "crm_territory.unassigned", chance.choice(["everyone", "managers"])
        )
        company = (
            self.env["res.company"]
            .sudo()
            .create({"name": "Elsewhere", "currency_id": self.env.ref("base.JPY").id})
        )
        self.users = self.amy | self.bob | self.claire
        self.users.sudo()[chance.randrange(3)].company_ids |= company
        self.mona.sudo().company_ids |= company
        self.bob.sudo().reports_to_manual_id = chance.choice([False, self.claire])
        self.env = self.env(
            context=dict(
                self.env.context, allowed_company_ids=self.mona.company_ids.ids
            )
        )
        if chance.random() < 0.5:
            self.plan.sudo().company_id = False
        self.germany.owner_policy = chance.choice(["none", "round_robin"])
        companies = [False, False, self.mona.company_id.id, company.id]
        self._make_records(chance, companies)

    def _make_records(self, chance, companies):
        countries = [self.de, self.de, self.fr, self.jp, self.gb]
        accounts = self.env["res.partner"].create(
            [
                {
                    "name": f"Account {n}",
                    "is_company": True,
                    "country_id": chance.choice(countries).id,
                    "zip": chance.choice(["10117", "80331", False]),
                    "industry_id": chance.choice([self.health_industry.id, False]),
                    "company_id": company_id,
                    "user_id": self._owner(chance, company_id),
                    "active": chance.random() < 0.9,
                }
                for n in range(16)
                for company_id in [chance.choice(companies)]
            ]
        )
        leads = self.env["crm.lead"].create(
            [
                {
                    **self.lead_values(f"Lead {n}", account),
                    "type": chance.choice(["lead", "opportunity", "opportunity"]),
                    "expected_revenue": chance.choice([0, 100, 12.5, 9999]),
                    "user_id": self._owner(chance, company_id),
                    "country_id": chance.choice(countries).id,
                    "employee_number": chance.choice([0, 20]),
                    "active": n < 10 or chance.random() < 0.9,
                    "company_id": company_id,
                    "product_line_ids": chance.choice(
                        [[], [Command.set(self.gtx_line.ids)]]
                    ),
                }
                for n in range(36)
                for account in [chance.choice([accounts.browse(), *accounts])]
                for company_id in [account.company_id.id or chance.choice(companies)]
            ]
        )
        for record in chance.sample([*accounts, *leads], 6):
            self.override(record, chance.choice([self.health, self.germany, self.gtx]))
        won = leads[:10].filtered(lambda lead: lead.type == "opportunity")
        won.action_set_won()
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = now() - interval '14 months'"
            " WHERE id = ANY(%s)",
            [won[:2].ids],
        )
        self.env.invalidate_all()

    def _owner(self, chance, company_id):
        """One of those who work for the company, or nobody."""
        workers = self.users.filtered(
            lambda user: not company_id or company_id in user.sudo().company_ids.ids
        )
        return chance.choice([False, False, *workers.ids])

    def _copy(self, chance):
        """Next year's plan, in which a few things are otherwise."""
        draft = self.plan.copy({"name": "Next year"})
        copies = {copy.name: copy for copy in draft.territory_ids}
        countries = [self.de, self.fr, self.jp, self.gb]
        for name in chance.sample(["Germany", "Berlin", "France"], 2):
            copies[name].area_ids.write(
                {
                    "country_id": chance.choice(countries).id,
                    "zip_from": False,
                    "zip_to": False,
                }
            )
        if chance.random() < 0.5:
            copies["Health"].rule_ids[:1].unlink()
        if chance.random() < 0.5:
            copies["Health"].active = False
        self.territory(
            "Islands",
            copies["Europe"],
            areas=[{"country_id": self.gb.id}],
            members=[(chance.choice(self.users), chance.random() < 0.5)],
            plan=draft,
        )
        copies["Germany"].member_ids.user_id = chance.choice(self.users)
        copies["France"].member_ids = [Command.create({"user_id": self.bob.id})]
        return draft

    # -- what there is

    def _judged(self, plan):
        """The records that a run of the plan judges."""
        for name in ("res.partner", "crm.lead"):
            model = self.env[name].sudo().with_context(active_test=False)
            for record in model.search(plan._cover_domain(name)):
                if name == "crm.lead" and record.won_status != "pending":
                    continue
                if name == "res.partner" and record.commercial_partner_id != record:
                    continue
                yield record.with_context(active_test=False)

    def _states(self, records):
        self.env.flush_all()
        self.env.invalidate_all()
        return {
            record: (
                record.territory_set_id.territory_ids,
                record.territory_id,
                record.user_id,
            )
            for record in records
        }

    def _seen(self, records):
        """{user: the open records that he sees}, accounts where they are limited."""
        self.env.flush_all()
        self.env.invalidate_all()
        found = {}
        guarded = accounts_are_guarded(self.env)
        leads = [r.id for r in records if PlainComparison.is_open(r)]
        accounts = [
            r.id for r in records if r._name == "res.partner" and r.active and guarded
        ]
        for user in self.users:
            everywhere = self.env(
                user=user, context={"allowed_company_ids": user.company_ids.ids}
            )
            for name, ids in (("crm.lead", leads), ("res.partner", accounts)):
                model = everywhere[name]
                found.setdefault(user, set()).update(
                    model.sudo().browse(id_).with_env(self.env(su=True))
                    for id_ in model.search([("id", "in", ids)]).ids
                )
        return found

    def _won_after(self, run, before, after):
        """{opportunity won in the last twelve months: where it would count}."""
        since = run.date_start - timedelta(days=400)
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        found = {}
        for lead in leads.search(run.plan_id._cover_domain("crm.lead")):
            if lead.won_status != "won" or lead.date_closed < since:
                continue
            account = lead.partner_id.commercial_partner_id
            account = account.with_context(active_test=False)
            goes = account in before and (
                before[account][1].lineage == lead.territory_id.lineage
            )
            found[lead] = after[account][1] if goes else lead.territory_id
        return found

    # -- compared

    def _compare(self, chance, figures):
        self._make(chance)
        plan = self.plan.with_env(self.env)
        run_everything(plan)
        draft = self._copy(chance)
        records = list(self._judged(plan))
        before, seen_before = self._states(records), self._seen(records)
        run = self.run_assignment(plan_id=draft.id, is_dry=True).with_env(self.env)
        self.assertEqual(self._states(records), before, "The simulation wrote")
        shown = self._shown(run.sudo())
        plan.action_archive_plan()
        draft.action_activate()
        self.assertEqual(self.run_assignment(plan_id=draft.id).state, "done")
        after, seen_after = self._states(records), self._seen(records)
        won = self._won_after(run.sudo(), before, after)
        plain = PlainComparison(run.sudo(), before, after, won)
        self._compare_outcomes(run, shown, plain, figures)
        self.assertRows(shown["territories"], plain.territories())
        people = plain.people((plan.sudo(), draft.sudo()))
        for user in self.users:
            changes = {
                "access_gained_count": seen_after[user] - seen_before[user],
                "access_lost_count": seen_before[user] - seen_after[user],
            }
            for name, changed in changes.items():
                for record in changed:
                    figures["access"] += 1
                    people[plain.company(record), user][name] += 1
        self.assertRows(shown["people"], people)

    def _shown(self, run):
        return {
            "territories": {
                (row.company_id, row.territory_id): row._convert_to_write(
                    row.read(load=None)[0]
                )
                for row in run.comparison_territory_ids
            },
            "people": {
                (row.company_id, row.user_id): row._convert_to_write(
                    row.read(load=None)[0]
                )
                for row in run.comparison_user_ids
            },
            "outcomes": Counter(
                {
                    (name, is_account): run[f"{name}_{kind}_count"]
                    for name in (
                        "unchanged",
                        "moved",
                        "gained",
                        "lost",
                        "newly_unassigned",
                    )
                    for kind, is_account in (("account", True), ("lead", False))
                }
            ),
        }

    def _compare_outcomes(self, run, shown, plain, figures):
        self.assertEqual(+shown["outcomes"], plain.outcomes())
        for (name, _is_account), count in plain.outcomes().items():
            figures[name] += count

    def assertRows(self, shown, expected):
        """Each row that is shown has the expected figures, and none is left out."""
        for key, row in shown.items():
            for name in self._compared(row):
                words = (name, *(part.display_name for part in key))
                self.assertAlmostEqual(row[name], expected[key][name], 2, str(words))
        for key, row in expected.items():
            if any(round(value, 2) for value in row.values()):
                self.assertIn(key, shown, row)

    @staticmethod
    def _compared(row):
        return [
            name
            for name in row
            if name.endswith(("_before", "_after"))
            and name.startswith((*MEASURES, "owned_count"))
            or name.startswith(("access_", "came_", "went_"))
        ]
