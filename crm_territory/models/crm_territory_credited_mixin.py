from odoo import api, fields, models
from odoo.fields import Domain
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


class CrmTerritoryCreditedMixin(models.AbstractModel):
    """What is credited to a territory, in groups of territories and of users."""

    _name = "crm.territory.credited.mixin"
    _description = "Credited to a Territory"

    territory_id = fields.Many2one("crm.territory", "Credited Territory")
    territory_line_ids = fields.Many2many(
        "crm.territory",
        string="Territory or Above",
        compute="_compute_territory_line_ids",
        search="_search_territory_line_ids",
        help="The credited territory and all above it: to be in one of them is to be in"
        " it or below. The filter of dashboards, which cannot ask for what is below.",
    )

    @api.depends("territory_id")
    def _compute_territory_line_ids(self):
        for record in self:
            path = record.territory_id.parent_path or ""
            ids = [int(id_) for id_ in path.split("/") if id_]
            record.territory_line_ids = record.territory_id.browse(ids)

    def _search_territory_line_ids(self, operator, value):
        none = Domain.FALSE
        if operator == "any":
            value = self.env["crm.territory"]._search(value).get_result_ids()
        elif operator == "in":
            if False in value:
                none = Domain("territory_id", "=", False)
            value = [territory_id for territory_id in value if territory_id]
        elif operator != "child_of":
            return NotImplemented
        return none | Domain("territory_id", "child_of", value)

    def _read_group_orderby(self, order, groupby_terms, query):
        """Order groups by territory, user or country once they are made. Odoo groups by
        the names, too, and so sorts each row by them: on a million rows that takes as
        long again.
        """
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
