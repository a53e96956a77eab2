from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError


class CrmTerritoryVocabularyMixin(models.AbstractModel):
    """What companies share, or have of their own: types and roles.

    What no company is named of is everybody's to read. It is changed only by who has
    all companies in which it is used: the priority of a type decides who is credited.
    """

    _name = "crm.territory.vocabulary.mixin"
    _description = "Shared by Companies, or of One"

    company_id = fields.Many2one(
        "res.company", index="btree_not_null", help="Empty: shared by all companies."
    )

    def _used_in(self):
        """The territories, or members, that it is used in."""
        raise NotImplementedError

    @api.constrains("company_id")
    def _check_company_of_use(self):
        for word in self.filtered("company_id"):
            others = (
                word.sudo()
                ._used_in()
                .filtered(lambda used, word=word: used.company_id != word.company_id)
            )
            if others:
                raise ValidationError(
                    self.env._(
                        "“%(name)s” is of %(company)s, and “%(used)s” is not.",
                        name=word.name,
                        company=word.company_id.name,
                        used=others[0].display_name,
                    )
                )

    def _check_used_by_user(self):
        """Raise an AccessError if a company uses it that the user does not have."""
        if self.env.su:
            return
        for word in self:
            used = word.sudo()._used_in().with_context(active_test=False)
            if used.company_id - self.env.user.company_ids:
                raise AccessError(
                    self.env._(
                        "“%s” is shared with a company that is not yours: make one of"
                        " your own company instead.",
                        word.name,
                    )
                )

    def write(self, vals):
        self._check_used_by_user()
        return super().write(vals)

    def unlink(self):
        self._check_used_by_user()
        return super().unlink()


class CrmTerritoryType(models.Model):
    _name = "crm.territory.type"
    _inherit = ["crm.territory.type", "crm.territory.vocabulary.mixin"]

    def _used_in(self):
        return self.with_context(active_test=False).territory_ids


class CrmTerritoryRole(models.Model):
    _name = "crm.territory.role"
    _inherit = ["crm.territory.role", "crm.territory.vocabulary.mixin"]

    def _used_in(self):
        return self.env["crm.territory.member"].search([("role_id", "in", self.ids)])


class CrmTerritory(models.Model):
    _inherit = "crm.territory"

    @api.constrains("type_id", "plan_id")
    def _check_type_company(self):
        self.sudo().type_id._check_company_of_use()


class CrmTerritoryMember(models.Model):
    _inherit = "crm.territory.member"

    @api.constrains("role_id", "territory_id")
    def _check_role_company(self):
        self.sudo().role_id._check_company_of_use()


class CrmTerritoryPlan(models.Model):
    _inherit = "crm.territory.plan"

    @api.constrains("company_id")
    def _check_company_of_vocabulary(self):
        territories = self.sudo().with_context(active_test=False).territory_ids
        territories.type_id._check_company_of_use()
        territories.member_ids.role_id._check_company_of_use()
