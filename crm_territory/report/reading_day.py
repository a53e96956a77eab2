from odoo.tools import SQL


def day_sql(moment, zone):
    """The day of a moment in a time zone. Reports take the zone of who reads, as Odoo
    does where it groups moments: what somebody does tonight is of his today.

    :param moment: SQL of a timestamp in UTC
    :param zone: a time zone, or its name
    :return: SQL of a date
    """
    if str(zone) == "UTC":
        return SQL("(%s)::date", moment)
    return SQL("((%s AT TIME ZONE 'UTC') AT TIME ZONE %s)::date", moment, str(zone))
