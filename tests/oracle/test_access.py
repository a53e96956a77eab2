"""Every user, every record, every way to it: the record rules against the oracle.

All search under all settings; every second user goes every way under one of two, by
turns. ``setup/test oracle --search 1 -- -k access`` goes every way under both.
"""

import random
from collections import Counter

from odoo.exceptions import AccessError
from odoo.service.model import call_kw
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .access import OPERATIONS, Access, Lead
from .access_world import make_world
from .attached import Attached
from .play import QUIET
from .searching import SEARCHED

# (unassigned, accounts): the one decides about leads alone, the other about accounts
SETTINGS = [("everyone", "everyone"), ("managers", "territory")]
OTHER_SETTINGS = [("everyone", "territory"), ("managers", "everyone")]
# one of so many users goes every way under one of them
ONE_OF = 1 if SEARCHED else 4
REPORTS_OF_LEADS = (
    "crm.territory.revenue.report",
    "crm.territory.duration.report",
    "crm.territory.stage.report",
    "crm.territory.coverage.report",
    "crm.territory.load.report",
    "crm.territory.map.report",
    "crm.territory.change.report",
)
REPORTS_OF_ACCOUNTS = {
    "crm.territory.coverage.report": "account_count:count_distinct",
    "crm.territory.map.report": "account_count:sum",
    "crm.territory.change.report": "partner_id:count_distinct",
}
ATTAINMENT = "crm.territory.forecast.attainment"
# differences
SHOWN = 12


@tagged("post_install", "-at_install")
class TestAccessOracle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.world = make_world(cls.env)
        cls.records = {
            "crm.lead": cls.world.leads,
            "res.partner": cls.world.partners,
        }
        cls.users = [
            user
            for user in cls.world.users.values()
            if user.kind and cls.env["res.users"].browse(user.id).active
        ]
        # users of a kind follow each other: not all of them under the same setting
        random.Random(5).shuffle(cls.users)
        cls.attached = Attached(cls.env, cls.world, cls.users)
        cls._make_forecasts()

    @classmethod
    def _make_forecasts(cls):
        """One for each company, and what they count, as root sees it."""
        lead = cls.env["crm.lead"].browse(cls.world.leads)
        lead.filtered(
            lambda lead: lead.won_status == "pending"
        ).date_deadline = cls.world.today
        companies = {company for user in cls.users for company in user.companies}
        cls.env["crm.territory.forecast"].create(
            [{"name": "Oracle", "company_id": id_} for id_ in companies]
        )
        rows = cls.env[ATTAINMENT].search([("lead_id", "in", list(cls.world.leads))])
        cls.counted = [
            (row.forecast_id.company_id.id, row.lead_id.id, row.territory_id.id)
            for row in rows
        ]

    def setUp(self):
        super().setUp()
        self.figures = Counter()
        self.differences = []
        self.shown = {}

    # -- the settings and users in turn

    def test_every_path(self):
        for turn, settings in enumerate(SETTINGS):
            self._set(*settings)
            for user in self._of_turn(turn):
                self._compare(user)
        for settings in SETTINGS + OTHER_SETTINGS:
            self._set(*settings)
            for user in self.users:
                self._compare_searches(user)
        self._report()

    def test_what_is_really_done(self):
        """Some records changed, made and deleted, not only asked about."""
        for turn, settings in enumerate(SETTINGS):
            self._set(*settings)
            for user in self._of_turn(turn):
                self._try_out(user)
        self._report()

    def _of_turn(self, turn):
        """The users who go every way under the so-manieth settings."""
        for number, user in enumerate(self.users):
            if (turn + number) % ONE_OF == 0:
                yield user

    def _set(self, unassigned, accounts):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_territory.unassigned", unassigned)
        parameters.set_param("crm_territory.account_visibility", accounts)
        self.settings = f"unassigned: {unassigned}, accounts: {accounts}"
        self.oracle = Access(self.world, unassigned, accounts)

    def _compare(self, user):
        self.user = user
        self.env.invalidate_all()
        env = self.env(user=user.id)
        self.may = {
            (model, operation): {
                id_
                for id_, record in records.items()
                if self.oracle.may(user, operation, record)
            }
            for model, records in self.records.items()
            for operation in OPERATIONS
        }
        for model in self.records:
            self._compare_records(env[model])
            self._compare_groups(env[model])
        self._compare_attached(env)
        self._compare_reports(env)
        if len(user.companies) > 1:
            self._compare_one_company(env)

    def _compare_searches(self, user):
        self.user = user
        for name, records in self.records.items():
            model = self.env(user=user.id)[name]
            expected = {
                id_
                for id_, record in records.items()
                if self.oracle.may(user, "read", record)
            }
            if model.has_access("read"):
                found = model.search([("id", "in", list(records))]).ids
                self._agree(f"{name} search", found, expected, len(records))

    def _report(self):
        users = len(self.users)
        records = len(self.world.leads) + len(self.world.partners)
        print(
            f"\naccess oracle: {users} users, {records} records,"
            f" {sum(self.figures.values())} comparisons,"
            f" {len(self.differences)} differences: {dict(self.figures)}"
        )
        self.assertGreaterEqual(users, 60)
        self.assertGreaterEqual(records, 3000)
        if self.differences:
            paths = Counter(text.split(":")[0] for text in self.differences)
            self.fail("\n".join([str(dict(paths)), *self.differences[:SHOWN]]))

    def _agree(self, path, found, expected, among):
        """Compare two sets of ids, as so many comparisons as records were asked for."""
        self.figures[path] += among
        wrong = set(found) ^ set(expected)
        for id_ in sorted(wrong)[:2]:
            what = "is let in" if id_ in found else "is kept out"
            self.differences.append(
                f"{path}: {self.user.name} ({self.user.kind}) {what}: {id_}"
                f" {self._describe(path, id_)} [{self.settings}]"
            )
        self.differences += [f"{path}: …"] * (len(wrong) - 2)

    def _describe(self, path, id_):
        for model, records in self.records.items():
            if path.startswith(model):
                return records.get(id_)
        for model, attached in self.attached.of.items():
            if path.startswith(model):
                name, record_id = attached.get(id_, (None, None))
                return self.records[name][record_id] if name else ""
        return ""

    # -- records

    def _compare_records(self, model):
        name = model._name
        everything = self.records[name]
        records = model.browse(everything)
        readable = self.may[name, "read"]
        for operation in OPERATIONS:
            found = records._filtered_access(operation)._ids
            self._agree(
                f"{name} has_access {operation}",
                found,
                self.may[name, operation],
                len(everything),
            )
        ours = [("id", "in", list(everything))]
        if not model.has_access("read"):
            self.assertFalse(readable)
            for path in (
                lambda: model.search(ours),
                lambda: model.search_count(ours),
                lambda: model.web_search_read(ours, {"id": {}}),
                lambda: model.name_search("access"),
                lambda: model._read_group(ours, [], ["__count"]),
            ):
                self._agree_refused(f"{name} without right", path)
            return
        found = model.search(ours)
        self._agree(f"{name} search", found.ids, readable, len(everything))
        active = {id_ for id_ in readable if everything[id_].active}
        found = model.with_context(active_test=True).search(ours)
        self._agree(f"{name} search active", found.ids, active, len(everything))
        self._agree_figure(
            f"{name} search_count", model.search_count(ours), len(readable)
        )
        seen = len(model.search([]))
        for limit in (None, seen // 2 + 1):
            self._agree_figure(
                f"{name} search_count of all, {'up to half' if limit else 'no limit'}",
                model.search_count([], limit=limit),
                min(seen, limit or seen),
            )
        answer = model.web_search_read(ours, {"id": {}, "display_name": {}})
        found = [row["id"] for row in answer["records"]]
        self._agree(f"{name} web_search_read", found, readable, len(everything))
        self._agree_figure(f"{name} length", answer["length"], len(readable))
        # what the routes of the web client and of the external API call
        kept = {"context": {"active_test": False}}
        rows = call_kw(model, "search_read", [ours, ["id"]], kept)
        found = [row["id"] for row in rows]
        self._agree(f"{name} call search_read", found, readable, len(everything))
        rows = model.browse(readable).read(["name"])
        found = [row["id"] for row in rows]
        self._agree(f"{name} read", found, readable, len(readable))
        found = [id_ for id_, _name in model.name_search("", ours, limit=None)]
        self._agree(f"{name} name_search", found, readable, len(everything))
        if self.user.kind in ("own", "all", "manager"):
            rows = model.browse(readable).export_data([".id"])["datas"]
            found = [int(row[0]) for row in rows]
            self._agree(f"{name} export_data", found, readable, len(readable))
        self._agree_hidden(model, sorted(everything.keys() - readable))

    def _agree_hidden(self, model, hidden):
        """Asked for by its id, what is hidden is refused: some of it, spread."""
        for id_ in hidden[:: max(1, len(hidden) // 4)]:
            record = model.browse(id_)
            ways = {
                "read": lambda r=record: r.read(["name"]),
                "web_read": lambda r=record: r.web_read({"name": {}}),
            }
            if self.user.kind in ("own", "all", "manager"):
                ways["export_data"] = lambda r=record: r.export_data(["name"])
            for way, function in ways.items():
                self._agree_refused(f"{model._name} {way} hidden", function)
            self.env.invalidate_all()

    def _agree_refused(self, path, function):
        self.figures[path] += 1
        try:
            with mute_logger("odoo.addons.base.models.ir_rule"):
                function()
        except AccessError:
            return
        self.differences.append(f"{path}: {self.user.name} is let in [{self.settings}]")

    def _agree_figure(self, path, found, expected):
        self.figures[path] += 1
        if found != expected:
            self.differences.append(
                f"{path}: {self.user.name} finds {found}, not {expected}"
                f" [{self.settings}]"
            )

    def _compare_groups(self, model):
        name = model._name
        if not model.has_access("read"):
            return
        everything = self.records[name]
        ours = [("id", "in", list(everything))]
        readable = self.may[name, "read"]
        owners = Counter(
            _user_of(name, everything[id_], self.world) for id_ in readable
        )
        by = "user_id" if name == "crm.lead" else "account_user_id"
        groups = model.formatted_read_group(ours, [by], ["__count"])
        found = {(g[by] and g[by][0]) or None: g["__count"] for g in groups}
        self._agree(
            f"{name} formatted_read_group",
            found.items(),
            owners.items(),
            len(everything),
        )
        groups = model._read_group(ours, ["territory_set_id"], ["id:array_agg"])
        found = [id_ for _set, ids in groups for id_ in ids]
        self._agree(f"{name} _read_group", found, readable, len(everything))
        if name == "crm.lead":
            answer = model.web_read_group(ours, ["stage_id"], ["__count"])
            found = sum(group["__count"] for group in answer["groups"])
            self._agree_figure(f"{name} web_read_group", found, len(readable))

    # -- reports

    def _compare_reports(self, env):
        """Rows and figures of reports are of the records that may be read."""
        for name in REPORTS_OF_LEADS:
            report = env[name]
            if not report.has_access("read"):
                self.assertIn(self.user.kind, ("portal", "internal"))
                self._agree_refused(
                    f"{name} without right", lambda r=report: r.search([])
                )
                continue
            ours = [("lead_id", "in", list(self.world.leads))]
            shown = self._shown(report, "lead_id", ours)
            expected = shown & self.may["crm.lead", "read"]
            found = report.search(ours).lead_id._ids
            self._agree(f"crm.lead in {name}", found, expected, len(shown))
            groups = report._read_group(ours, ["territory_id"], ["lead_id:array_agg"])
            found = {id_ for _territory, ids in groups for id_ in ids}
            self._agree(f"crm.lead in groups of {name}", found, expected, len(shown))
        if self.user.kind in ("own", "all", "manager"):
            self._compare_attainment(env[ATTAINMENT])
            for name, count in REPORTS_OF_ACCOUNTS.items():
                self._compare_accounts(env[name], count)

    def _shown(self, report, field, domain):
        """The ids of all records that a report has rows of, for whoever reads it: asked
        once for each choice of companies.
        """
        key = (report._name, field, frozenset(self.user.companies))
        if key not in self.shown:
            rows = report.sudo().search(domain)
            self.shown[key] = set(rows[field]._ids)
            self.assertTrue(self.shown[key], f"no rows in {report._name}")
        return self.shown[key]

    def _compare_attainment(self, report):
        """The opportunities of one's line that may be read."""
        expected = {
            lead
            for company, lead, territory in self.counted
            if company in self.user.companies
            and lead in self.may["crm.lead", "read"]
            and (
                self.user.kind != "own" or self.oracle.is_in_line(self.user, territory)
            )
        }
        ours = [("lead_id", "in", list(self.world.leads))]
        found = report.search(ours).lead_id._ids
        self._agree(f"crm.lead in {ATTAINMENT}", found, expected, len(self.world.leads))
        groups = report._read_group(ours, ["user_id"], ["lead_id:array_agg"])
        found = {id_ for _user, ids in groups for id_ in ids}
        name = f"crm.lead in groups of {ATTAINMENT}"
        self._agree(name, found, expected, len(self.world.leads))

    def _compare_accounts(self, report, count):
        name = report._name
        ours = [
            ("lead_id", "=", False),
            ("partner_id", "in", list(self.world.partners)),
        ]
        shown = self._shown(report, "partner_id", ours)
        expected = shown & self.may["res.partner", "read"]
        found = report.search(ours).partner_id._ids
        self._agree(f"res.partner in {name}", found, expected, len(shown))
        [(figure,)] = report._read_group(ours, [], [count])
        self._agree_figure(f"res.partner count of {name}", figure or 0, len(expected))

    def _compare_attached(self, env):
        for model, attached in self.attached.of.items():
            if self.user.kind == "portal" or not env[model].has_access("read"):
                self.assertFalse(
                    self.user.kind in ("own", "all", "manager"), f"{model}: no right"
                )
                continue
            expected = self.attached.readable(model, self.user, self.may, self.oracle)
            records = env[model].browse(attached)
            found = records._filtered_access("read")._ids
            self._agree(f"{model} has_access read", found, expected, len(attached))
            if model == "mail.activity":
                # Odoo lists the activities of accounts that one may post on: change
                may = {
                    **self.may,
                    ("res.partner", "read"): self.may["res.partner", "write"],
                }
                expected = self.attached.readable(model, self.user, may, self.oracle)
            found = records.search([("id", "in", list(attached))]).ids
            self._agree(f"{model} search", found, expected, len(attached))
            if model == "ir.attachment":
                for name in self.records:
                    if not env[name].has_access("read"):
                        continue  # Odoo refuses to look for them
                    domain = [("id", "in", list(attached)), ("res_model", "=", name)]
                    found = records.search(domain).ids
                    among = {i for i, (m, _id) in attached.items() if m == name}
                    self._agree(
                        f"{model} of {name}", found, expected & among, len(among)
                    )
        if self.user.kind in ("own", "all", "manager"):
            self._compare_activity_report(env["crm.activity.report"])

    def _compare_activity_report(self, report):
        of_leads = {
            id_: lead_id
            for id_, (name, lead_id) in self.attached.of["mail.message"].items()
            if name == "crm.lead"
        }
        readable = self.may["crm.lead", "read"]
        expected = {id_ for id_, lead_id in of_leads.items() if lead_id in readable}
        ours = [("id", "in", list(of_leads))]
        path = "crm.activity.report"
        found = report.search(ours).ids
        self._agree(f"{path} search", found, expected, len(of_leads))
        found = report.browse(of_leads)._filtered_access("read")._ids
        self._agree(f"{path} has_access", found, expected, len(of_leads))
        groups = report._read_group(ours, ["lead_id"], ["__count"])
        found = {lead.id for lead, _count in groups}
        expected = {of_leads[id_] for id_ in expected}
        self._agree(f"{path} _read_group", found, expected, len(of_leads))

    def _compare_one_company(self, env):
        """With one of the user's companies chosen."""
        for company in self.user.companies:
            for name, everything in self.records.items():
                model = env[name].with_context(allowed_company_ids=[company])
                if not model.has_access("read"):
                    continue
                expected = {
                    id_
                    for id_ in self.may[name, "read"]
                    if everything[id_].company in (company, None)
                    or getattr(everything[id_], "is_colleague", False)
                }
                found = model.search([("id", "in", list(everything))]).ids
                self._agree(f"{name} one company", found, expected, len(everything))

    # -- really done

    def _try_out(self, user):
        self.user = user
        self.env.invalidate_all()
        env = self.env(user=user.id)
        for name, records in self.records.items():
            for operation, change in (
                ("write", lambda record: record.write({"color": 3})),
                ("unlink", lambda record: record.unlink()),
            ):
                may = [
                    id_
                    for id_, record in records.items()
                    if not self._is_bound(record)
                    and self.oracle.may(user, operation, record)
                ]
                may_not = [
                    id_
                    for id_, record in records.items()
                    if not self.oracle.may(user, operation, record)
                ]
                for ids, expected in ((may, True), (may_not, False)):
                    for id_ in ids[:: max(1, len(ids) // 3)][:3]:
                        record = env[name].browse(id_)
                        done = self._is_done(lambda r=record, c=change: c(r))
                        self._agree_done(f"{name} {operation}", id_, done, expected)
        self._try_to_create(env)

    @staticmethod
    def _is_bound(record):
        """Odoo guards users' and companies' partners in ways of its own."""
        return getattr(record, "is_colleague", False) or getattr(
            record, "is_of_the_house", False
        )

    def _is_done(self, function):
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with mute_logger("odoo.addons.base.models.ir_rule"):
                function()
                self.env.flush_all()
            return True
        except AccessError:
            return False
        finally:
            self.env.clear()
            savepoint.close(rollback=True)

    def _agree_done(self, path, what, done, expected):
        self.figures[f"{path} done"] += 1
        if done != expected:
            self.differences.append(
                f"{path}: {self.user.name} ({self.user.kind})"
                f" {'does' if done else 'cannot do'} it: {what} [{self.settings}]"
            )

    def _try_to_create(self, env):
        user = self.user
        names = ("seller 1", "junior", "all 0", "head")
        owners = [u for u in self.world.users.values() if u.name in names]
        for owner in (None, user, *owners):
            if owner and owner.kind in ("portal", "internal"):
                continue
            lead = Lead(0, owner.id if owner else None, frozenset(), None)
            expected = self.oracle.may(user, "create", lead)
            values = {
                "name": "Made",
                "user_id": owner.id if owner else False,
                "team_id": False,
                "company_id": False,
            }
            done = self._is_done(lambda v=values: env["crm.lead"].create(v))
            self._agree_done(
                "crm.lead create", f"for {owner and owner.name}", done, expected
            )
        done = self._is_done(lambda: env["res.partner"].create({"name": "Made"}))
        expected = user.edits_contacts or user.kind in ("own", "all", "manager")
        self._agree_done("res.partner create", "account", done, expected)


def _user_of(model, record, world):
    return record.owner if model == "crm.lead" else world.partners[record.account].owner
