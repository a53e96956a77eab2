from odoo import models
from odoo.tools import SQL

# {model of a group: (by model, the fields that order its records in Odoo; a query of
# what to order a group by)}
_ORDERS = {
    "crm.territory": (
        {"crm.territory": ["sequence", "name"]},
        """
        SELECT ROW(territory.sequence, territory.name, territory.id)
          FROM crm_territory AS territory
         WHERE territory.id = %(id)s
        """,
    ),
    "res.users": (
        {"res.users": ["login", "partner_id"], "res.partner": ["name"]},
        """
        SELECT ROW(partner.name, users.login, users.id)
          FROM res_users AS users
          JOIN res_partner AS partner ON partner.id = users.partner_id
         WHERE users.id = %(id)s
        """,
    ),
    "res.country": (
        {"res.country": ["name"]},
        """
        SELECT ROW(COALESCE(country.name->>%(lang)s, country.name->>'en_US'),
                   country.id)
          FROM res_country AS country
         WHERE country.id = %(id)s
        """,
    ),
}


class CrmTerritoryGroupOrderMixin(models.AbstractModel):
    """Orders groups of territories, users and countries once they are made.

    Odoo groups by the names, too, and so sorts each row by them: on a million rows that
    takes as long again.
    """

    _name = "crm.territory.group.order.mixin"
    _description = "Groups Ordered Fast"

    def _read_group_orderby(self, order, groupby_terms, query):
        if not order:
            return super()._read_group_orderby(order, groupby_terms, query)
        terms = []
        for part in order.split(","):
            name, _space, direction = part.strip().partition(" ")
            direction = direction.strip().upper() or "ASC"
            group_order = name in groupby_terms and _ORDERS.get(
                self._fields[name].comodel_name if name in self._fields else None
            )
            if group_order and direction in ("ASC", "DESC"):
                ordering, query_of_order = group_order
                for model_name, names in ordering.items():
                    self.env[model_name].flush_model(names)
                lang = self.env.lang or "en_US"
                key = SQL(query_of_order, id=groupby_terms[name], lang=lang)
                terms.append(SQL("(%s) %s", key, SQL(direction)))
            else:
                terms.append(super()._read_group_orderby(part, groupby_terms, query))
        return SQL(", ").join(terms)
