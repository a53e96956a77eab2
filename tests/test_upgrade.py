"""Upgrading a database in use from versions that were landed.

The addons of then come from the history of this repository; their demonstration data
is what is in use. (Without history, as in a copy of the files, nothing is tested.)
"""

import re
import subprocess

import pytest

from ground import databases, odoo_server, paths, postgres, templates
from tests.oracle.searching import SEARCHED
from tests.structures import assert_same, structure

ADDONS = ("crm_territory", "crm_territory_forecast")
NAMES = ",".join(ADDONS)
# the last commit of each landed version
LANDED = {
    "19.0.1.0.0": "68cfd15",
    "19.0.1.1.0": "d0dae09",
    "19.0.2.0.0": "f07bfc6",
    "19.0.3.0.0": "78570b5",
    "19.0.4.0.0": "78e8010",
    "19.0.5.0.0": "ed3e0a5",
    "19.0.6.0.0": "4941d58",
}
# The first went through all migrations, the last is what people have; the others are
# tried when somebody searches (``setup/test upgrade --search 1``).
TRIED = list(LANDED) if SEARCHED else [min(LANDED), max(LANDED)]

# whose runs told their figures themselves
WITHOUT_BATCHES = {"19.0.1.0.0", "19.0.1.1.0", "19.0.2.0.0"}

# own companies and colleagues are in no territory any more
TAKEN = """
    taken AS (SELECT partner.id
                FROM res_partner AS partner
                JOIN res_partner AS account
                  ON account.id = partner.commercial_partner_id
               WHERE account.partner_share
                 AND account.id NOT IN (SELECT partner_id FROM res_company))
"""
# What must be as it was, in words that outlive the upgrade.
FACTS = {
    "territories of records": f"""
        WITH {TAKEN}
        SELECT 'crm.lead', lead.id, credited.complete_name,
               array_agg(territory.complete_name ORDER BY territory.id)
          FROM crm_lead AS lead
          JOIN crm_territory_set_rel AS rel ON rel.set_id = lead.territory_set_id
          JOIN crm_territory AS territory ON territory.id = rel.territory_id
          JOIN crm_territory AS credited ON credited.id = lead.territory_id
         GROUP BY lead.id, credited.complete_name
         UNION ALL
        SELECT 'res.partner', partner.id, credited.complete_name,
               array_agg(territory.complete_name ORDER BY territory.id)
          FROM res_partner AS partner
          JOIN crm_territory_set_rel AS rel ON rel.set_id = partner.territory_set_id
          JOIN crm_territory AS territory ON territory.id = rel.territory_id
          JOIN crm_territory AS credited ON credited.id = partner.territory_id
         WHERE partner.id IN (SELECT id FROM taken)
         GROUP BY partner.id, credited.complete_name
         ORDER BY 1, 2
    """,
    "plans": "SELECT id, name, state, company_id FROM crm_territory_plan ORDER BY id",
    "tree": """
        SELECT id, parent_id, name, code, active, type_id, team_id, owner_policy,
               permission
          FROM crm_territory ORDER BY id
    """,
    "members": """
        SELECT id, territory_id, user_id, role_id, is_manager, date_start, date_end,
               weight, capacity
          FROM crm_territory_member ORDER BY id
    """,
    "areas": """
        SELECT id, territory_id, country_id, state_id, city, zip_from, zip_to
          FROM crm_territory_area ORDER BY id
    """,
    "rules": """
        SELECT id, territory_id, applies_to, domain, is_anywhere, active, error
          FROM crm_territory_rule ORDER BY id
    """,
    "overrides": """
        SELECT id, territory_id, partner_id, lead_id, decision, reason, user_id,
               date_end, is_expired
          FROM crm_territory_override ORDER BY id
    """,
    "runs": """
        SELECT id, plan_id, state, date_start, date_end FROM crm_territory_run
         ORDER BY id
    """,
    "moves": f"""
        WITH {TAKEN}
        SELECT id, run_id, partner_id, lead_id, set_before_id, set_after_id
          FROM crm_territory_move
         WHERE partner_id IS NULL OR partner_id IN (SELECT id FROM taken)
         ORDER BY id
    """,
    "targets": """
        SELECT id, forecast_id, territory_id, user_id, date_start, amount
          FROM crm_territory_forecast_target ORDER BY id
    """,
    "snapshots": """
        SELECT id, snapshot_id, lead_id, territory_id, user_id
          FROM crm_territory_forecast_snapshot_line ORDER BY id
    """,
    "profiles": """
        SELECT id, annual_revenue, annual_revenue_currency_id, employee_number
          FROM crm_lead WHERE annual_revenue <> 0 OR employee_number <> 0 ORDER BY id
    """,
    "owners": "SELECT id, user_id, team_id, company_id FROM crm_lead ORDER BY id",
    "superiors": """
        SELECT id, reports_to_id FROM res_users
         WHERE reports_to_id IS NOT NULL ORDER BY id
    """,
}
# What runs did: they told it themselves once, now their batches do.
OLD_FIGURES = """
    SELECT id, judged_count, changed_count, unassigned_count
      FROM crm_territory_run WHERE state <> 'draft' ORDER BY id
"""
FIGURES = """
    SELECT run_id, sum(judged_count), sum(changed_count), sum(unassigned_count)
      FROM crm_territory_run_batch GROUP BY run_id ORDER BY run_id
"""
# a run that was stopped on the way, on the first leads
STOPPED = """
    INSERT INTO crm_territory_run
           (plan_id, state, scope, is_dry, batch_size, phase, last_id, judged_count,
            changed_count, unassigned_count, total_count)
    SELECT plan_id, 'cancelled', 'all', TRUE, 20000, 'crm.lead', 3, 10, 4, 2, 1000
      FROM crm_territory_run ORDER BY id LIMIT 1
"""
LEFT = """
    SELECT batch.phase, batch.after_id
      FROM crm_territory_run_batch AS batch
      JOIN crm_territory_run AS run ON run.id = batch.run_id
     WHERE run.state = 'cancelled' AND NOT batch.is_done ORDER BY batch.id
"""
# what the demonstration has not
BY_HAND = """
    UPDATE res_users SET reports_to_id = 2
     WHERE login IN (SELECT login FROM res_users WHERE id > 5 ORDER BY id LIMIT 3)
"""
# parts of a database that depend on the order of what was installed
LOOSE = {
    "access rights",
    "attachments",
    "external ids",
    "filters",
    "jobs",
    "menus",
    "rules",
    "server actions",
    "views",
    "window actions",
}


def facts(database):
    return {name: databases.query(database, query) for name, query in FACTS.items()}


def run_sql(database, sql):
    connection = postgres.connect(database)
    try:
        connection.cursor().execute(sql)
    finally:
        connection.close()


def unpack(commit, folder):
    """The addons as they were at a commit; skips where there is no history."""
    done = subprocess.run(
        ["git", "archive", commit, *ADDONS],
        cwd=paths.ROOT,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"the history of this checkout has no commit {commit}")
    subprocess.run(["tar", "-x", "-C", folder], input=done.stdout, check=True)
    config = folder / "odoo.conf"
    config.write_text(
        paths.ODOO_CONFIG.read_text().replace(str(paths.ROOT) + "\n", f"{folder}\n", 1)
    )
    return config


@pytest.fixture(scope="session")
def fresh(make_database):
    """The structure of a database in which the addons were never older."""
    return structure(make_database())


@pytest.mark.parametrize("version", TRIED)
def test_upgrade(version, tmp_path, databases_run, make_server, fresh):
    config = unpack(LANDED[version], tmp_path)
    database = databases_run.copy_of(templates.template(), "upgrade")
    databases.run_odoo(database, "-c", config, "-i", NAMES)
    installed = databases.query(
        database,
        "SELECT latest_version FROM ir_module_module WHERE name = %s",
        ADDONS[0],
    )
    assert installed == [(version,)]
    odoo_server.run(database, "module", "force-demo", "-d", database, "-c", config)
    run_sql(database, BY_HAND)
    has_batches = version not in WITHOUT_BATCHES
    if not has_batches:
        run_sql(database, STOPPED)
    figures = databases.query(database, FIGURES if has_batches else OLD_FIGURES)
    before = facts(database)
    assert all(before.values()), [name for name, rows in before.items() if not rows]

    databases.run_odoo(database, "-u", NAMES)

    log = (paths.LOGS / f"{database}.log").read_text()
    log = log[log.rindex("-u " + NAMES) :]
    assert not re.findall(r".* (?:WARNING|ERROR|CRITICAL) .*", log)
    after = facts(database)
    for name, rows in before.items():
        assert rows == after[name], name
    assert databases.query(database, FIGURES) == figures
    if not has_batches:
        assert databases.query(database, LEFT) == [("crm.lead", 3), ("owner", 0)]
    built = structure(database)
    for part in LOOSE:
        del built[part]
    assert_same({part: fresh[part] for part in built}, built)

    # and a run over everything finds nothing to do
    server = make_server(database)
    client = server.client()
    plans = client.call("crm.territory.plan", "search", [("state", "=", "active")])
    for plan in plans:
        values = {"plan_id": plan, "include_closed": False}
        run = client.call("crm.territory.run", "create", values)
        figures = client.call("crm.territory.run", "run_to_end", [run])
        assert figures["changed"] == 0, figures
    server.stop()
