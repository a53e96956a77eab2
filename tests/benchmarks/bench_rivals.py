"""What somebody would make of 1,000 territories without these addons: an automation
rule for each (Odoo's ``base_automation``, with the territories of OCA's
``base_territory``, which assigns nothing itself), and Odoo's own lead assignment with a
team for each.

All take records in their ranges of ZIP codes. Both rivals would take minutes: of the
automation rules, ten are made, and the time is that of so many times more; leads are
assigned to fewer territories.
"""

import time
from unittest.mock import patch

import pytest

import odoo.modules.module
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.crm_territory.tests.common import run_everything

from .databases_beside import undone
from .postal_records import Records

TERRITORIES = 1000
COUNTRIES = ("DE", "FR", "IT", "ES", "US")
AUTOMATED = 10
MOST_ACCOUNTS = 10_000
FEW_ACCOUNTS = 1000
LEADS, TEAMS = 1000, 100


def criteria(count):
    """So many ranges of ZIP codes: (name, country, low, high)."""
    by_country = count // len(COUNTRIES)
    width = 100_000 // by_country
    return [
        (
            f"{code} {number}",
            code,
            f"{number * width:05}",
            f"{number * width + width - 1:05}",
        )
        for number in range(by_country)
        for code in COUNTRIES
    ]


def domain_of(records, code, low, high):
    country = ("country_id", "=", records.countries[code])
    return [country, ("zip", ">=", low), ("zip", "<=", high)]


def with_plan(env, records, count):
    """Our territories: an active plan."""
    plan = env["crm.territory.plan"].create({"name": "Benchmark", "company_id": False})
    env["crm.territory"].create(
        [
            {
                "name": name,
                "plan_id": plan.id,
                "area_ids": [
                    Command.create(
                        {
                            "country_id": records.countries[code],
                            "zip_from": low,
                            "zip_to": high,
                        }
                    )
                ],
            }
            for name, code, low, high in criteria(count)
        ]
    )
    plan.action_activate()
    env.flush_all()
    env.cr.execute("ANALYZE crm_territory_area, crm_territory_area_place")
    return plan


@pytest.fixture
def savepoint(env):
    with undone(env):
        yield


def _automate(env, records):
    """Rules that write a field that a customer has added to accounts."""
    partner = env["ir.model"]._get("res.partner")
    env["ir.model.fields"].create(
        {
            "name": "x_territory_id",
            "model_id": partner.id,
            "ttype": "many2one",
            "relation": "res.territory",
            "state": "manual",
        }
    )
    names = ("ref", "zip", "country_id")
    triggers = [env["ir.model.fields"]._get("res.partner", name).id for name in names]
    automations = env["base.automation"]
    for name, code, low, high in criteria(TERRITORIES)[:AUTOMATED]:
        territory = env["res.territory"].create({"name": name, "type": "zip"})
        action = env["ir.actions.server"].create(
            {
                "name": name,
                "model_id": partner.id,
                "state": "object_write",
                "usage": "base_automation",
                "update_path": "x_territory_id",
                "evaluation_type": "value",
                "value": territory.id,
            }
        )
        automations |= automations.create(
            {
                "name": name,
                "model_id": partner.id,
                "trigger": "on_create_or_write",
                "trigger_field_ids": [Command.set(triggers)],
                "filter_domain": repr(domain_of(records, code, low, high)),
                "action_server_ids": [Command.link(action.id)],
            }
        )
    env.flush_all()
    return automations


def test_automation_rules(env, env_without, ratio, savepoint, scale, is_smoke):
    """All accounts are looked at: with automation rules, whenever a field that they
    listen to is written.
    """
    count = min(scale, FEW_ACCOUNTS if is_smoke else MOST_ACCOUNTS)
    records = Records(env, count)
    env.cr.execute("DELETE FROM crm_lead")
    plan = with_plan(env, records, TERRITORIES)

    def run():
        start = time.perf_counter()
        run_everything(plan)
        env.flush_all()
        return time.perf_counter() - start

    ours = [run() for _again in range(2)]
    without = env_without("crm", "base_automation", "base_territory")
    theirs = Records(without, count)
    automations = _automate(without, theirs)
    first, last = theirs.accounts
    accounts = without["res.partner"].browse(range(first, last + 1))

    def write():
        start = time.perf_counter()
        accounts.write({"ref": str(start)})
        without.flush_all()
        return time.perf_counter() - start

    with_rules = [write() for _again in range(2)]
    expected = {
        id_ - records.accounts[0]: name
        for id_, name in env.execute_query(
            SQL(
                "SELECT account.id, territory.name FROM res_partner AS account"
                " JOIN crm_territory AS territory"
                " ON territory.id = account.territory_id"
                " WHERE territory.name = ANY(%s)",
                automations.mapped("name"),
            )
        )
    }
    found = {
        account.id - first: account.x_territory_id.name
        for account in accounts
        if account.x_territory_id
    }
    assert found == expected
    assert found
    automations.active = False
    alone = write()
    beside = (
        "an automation rule per territory, and OCA's base_territory"
        f" ({count:,} accounts; {AUTOMATED} of {TERRITORIES:,} rules)"
    )
    name = f"{count:,} accounts in {TERRITORIES:,} territories, to automation rules"
    for taken, rules, what, case, limit in zip(
        ours,
        with_rules,
        ("the first time", "looked at again"),
        ("The first run over accounts, written", "Accounts matched and resolved"),
        (None, 1 / 500),
        strict=True,
    ):
        reference = alone + (rules - alone) * TERRITORIES / AUTOMATED
        name_of = f"{name} ({AUTOMATED} of them), {what}"
        ratio(name_of, taken, reference, limit, case=case, beside=beside)


def test_lead_assignment(env, env_without, ratio, savepoint):
    """Leads that nobody has, without team, to territories; in plain Odoo to teams."""
    records = Records(env, LEADS)
    plan = with_plan(env, records, TEAMS)
    start = time.perf_counter()
    run_everything(plan)
    env.flush_all()
    ours = time.perf_counter() - start
    without = env_without("crm")
    theirs = Records(without, LEADS)
    teams = _teams(without, theirs)
    start = time.perf_counter()
    # it commits otherwise
    with patch.object(odoo.modules.module, "current_test", True):
        teams._allocate_leads()
    without.flush_all()
    taken = time.perf_counter() - start
    of_teams = dict(
        without.execute_query(
            SQL(
                "SELECT lead.id - %s, team.name->>'en_US' FROM crm_lead AS lead"
                " JOIN crm_team AS team ON team.id = lead.team_id"
                " WHERE lead.partner_id IS NULL AND lead.id BETWEEN %s AND %s",
                theirs.leads[0],
                *theirs.leads,
            )
        )
    )
    of_territories = dict(
        env.execute_query(
            SQL(
                "SELECT lead.id - %s, territory.name FROM crm_lead AS lead"
                " JOIN crm_territory AS territory ON territory.id = lead.territory_id"
                " WHERE lead.partner_id IS NULL AND lead.id BETWEEN %s AND %s",
                records.leads[0],
                *records.leads,
            )
        )
    )
    assert of_territories == of_teams
    assert of_teams
    ratio(
        f"{LEADS:,} leads and accounts in {TEAMS} territories, to Odoo's assignment of"
        " the leads to teams",
        ours,
        taken,
        case="Leads given to territories",
        beside=f"Odoo's lead assignment ({LEADS:,} leads, {TEAMS} teams)",
    )


def _teams(env, records):
    """A team for each range, with a member who can have all leads."""
    env["ir.config_parameter"].set_param("sales_team.membership_multi", "True")
    without_members = env["crm.team"].create(
        [
            {
                "name": name,
                "assignment_domain": repr(domain_of(records, code, low, high)),
            }
            for name, code, low, high in criteria(TEAMS)
        ]
    )
    env["crm.team.member"].create(
        [
            {
                "crm_team_id": team.id,
                "user_id": env.ref("base.user_admin").id,
                "assignment_max": LEADS,
            }
            for team in without_members
        ]
    )
    env.execute_query(
        SQL(
            "UPDATE crm_lead SET create_date = now() at time zone 'UTC', team_id = NULL"
            " WHERE id BETWEEN %s AND %s RETURNING id",
            *records.leads,
        )
    )
    env.invalidate_all()
    return without_members
