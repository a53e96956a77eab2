import re

from odoo.fields import Domain
from odoo.tools import SQL

from . import large_tables


def pre_init_hook(env):
    """Change the tables of records in a transaction of its own: Odoo's goes on until
    the last view is there, and nobody could save a lead meanwhile.
    """
    large_tables.prepare(env.cr)
    env.cr.commit()  # pylint: disable=invalid-commit


def uninstall_hook(env):
    """Take away what Odoo does not know of, and what would stand in its way."""
    # Odoo drops our columns one by one, and changes records of its own meanwhile
    env.registry.crm_territory_is_leaving = True
    env["crm.territory.plan"]._forget_compiled()
    env.cr.execute(SQL("DROP FUNCTION IF EXISTS crm_territory_no_cycle CASCADE"))
    # copies of our scheduled jobs would hold back the models that they call
    env["crm.territory.run"]._crons().unlink()
    parameters = env["ir.config_parameter"].sudo()
    parameters.search([("key", "=like", "crm_territory.%")]).unlink()
    forget_fields(env, "crm_territory")


def forget_fields(env, module):
    """Before the fields of an addon are deleted: delete the favourites that name them,
    which would break the screens that they are favourites of; and let no row hold back
    what it points at. Odoo deletes our records before the columns that point at them.
    """
    fields = env["ir.model.fields"].sudo()
    ours = (
        env["ir.model.data"]
        .sudo()
        .search([("module", "=", module), ("model", "=", "ir.model.fields")])
    )
    fields = fields.browse(ours.mapped("res_id")).exists()
    for model_name, of_model in fields.grouped("model").items():
        _delete_favourites(env, model_name, of_model.mapped("name"))
        if model_name in env and env[model_name]._auto:
            for field in of_model.filtered(lambda f: f.ttype == "many2one" and f.store):
                _drop_foreign_key(env, env[model_name]._table, field.name)


def _delete_favourites(env, model_name, names):
    """Those that name one of the fields in their filter, groups or order."""
    word = re.compile(r"[\"'](%s)\b" % "|".join(map(re.escape, names)))
    filters = env["ir.filters"].sudo().with_context(active_test=False)
    filters.search(Domain("model_id", "=", model_name)).filtered(
        lambda favourite: any(
            word.search(text or "")
            for text in (favourite.domain, favourite.context, favourite.sort)
        )
    ).unlink()


def _drop_foreign_key(env, table, column):
    for (name,) in env.execute_query(
        SQL(
            """
            SELECT constraints.conname
              FROM pg_constraint AS constraints
              JOIN pg_attribute AS attributes
                ON attributes.attrelid = constraints.conrelid
               AND attributes.attnum = ANY(constraints.conkey)
             WHERE constraints.contype = 'f' AND attributes.attname = %s
               AND constraints.conrelid = %s::regclass
            """,
            column,
            table,
        )
    ):
        env.cr.execute(
            SQL(
                "ALTER TABLE %s DROP CONSTRAINT %s",
                SQL.identifier(table),
                SQL.identifier(name),
            )
        )
