"""What the addons add to the tables of leads and contacts, which may be large: in
transactions of its own, as nobody can write them until these are committed.
"""

from odoo.tools import SQL
from odoo.tools.sql import add_foreign_key, get_foreign_keys

from .compat import foreign_keys, when_tables_are_there

# Of the leads that everyone sees: the indexes of user_id and territory_set_id have long
# lists for NULL.
UNASSIGNED_LEADS = "(id) WHERE user_id IS NULL AND territory_set_id IS NULL"
WAITING_LEADS = (
    "(territory_id) WHERE active AND won_status = 'pending' AND (user_id IS NULL"
    " OR team_id IS NULL OR territory_owner_state IS NOT NULL)"
)

_OF_BOTH = {
    "annual_revenue": "numeric",
    "annual_revenue_currency_id": "int4",
    "employee_number": "int4",
    "place_code": "varchar",
    "territory_id": "int4",
    "territory_is_locked": "bool",
    "territory_set_id": "int4",
}
_COLUMNS = {
    "res_partner": {**_OF_BOTH, "account_user_id": "int4"},
    "crm_lead": {**_OF_BOTH, "territory_owner_state": "varchar", "won_user_id": "int4"},
}
# as Odoo names them; it compares definitions of ours with their comments
_INDEXES = {
    "res_partner": {
        "res_partner__account_user_id_index": (
            "(account_user_id) WHERE account_user_id IS NOT NULL"
        ),
        "res_partner__territory_id_index": (
            "(territory_id) WHERE territory_id IS NOT NULL"
        ),
        "res_partner__territory_set_id_index": "(territory_set_id)",
    },
    "crm_lead": {
        "crm_lead__territory_id_index": "(territory_id) WHERE territory_id IS NOT NULL",
        "crm_lead__territory_set_id_index": "(territory_set_id)",
        "crm_lead_territory_unassigned_idx": UNASSIGNED_LEADS,
        "crm_lead_territory_waiting_idx": WAITING_LEADS,
    },
}


def prepare(cr):
    """Add the columns and indexes that are not there, as the ORM would, but write no
    row: what the columns would have, ``crm.territory.reading.mixin`` reads later.
    """
    for table, columns in _COLUMNS.items():
        added = SQL(", ").join(
            SQL("ADD COLUMN IF NOT EXISTS %s %s", SQL.identifier(name), SQL(kind))
            for name, kind in columns.items()
        )
        cr.execute(SQL("ALTER TABLE %s %s", SQL.identifier(table), added))
        for name, definition in _INDEXES[table].items():
            index = SQL.identifier(name)
            cr.execute(
                SQL(
                    "CREATE INDEX IF NOT EXISTS %s ON %s %s",
                    index,
                    SQL.identifier(table),
                    SQL(definition),
                )
            )
            if name.endswith("_idx"):
                comment = f"INDEX {definition}"
                cr.execute(SQL("COMMENT ON INDEX %s IS %s", index, comment))


def add_keys(env):
    """While one of the addons is installed: add the keys that Odoo is about to add to
    large tables, or that point at these, and commit. Odoo's own transaction goes on
    until the last view is there.
    """
    name = env.context.get("module") or ""
    if env.su and name.startswith("crm_territory"):  # Odoo, no client
        when_tables_are_there(env.registry, lambda: _add_keys(env))


def _add_keys(env):
    wanted = [
        key
        for key in foreign_keys(env.registry)
        if not {key[0], key[2]}.isdisjoint(_COLUMNS)
    ]
    missing = [key for key in wanted if not get_foreign_keys(env.cr, *key)]
    for key in missing:
        add_foreign_key(env.cr, *key)
    env.cr.commit()  # pylint: disable=invalid-commit
