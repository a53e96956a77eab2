from odoo.tools import SQL


def day_sql(env, moment):
    """The day of a moment for who reads, as Odoo groups moments: what somebody does
    tonight is of his today.

    :param moment: SQL of a timestamp in UTC
    :return: SQL of a date
    """
    zone = str(env.tz)
    if zone == "UTC":
        return SQL("(%s)::date", moment)
    return SQL("((%s AT TIME ZONE 'UTC') AT TIME ZONE %s)::date", moment, zone)
