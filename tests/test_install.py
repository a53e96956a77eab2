"""Installing on a database that has been in use for long: no row is written, nobody
waits for more than the tables, and what the columns would have is read afterwards.
"""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest

from ground import databases, paths, postgres, templates

COUNT = 20_000
TABLES = ("crm_lead", "res_partner")
# Accounts, each with a contact and an opportunity, of which every third is won.
RECORDS = """
    INSERT INTO res_partner (name, complete_name, is_company, active, type,
                             partner_share, country_id, zip, user_id)
    SELECT 'Account ' || number, 'Account ' || number, TRUE, TRUE, 'contact', TRUE,
           (SELECT id FROM res_country WHERE code = 'DE'),
           lpad((number %% 99999)::text, 5, '0'), CASE number %% 2 WHEN 0 THEN 2 END
      FROM generate_series(1, %(count)s) AS number;
    UPDATE res_partner SET commercial_partner_id = id WHERE name LIKE 'Account %%';
    INSERT INTO res_partner (name, complete_name, active, type, partner_share,
                             parent_id, commercial_partner_id)
    SELECT 'Contact', 'Contact', TRUE, 'contact', TRUE, id, id
      FROM res_partner WHERE name LIKE 'Account %%';
    INSERT INTO crm_lead (name, type, active, priority, probability, stage_id,
                          partner_id, user_id, won_status, country_id, zip)
    SELECT 'Opportunity', 'opportunity', TRUE, '0', 10,
           (SELECT id FROM crm_stage WHERE is_won IS TRUE = (id %% 3 = 0) LIMIT 1),
           id, 2, CASE id %% 3 WHEN 0 THEN 'won' ELSE 'pending' END, country_id, zip
      FROM res_partner AS account WHERE name LIKE 'Account %%'
"""
VERSIONS = """
    SELECT 'crm_lead', id, ctid::text, xmin::text FROM crm_lead
     UNION ALL SELECT 'res_partner', id, ctid::text, xmin::text FROM res_partner
     ORDER BY 1, 2
"""
# Which transaction made a column or an index of the tables, or what points at them.
CHANGES = """
    SELECT 'column', attname, xmin::text FROM pg_attribute
     WHERE attrelid = ANY(%(tables)s::regclass[]) AND attnum > 0
     UNION ALL
    SELECT 'index', indexrelid::regclass::text, xmin::text FROM pg_index
     WHERE indrelid = ANY(%(tables)s::regclass[])
     UNION ALL
    SELECT 'key', conname, xmin::text FROM pg_constraint
     WHERE contype = 'f' AND ARRAY[conrelid, confrelid] && %(tables)s::regclass[]::oid[]
"""
LAST = "SELECT xmin::text FROM ir_module_module WHERE name = ANY(%s)"
UNREAD = """
    SELECT (SELECT count(*) FROM res_partner AS account
             WHERE name LIKE 'Account %%'
               AND (place_code IS DISTINCT FROM 'DE' || zip
                    OR account_user_id IS DISTINCT FROM user_id)),
           (SELECT count(*) FROM res_partner AS contact
              JOIN res_partner AS account ON account.id = contact.parent_id
             WHERE contact.name = 'Contact'
               AND contact.account_user_id IS DISTINCT FROM account.user_id),
           (SELECT count(*) FROM crm_lead AS lead
              JOIN crm_stage AS stage ON stage.id = lead.stage_id
             WHERE place_code IS DISTINCT FROM 'DE' || zip
                OR won_user_id IS DISTINCT FROM
                   CASE lead.won_status WHEN 'won' THEN lead.user_id END
                OR lead.forecast_category IS DISTINCT FROM stage.forecast_category)
"""


def execute(database, statements):
    with closing(postgres.connect(database)) as connection:
        connection.cursor().execute(statements, {"count": COUNT})


def changes(database):
    with closing(postgres.connect(database)) as connection:
        cursor = connection.cursor()
        cursor.execute(CHANGES, {"tables": list(TABLES)})
        return cursor.fetchall()


@pytest.fixture(scope="module")
def database(databases_run):
    name = databases_run.copy_of(templates.template_without(), "in_use")
    execute(name, RECORDS)
    return name


def test_no_row_is_written_and_no_table_locked_for_long(database):
    there = set(changes(database))
    before = databases.query(database, VERSIONS)
    names = [addon.name for addon in paths.addons()]
    databases.run_odoo(database, "-i", ",".join(names))
    assert databases.query(database, VERSIONS) == before
    made = set(changes(database)) - there
    last = {xid for (xid,) in databases.query(database, LAST, names)}
    assert last.isdisjoint(xid for _kind, _name, xid in made), "so long as views take"
    altering = {xid for kind, _name, xid in made if kind != "key"}
    assert len(altering) == len(names), "Odoo itself makes what large_tables has not"


def test_two_workers_read_while_others_write(database, make_server):
    assert databases.query(database, UNREAD) == [(COUNT, COUNT // 2, COUNT)]
    clients = [make_server(database).client() for _number in range(2)]
    writer = clients[0]
    accounts = writer.call(
        "res.partner", "search", [("name", "like", "Account %")], order="id"
    )
    [job] = writer.call(
        "ir.cron", "search", [("cron_name", "like", "addresses of older records")]
    )
    jobs = [job, writer.call("ir.cron", "copy", [job])[0]]
    with ThreadPoolExecutor(3) as threads:
        working = [
            threads.submit(client.call, "ir.cron", "method_direct_trigger", [id_])
            for client, id_ in zip(clients, jobs, strict=True)
        ]
        for account in accounts[:: COUNT // 20]:
            writer.call("res.partner", "write", [account], {"zip": "10117"})
            lead = {"name": "New", "partner_id": account, "zip": "10119"}
            country = writer.call("res.partner", "read", [account], ["country_id"])
            lead["country_id"] = country[0]["country_id"][0]
            writer.call("crm.lead", "create", lead)
        for work in working:
            work.result()
    while databases.query(database, UNREAD) != [(0, 0, 0)]:
        writer.call("ir.cron", "method_direct_trigger", [job])
