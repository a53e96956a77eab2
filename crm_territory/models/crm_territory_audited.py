"""Which changes are written down, and how these records are told of in a line."""

from odoo import models
from odoo.tools import format_date

_PARAMETERS = "crm_territory."
# so many lines of a territory that is deleted are told
_LINES_TOLD = 50


class CrmTerritoryPlan(models.Model):
    _name = "crm.territory.plan"
    _inherit = ["crm.territory.plan", "crm.territory.audited.mixin"]

    _audited = frozenset(
        {
            "name",
            "state",
            "company_id",
            "user_id",
            "tz",
            "catch_up",
            "replaces_leader",
            "replaces_creator",
        }
    )

    def copy(self, default=None):
        """A copy is one event, not one for each line of it."""
        quiet = super(CrmTerritoryPlan, self._untold()).copy(default)
        copies = self.browse(quiet.ids)
        copies._audit_new()
        return copies

    def _audit_plan(self, territory):
        return self


class CrmTerritory(models.Model):
    _name = "crm.territory"
    _inherit = ["crm.territory", "crm.territory.audited.mixin"]

    _audited = frozenset(
        {
            "name",
            "code",
            "active",
            "plan_id",
            "parent_id",
            "type_id",
            "permission",
            "owner_policy",
            "team_id",
        }
    )

    def _audit_territory(self):
        return self

    def _audit_subject(self):
        return self.complete_name or self.name

    def _audit_line(self):
        """With members, geography and rules: what is deleted with it."""
        lines = [*self.member_ids, *self.area_ids, *self.rule_ids]
        told = [line._audit_line() for line in lines[:_LINES_TOLD]]
        if len(lines) > _LINES_TOLD:
            told.append("…")
        return "\n".join([self._audit_subject(), *told])


class CrmTerritoryMember(models.Model):
    _inherit = "crm.territory.member"

    _audited = frozenset(
        {
            "territory_id",
            "user_id",
            "role_id",
            "is_manager",
            "date_start",
            "date_end",
            "weight",
            "capacity",
        }
    )

    def _audit_territory(self):
        return self.territory_id

    def _audit_subject(self):
        return self.user_id.name or ""

    def _audit_line(self):
        """Amy Long (manager), from 1 March 2027"""
        roles = [self.role_id.name] if self.role_id else []
        if self.is_manager:
            roles.append(self.env._("manager"))
        words = self._audit_subject()
        if roles:
            words += f" ({', '.join(roles)})"
        if self.date_start:
            words += self.env._(
                ", from %s", format_date(self.env, self.date_start, date_format="long")
            )
        if self.date_end:
            words += self.env._(
                ", until %s", format_date(self.env, self.date_end, date_format="long")
            )
        return words


class CrmTerritoryArea(models.Model):
    _inherit = "crm.territory.area"

    _audited = frozenset(
        {
            "territory_id",
            "country_id",
            "country_group_id",
            "state_id",
            "city",
            "zip_from",
            "zip_to",
        }
    )

    def _audit_territory(self):
        return self.territory_id

    def _audit_subject(self):
        """Germany 20000–22999"""
        codes = "–".join(filter(None, (self.zip_from, self.zip_to)))
        names = (
            self.country_group_id.name,
            self.country_id.name,
            self.state_id.name,
            self.city,
            codes,
        )
        return " ".join(filter(None, names))


class CrmTerritoryRule(models.Model):
    _inherit = "crm.territory.rule"

    _audited = frozenset(
        {
            "territory_id",
            "name",
            "active",
            "applies_to",
            "domain",
            "is_anywhere",
            "error",
        }
    )

    def _audit_territory(self):
        return self.territory_id

    def _audit_subject(self):
        return self.name or ""

    def _audit_line(self):
        return f"{self.name}: {self._audit_words('applies_to')}, {self.domain}"


class CrmTerritoryType(models.Model):
    _name = "crm.territory.type"
    _inherit = ["crm.territory.type", "crm.territory.audited.mixin"]

    _audited = frozenset({"name", "priority", "company_id", "active"})

    def _audit_line(self):
        return f"{self.name}: {self.priority}"


class ResUsers(models.Model):
    _inherit = "res.users"

    def unlink(self):
        """Memberships go with their user: the database deletes them."""
        members = self.env["crm.territory.member"].sudo()
        members.search([("user_id", "in", self.ids)])._audit_before()
        return super().unlink()


class IrConfigParameter(models.Model):
    """Of the system's parameters, the settings of territories."""

    _name = "ir.config_parameter"
    _inherit = ["ir.config_parameter", "crm.territory.audited.mixin"]

    _audited = frozenset({"key", "value"})

    def _audit_records(self):
        return self.filtered(lambda setting: setting.key.startswith(_PARAMETERS))

    def _audit_subject(self):
        """As the settings page calls it."""
        field = self._audit_setting()
        return field._description_string(self.env) if field else self.key

    def _audit_line(self):
        """The value as the settings page shows it."""
        field = self._audit_setting()
        if field and field.type == "selection":
            return dict(field._description_selection(self.env)).get(
                self.value, self.value
            )
        return self.value or ""

    def _audit_words(self, name):
        return self._audit_line() if name == "value" else self.key

    def _audit_setting(self):
        """The field of the settings page; None where it has none."""
        for field in self.env["res.config.settings"]._fields.values():
            if getattr(field, "config_parameter", None) == self.key:
                return field
        return None
