"""Odoo's own tests of CRM, users and access, run with our addons installed."""

import os
import re
import subprocess
from typing import NamedTuple

from . import databases, odoo_server, paths, templates
from .console import say
from .programs import log_path
from .pytest_run import Outcome

VISIBILITY = "crm_territory.account_visibility"
LET_ALL_SELL = """
    INSERT INTO res_groups_implied_rel (gid, hid)
         SELECT employee.res_id, seller.res_id
           FROM ir_model_data AS employee, ir_model_data AS seller
          WHERE (employee.module, employee.name) = ('base', 'group_user')
            AND (seller.module, seller.name) = ('sales_team', 'group_sale_salesman')
      RETURNING gid
"""
SALES = ("crm", "sales_team", "sale_crm")
# Of calendar and mail, those that ask who may read which partner, event or message:
# in full, both take a quarter of an hour, most of it in tours of Discuss.
CALENDAR = (
    "TestAccessRights",
    "TestCalendar",
    "TestCalendarActivity",
    "TestResPartner",
    "TestResUsers",
)
MAIL = (
    "TestAvatarAcl",
    "TestDiscussMentionSuggestions",
    "TestMailActivityIntegrity",
    "TestMailComposerForm",
    "TestMailComposerRendering",
    "TestMailMessage",
    "TestMailRenderSecurity",
    "TestMailTemplate",
    "TestPartner",
    "TestUser",
)
# Of crm, what is tested under one setting only: what administrators and scheduled
# actions go through, which asks for nobody's access, and tours. It takes minutes.
UNDER_ONE_SETTING = (
    "TestCrmPls",
    "TestLeadAssign",
    "TestLeadAssignPerf",
    "TestUi",
)
# Of base, what asks for users, their groups, and access.
BASE = tuple(
    f"base:{name}"
    for name in ("TestACL", "TestIrRule", "TestUsers", "TestUsers2", "TestHasGroup")
)
ACCESS = (
    *(f"calendar:{name}" for name in CALENDAR),
    *(f"mail:{name}" for name in MAIL),
)


class Suite(NamedTuple):
    """Tests to run on one database."""

    name: str
    tags: tuple[str, ...]  # modules, or module:Class
    extra: tuple[str, ...] = ()  # modules to install beside what our addons need
    visibility: str = "everyone"  # of accounts: the setting
    without: tuple[str, ...] = ()
    all_sell: bool = False  # every internal user sells, with own documents only


SUITES = (
    Suite("everyone", (*SALES, *BASE, *ACCESS), extra=("sale_crm",)),
    Suite(
        "by_territory",
        (
            *SALES,
            *BASE,
            "crm_territory:TestRestrictedUser",
            "crm_territory:TestRestrictedUserOverHttp",
        ),
        extra=("sale_crm",),
        visibility="territory",
        without=tuple(f"crm:{name}" for name in UNDER_ONE_SETTING),
    ),
    # A salesperson may write partners, so that one test has no ground.
    Suite(
        "salespeople",
        ACCESS,
        without=("mail:TestMailMessage.test_can_star_message_without_write_access",),
        visibility="territory",
        all_sell=True,
    ),
)
# Some tours of Odoo itself lose a race now and then; a real failure stays one.
RETRIES = "2"

# At the end of the log.
RESULT = re.compile(r"(\d+) failed, (\d+) error\(s\) of (\d+) tests when loading")
# A test's failure in the log, up to the next line with a time.
FAILURE = re.compile(
    r"^\S+ \S+ \d+ ERROR .*?(?=^\d{4}-\d\d-\d\d |\Z)", re.MULTILINE | re.DOTALL
)
SHOWN_FAILURES = 10


def run_suites(run):
    """Run all of them, one after the other; returns the sum of their Outcomes."""
    total = Outcome()
    for suite in SUITES:
        outcome = _run_suite(run, suite)
        total.passed += outcome.passed
        total.failed += outcome.failed
    return total


def _run_suite(run, suite):
    name = f"core_{suite.name}"
    database = run.copy_of(templates.addon_template(extra=suite.extra), name)
    databases.query(
        database,
        "INSERT INTO ir_config_parameter (key, value) VALUES (%s, %s) RETURNING id",
        VISIBILITY,
        suite.visibility,
    )
    if suite.all_sell:
        databases.query(database, LET_ALL_SELL)
    log = log_path(name)
    words = ("server", "-d", database, "--stop-after-init", "--max-cron-threads", 0)
    tags = [*(f"/{tag}" for tag in suite.tags), *(f"-/{tag}" for tag in suite.without)]
    words += ("--http-port", odoo_server.free_port(), "--test-tags", ",".join(tags))
    argv = odoo_server.command(*words, program="ground.odoo_suites")
    environment = odoo_server.environment() | {"ODOO_TEST_FAILURE_RETRIES": RETRIES}
    with log.open("a") as output:
        code = subprocess.run(
            argv,
            env=environment,
            cwd=paths.ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        ).returncode
    return _read_outcome(log, code)


def _read_outcome(log, code):
    """What the log tells; an Odoo that broke off counts as one more failure."""
    text = log.read_text(errors="replace")
    found = RESULT.search(text)
    failures, errors, tests = map(int, found.groups()) if found else (0, 0, 0)
    bad = failures + errors
    if bad:
        shown = FAILURE.findall(text)[:SHOWN_FAILURES]
        say(f"{bad} failed in {paths.short(log)}:\n{os.linesep.join(shown)}")
    elif code or not tests:
        say(f"Odoo broke off; the end of {paths.short(log)}:\n{text[-3000:]}")
        return Outcome(passed=tests, failed=1)
    return Outcome(passed=tests - bad, failed=bad)
