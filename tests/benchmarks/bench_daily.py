"""What the addons add to Odoo's daily work: making, importing and changing leads, and a
lead of a web form; beside plain Odoo with the same records. 1,000 territories, 40,000
ZIP ranges and 2,000 rules are in force.
"""

import pytest

from odoo.fields import Command

from .databases_beside import undone
from .postal_records import Records
from .postal_world import RANGES, World

PLAIN = "plain Odoo"
LEADS = 1000
FEW_LEADS = 50  # of what only looks whether it works
# the accounts of leads lie so far from each other
STEP = 7
WEB_LEADS = 40


@pytest.fixture(scope="module")
def both(env, env_without, scale, is_smoke):
    """The same records, with the addons and without, each as a sales manager."""
    ranges = RANGES // 20 if is_smoke else RANGES
    made = {
        "ours": World(env, scale, ranges=ranges),
        "plain": Records(env_without("crm"), scale),
    }
    for name, records in made.items():
        manager = records.env["res.users"].create(
            {
                "name": "Mona",
                "login": f"mona_{name}",
                "email": "mona@example.com",
                "group_ids": [
                    Command.link(records.env.ref("sales_team.group_sale_manager").id)
                ],
            }
        )
        records.env.flush_all()
        records.env.invalidate_all()
        records.as_manager = records.env(user=manager.id, su=False)
        records.generator.seed(7)
        records.offered = records.addresses(FEW_LEADS if is_smoke else LEADS)
    assert made["plain"].offered == made["ours"].offered
    _assign_accounts(made["ours"])
    return made


def _assign_accounts(records):
    """Those that tests name are where they belong; not all: that would take long."""
    first, _last = records.accounts
    last = first + STEP * len(records.offered)
    records.env["res.partner"].browse(range(first, last))._judge_now()
    # as after a run over everything
    records.plan.run_version = records.plan.version
    records.env.flush_all()
    records.env.cr.flush()


def _values(records):
    """Of leads, most with an account, as people write them."""
    first, _last = records.accounts
    return [
        {
            "name": f"New lead {number}",
            "type": "opportunity",
            "partner_id": first + number * STEP if number % 5 else False,
            "country_id": country_id,
            "zip": code,
            "expected_revenue": 100 * number,
        }
        for number, (country_id, code) in enumerate(records.offered)
    ]


def _create(records):
    return records.as_manager["crm.lead"].create(_values(records))


def _import(records):
    names = {id_: code for code, id_ in records.countries.items()}
    countries = {
        code: records.env["res.country"].browse(records.countries[code]).name
        for code in set(names.values())
    }
    rows = [
        [f"Imported {number}", f"Company {number}", countries[names[id_]], code, "100"]
        for number, (id_, code) in enumerate(records.offered)
    ]
    columns = ["name", "partner_name", "country_id", "zip", "expected_revenue"]
    found = records.as_manager["crm.lead"].load(columns, rows)
    assert not found["messages"]
    return records.as_manager["crm.lead"].browse(found["ids"])


def _write(records):
    """The leads without account move to Berlin."""
    first, _last = records.leads
    leads = records.as_manager["crm.lead"].browse(
        id_ for id_ in range(first, first + 5 * len(records.offered)) if id_ % 5 == 0
    )
    leads.write({"zip": "10117", "country_id": records.countries["DE"]})
    return leads


def _write_accounts(records):
    """Accounts move to Berlin, and their open leads with them."""
    first, _last = records.accounts
    accounts = records.as_manager["res.partner"].browse(
        range(first, first + len(records.offered))
    )
    accounts.write({"zip": "10117", "country_id": records.countries["DE"]})
    return accounts


CASES = {
    "1,000 leads created": (_create, 1.1),
    "1,000 leads imported": (_import, 1.05),
    "A watched field written on 1,000 leads": (_write, 1.25),
    "A watched field written on 1,000 accounts with leads": (_write_accounts, 1.25),
}


@pytest.mark.parametrize("name", CASES)
def test_thousand(both, ratio, seconds, name):
    work, limit = CASES[name]

    def timed(records):
        with undone(records.env):
            done = work(records)
            records.env.flush_all()
            records.env.cr.flush()  # what waits for the end of the transaction
            found[records] = len(done), done.sudo().mapped("zip")

    found = {}
    ours, plain = both.values()
    times = seconds(lambda: timed(ours), lambda: timed(plain))
    assert found[ours] == found[plain]
    assert found[ours][0] == len(ours.offered)
    ratio(name, *times, limit, case=name, beside=PLAIN)


def test_everything_is_assigned(both):
    """What was timed did its work."""
    records = both["ours"]
    for work in (_create, _import, _write):
        with undone(records.env):
            leads = work(records).sudo()
            records.env.flush_all()
            assert all(lead.territory_set_id for lead in leads)


def test_web_lead(both, ratio, seconds):
    """One lead as a form of a website makes it, in a request of its own."""

    def make_one(records, number):
        country_id, code = records.offered[0]
        leads = records.env["crm.lead"].with_context(mail_create_nosubscribe=True)
        lead = leads.create(
            {
                "name": "Asked on the website",
                "contact_name": f"Visitor {number}",
                "email_from": f"visitor{number}@example.com",
                "phone": "+49 30 123456",
                "country_id": country_id,
                "zip": code,
                "description": "Please call me back.",
                "user_id": False,
                "team_id": False,
            }
        )
        records.env.flush_all()
        records.env.cr.flush()
        return lead

    def make(records):
        for number in range(WEB_LEADS):
            with undone(records.env):
                make_one(records, number)

    # somebody from there has asked before
    assert make_one(both["ours"], WEB_LEADS).territory_set_id
    make_one(both["plain"], WEB_LEADS)
    ours, plain = seconds(lambda: make(both["ours"]), lambda: make(both["plain"]))
    ratio(
        f"ms added to one web lead ({1000 * plain / WEB_LEADS:.0f} ms), to 3 ms",
        1000 * (ours - plain) / WEB_LEADS,
        3,
        limit=1,
        case="Added to one web lead",
        unit="ms",
    )
