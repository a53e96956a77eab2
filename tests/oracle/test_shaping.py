"""Every user tries to shape every territory and record: the addons against the oracle.

Each user tries one way of each kind, by turns; ``setup/test oracle --search 1 -- -k
shaping`` tries all of them, under all settings.
"""

from collections import Counter
from itertools import product

from odoo.exceptions import AccessError, UserError
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.crm_territory.runs.work import Worker

from .play import QUIET
from .searching import SEARCHED
from .shaping import Shaping
from .shaping_world import ShapingWorld

SETTINGS = [
    ("everyone", "everyone"),
    ("managers", "territory"),
    ("everyone", "territory"),
    ("managers", "everyone"),
]
WAYS = ("create", "write", "unlink")
OBJECTS = ("account", "lead", "opportunity")
# differences
SHOWN = 15


@tagged("post_install", "-at_install")
class TestShapingOracle(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, **QUIET))
        cls.made = ShapingWorld(cls.env)
        cls.world = cls.made.world
        cls.users = [cls.world.users[user.id] for user in cls.made.users.values()]
        cls.territories = list(cls.world.territories.values())
        cls.records = [*cls.made.accounts, *cls.made.leads]
        cls.env.registry.clear_all_caches()

    def setUp(self):
        super().setUp()
        self.figures = Counter()
        self.differences = []

    # -- trying

    def _set(self, settings):
        unassigned, accounts = settings
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm_territory.unassigned", unassigned)
        parameters.set_param("crm_territory.account_visibility", accounts)
        self.settings = settings
        self.oracle = Shaping(self.world, self.made.ground, unassigned, accounts)
        self.env.flush_all()
        self.env.invalidate_all()

    def _turns(self):
        """Each user under one of the settings by turns, or under all."""
        for number, settings in enumerate(SETTINGS):
            self._set(settings)
            for place, user in enumerate(self.users):
                if SEARCHED or place % len(SETTINGS) == number:
                    yield place, user

    def _by_turn(self, ways, number):
        return ways if SEARCHED else [ways[number % len(ways)]]

    def _try(self, path, user, expected, function, what, refused=AccessError):
        """Do it as the user, note whether he can, and undo it."""
        self.env.flush_all()
        savepoint = self.env.cr.savepoint(flush=False)
        try:
            with mute_logger(
                "odoo.addons.base.models.ir_rule",
                "odoo.addons.base.models.ir_model",
                "odoo.models",
            ):
                function(self.env(user=user.id))
                self.env.flush_all()
            done = True
        except refused:
            done = False
        except Exception as error:
            done = repr(error)
        finally:
            self.env.clear()
            savepoint.close(rollback=True)
        self._agree(path, user, done, expected, what)

    def _agree(self, path, user, found, expected, what):
        self.figures[path] += 1
        if found != expected:
            self.differences.append(
                f"{path}: {user.name} ({user.kind}), {what}: {found},"
                f" expected {expected} {self.settings}"
            )

    def _report(self):
        print(
            f"\nshaping oracle: {len(self.users)} users, {len(self.territories)}"
            f" territories, {len(self.records)} records,"
            f" {sum(self.figures.values())} comparisons,"
            f" {len(self.differences)} differences: {dict(self.figures)}"
        )
        self.assertGreaterEqual(len(self.users), 30)
        if self.differences:
            paths = Counter(text.split(":")[0] for text in self.differences)
            self.fail("\n".join([str(dict(paths)), *self.differences[:SHOWN]]))

    # -- territories

    def test_criteria_members_and_borders(self):
        self._set(SETTINGS[0])
        for place, user in enumerate(self.users):
            for number, territory in enumerate(self.territories):
                turn = place + number
                self._shape(user, territory, turn)
        self._report()

    def _shape(self, user, territory, turn):
        may_edit = self.oracle.may_edit_criteria(user, territory)
        if SEARCHED or turn % 2:
            for way in self._by_turn(WAYS, turn // 2):
                self._try_line("area", way, user, territory, may_edit)
            self._try_borders(user, territory, turn // 2)
        if SEARCHED or not turn % 2:
            for applies_to, way in self._by_turn(
                list(product(OBJECTS, WAYS)), turn // 2
            ):
                self._try_line("rule", way, user, territory, may_edit, applies_to)
            may_edit = self.oracle.may_edit_members(user, territory)
            for way in self._by_turn(WAYS, turn // 2 + 1):
                self._try_line("member", way, user, territory, may_edit)

    def _try_line(self, kind, way, user, territory, expected, applies_to=None):
        country = self.env.ref("base.be").id
        values, change = {
            "area": ({"country_id": country}, {"city": "Ghent"}),
            "rule": (
                {
                    "applies_to": applies_to,
                    "domain": f"[('country_id', '=', {country})]",
                },
                {"domain": "[('city', '=', 'Ghent')]"},
            ),
            "member": ({"user_id": self.made.users["all"].id}, {"weight": 7}),
        }[kind]
        values = {**values, "territory_id": territory.id}
        model = f"crm.territory.{kind}"

        def attempt(env):
            if way == "create":
                env[model].create(values)
                return
            line = self.env[model].create(values).with_env(env)
            line.write(change) if way == "write" else line.unlink()

        what = f"{way} {applies_to or ''} in {territory.name}"
        self._try(kind, user, expected, attempt, what)

    def _try_borders(self, user, territory, turn):
        record = self.env["crm.territory"].browse(territory.id)
        plan = [t for t in self.territories if t.company == territory.company]
        roots = [t for t in plan if t.parent is None and t.name != "World"]
        apart = [
            t.id
            for t in roots
            if t.plan_state == territory.plan_state and t.id != territory.id
        ]
        parent = False if territory.parent else next(iter(apart), False)
        changes = [
            {"parent_id": parent},
            {"is_open_to_managers": not record.is_open_to_managers},
            {"permission": "read" if territory.permission == "write" else "write"},
        ]
        expected = self.oracle.may_move_border(user, territory)
        for change in self._by_turn(changes, turn):
            if change == {"parent_id": record.parent_id.id}:
                continue
            self._try(
                "border",
                user,
                expected,
                lambda env, c=change: record.with_env(env).write(c),
                f"{change} of {territory.name}",
            )

    # -- overrides and requests

    def _known(self, record):
        known = self.world.leads if record._name == "crm.lead" else self.world.partners
        return known[record.id]

    def _column(self, record):
        return "lead_id" if record._name == "crm.lead" else "partner_id"

    def _targets(self, user, number):
        """A territory that he may be about, and another one by turn."""
        ours = [t for t in self.territories if self.oracle._managed(user, t)]
        ours = ours or [t for t in self.territories if self.oracle._belongs(user, t)]
        pools = [pool for pool in (ours, self.territories) if pool]
        return [pool[number % len(pool)] for pool in pools]

    def _some_records(self, place, every):
        """Every so-manieth record, others for each user; all when searching."""
        for number, record in enumerate(self.records):
            if SEARCHED or (number + place // len(SETTINGS)) % every == 0:
                yield number, record

    def test_overrides(self):
        for place, user in self._turns():
            for number, record in self._some_records(place, 2):
                for territory in self._targets(user, place + number):
                    for decision in self._by_turn(("in", "in", "out"), place + number):
                        self._try_override(user, record, territory, decision)
        self._report()

    def _try_override(self, user, record, territory, decision):
        values = {
            self._column(record): record.id,
            "territory_id": territory.id,
            "decision": decision,
            "reason": "Because.",
        }
        expected = self.oracle.may_override(
            user, self._known(record), territory, decision
        )
        self._try(
            f"override {decision}",
            user,
            expected,
            lambda env: env["crm.territory.override"].create(values),
            f"{record.name} for {territory.name}",
        )

    def test_requests(self):
        for place, user in self._turns():
            for number, record in self._some_records(place, 2):
                for territory in self._targets(user, place + number):
                    self._try_to_ask(user, record, territory)
        self._report()

    def _try_to_ask(self, user, record, territory):
        context = {"active_model": record._name, "active_id": record.id}

        def attempt(env):
            wizards = env["crm.territory.ask"].with_context(**context)
            wizards.create(
                {"reason": "Ours.", "territory_id": territory.id}
            ).action_ask()

        expected = self.oracle.may_ask(user, self._known(record), territory)
        what = f"{record.name} for {territory.name}"
        self._try("ask", user, expected, attempt, what, refused=UserError)

    def test_deciders(self):
        requester = self.made.users["manager of Germany"]
        territory = self.made.territories["Named"]
        requests = self.env["crm.territory.request"].create(
            [
                {
                    self._column(record): record.id,
                    "territory_id": territory.id,
                    "reason": "Ours.",
                    "user_id": requester.id,
                }
                for record in self.records
            ]
        )
        target = self.world.territories[territory.id]
        for place, user in self._turns():
            rows = zip(requests, self.records, strict=True)
            for number, (request, record) in enumerate(rows):
                if not SEARCHED and (place + number) % 2:
                    continue
                expected = self.oracle.may_decide(
                    user, self._known(record), target, requester.id
                )
                self._try_to_decide(
                    user, request, record, expected, (place + number) // 2
                )
        self._report()

    def _try_to_decide(self, user, request, record, expected, turn):
        ways = {
            "user_may_decide": lambda asked: self._demand(
                asked.read(["user_may_decide"])[0]["user_may_decide"]
            ),
            "accept": lambda asked: asked.action_accept(),
            "decline": lambda asked: asked.decline("No."),
        }
        for name in self._by_turn(list(ways), turn):
            self._try(
                name,
                user,
                expected,
                lambda env, way=ways[name]: way(request.with_env(env)),
                record.name,
                refused=UserError,
            )

    @staticmethod
    def _demand(answer):
        if not answer:
            raise AccessError("He may not.")

    # -- drafts

    def test_who_reads_drafts(self):
        runs, overrides = self._plan_ahead()
        names = ("plan", "", "member", "rule", "area")
        for settings in SETTINGS:
            self._set(settings)
            for user, (plan_name, plan) in product(self.users, self.made.plans.items()):
                territory = next(
                    t for t in self.territories if t.id in plan.territory_ids.ids
                )
                knows = self.oracle.knows(user, territory)
                plans = self.oracle.plans(user, territory)
                for name in names:
                    model = f"crm.territory.{name}".rstrip(".")
                    path = "id" if name == "plan" else "plan_id"
                    records = self.env[model].search([(path, "=", plan.id)])
                    self._compare_read(user, records, knows, plan_name)
                is_manager = plans and user.kind == "manager"
                self._compare_read(user, runs[plan], is_manager, plan_name)
                self._compare_each(user, runs[plan].move_ids, plans, plan_name)
                self._compare_each(user, overrides[plan], knows, plan_name)
        self._report()

    def _plan_ahead(self):
        """A simulated run of each plan, and overrides for its first territory."""
        runs, overrides = {}, {}
        for plan in self.made.plans.values():
            run = self.env["crm.territory.run"].create(
                {"plan_id": plan.id, "is_dry": True}
            )
            run._start()
            while run.state == "running":
                Worker(run).do_batch()
            runs[plan] = run
            overrides[plan] = self.env["crm.territory.override"].create(
                [
                    {
                        self._column(record): record.id,
                        "territory_id": plan.territory_ids[0].id,
                        "decision": "out",
                        "reason": "Because.",
                    }
                    for record in self.records[::4]
                ]
            )
        self.made.read_records()
        self.assertTrue(runs[self.made.plans["Next"]].move_ids)
        return runs, overrides

    def _compare_read(self, user, records, expected, plan):
        model = records.with_user(user.id)
        found = set()
        if model.has_access("read"):
            found = set(model.search([("id", "in", records.ids)]).ids)
        wanted = set(records.ids) if expected else set()
        self._agree(records._name, user, found, wanted, plan)

    def _compare_each(self, user, records, expected, plan):
        """Those of records that the user sees."""
        shown = records.filtered(
            lambda row: self.oracle.access.may(
                user, "read", self._known(row.lead_id or row.partner_id)
            )
        )
        hidden = records - shown
        self._compare_read(user, shown, expected, f"{plan}, seen")
        self._compare_read(user, hidden, False, f"{plan}, hidden")

    # -- leaving

    def test_leaving(self):
        """An edit is saved, whether or not its author still sees the record."""
        for place, user in self._turns():
            for _number, record in self._some_records(place, 5):
                changes = (
                    self._changes_of_lead(user)
                    if record._name == "crm.lead"
                    else [{"country_id": self.env.ref("base.jp").id}]
                )
                if not self.oracle.access.may(user, "write", self._known(record)):
                    continue
                for change in changes:
                    self._try_to_leave(user, record, change)
        self._report()
        self.assertGreaterEqual(self.figures["leaving"], 20)

    def _changes_of_lead(self, user):
        changes = [
            {"user_id": self.made.users["other"].id},
            {"user_id": False},
        ]
        for account in self.made.accounts[:: 3 if SEARCHED else 6]:
            if self.oracle.access.may(user, "read", self._known(account)):
                changes.append({"partner_id": account.id})
        return changes

    def _try_to_leave(self, user, record, change):
        what = f"{record.name} {change}"
        known = dict(self.world.leads), dict(self.world.partners)

        def attempt(env):
            [row] = record.with_env(env).web_save(change, {"name": {}})
            self.made.read_records()
            for name, value in change.items():
                self._agree("saved", user, record[name].id, value, what)
            self.oracle.access._own_accounts.clear()
            stays = self.oracle.access.may(user, "read", self._known(record))
            path = "staying" if stays else "leaving"
            answer = row.get("name") == record.name, "territory_left" in row
            self._agree(path, user, answer, (stays, not stays), what)

        try:
            self._try("web_save", user, True, attempt, what)
        finally:
            self.world.leads, self.world.partners = known
            self.oracle.access._own_accounts.clear()
