"""The line of a territory, from the root down to it, in SQL."""

from odoo.tools import SQL


def path_sql(alias):
    """The array of ids from the root down to a territory.

    :param alias: of ``crm_territory``, whose parent_path is flushed
    """
    return SQL(
        "string_to_array(rtrim(%s, '/'), '/')::int4[]",
        SQL.identifier(alias, "parent_path"),
    )
