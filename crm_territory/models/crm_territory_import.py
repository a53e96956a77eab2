from odoo import api, models
from odoo.fields import Domain
from odoo.tools import email_normalize, format_list


class CrmTerritory(models.Model):
    """How an import finds territories by name."""

    _inherit = "crm.territory"

    @api.model
    @api.readonly
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Territories"),
                "template": "/crm_territory/static/templates/territory.csv",
            }
        ]

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        """In an import a name means one territory of a plan in use, or is refused.

        Odoo would warn and take the first, and so put what is imported for next
        year into this year's plan: a copied plan has the same names. ``Plan: Name``
        tells which plan is meant.
        """
        context = self.env.context
        is_import = context.get("import_file") or context.get("crm_territory_load")
        if not is_import or operator != "=":
            return super().name_search(name, domain, operator, limit)
        domain = Domain(domain or Domain.TRUE) & Domain("plan_id.active", "=", True)
        found = super().name_search(name, domain, operator, limit)
        plan_name, separator, name_in_plan = name.partition(": ")
        if not found and separator:
            domain &= Domain("plan_id.name", "=", plan_name)
            found = super().name_search(name_in_plan, domain, operator, limit)
        if len(found) > 1:
            territories = self.browse([territory_id for territory_id, _name in found])
            message = self.env._(
                "Several territories are called “%(name)s”: %(territories)s. Write"
                " one of these instead.",
                name=name,
                territories=format_list(
                    self.env,
                    [f"{t.plan_id.name}: {t.complete_name}" for t in territories],
                ),
            )
            # the import formats the message once more; of a column with several errors
            # its page shows the value only
            raise ValueError(message.replace("%", "%%"), {"value": message})
        return found


class ResUsers(models.Model):
    """How an import finds members: by name or login, as Odoo does, or by e-mail."""

    _inherit = "res.users"

    @api.model
    def name_search(self, name="", domain=None, operator="ilike", limit=100):
        found = super().name_search(name, domain, operator, limit)
        address = operator == "=" and email_normalize(name)
        if found or not address or not self.env.context.get("crm_territory_load"):
            return found
        by_address = Domain("partner_id.email_normalized", "=", address)
        users = self.search(by_address & Domain(domain or Domain.TRUE), limit=limit)
        return [(user.id, user.display_name) for user in users]
