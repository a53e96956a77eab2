from odoo import api, fields, models
from odoo.tools import SQL

_SETTING = ("crm_territory.account_visibility", "territory")
_OWNER = SQL(
    """
    CASE WHEN r.commercial_partner_id = r.id THEN r.user_id
         ELSE (SELECT account.user_id FROM res_partner AS account
                WHERE account.id = r.commercial_partner_id) END
    """
)
_UNREAD = SQL("r.account_user_id IS DISTINCT FROM %s", _OWNER)


class ResPartner(models.Model):
    """The salesperson of the account, on its contacts too: what record rules compare
    where accounts are visible by territory.
    """

    _inherit = "res.partner"

    account_user_id = fields.Many2one(
        related="commercial_partner_id.user_id",
        string="Salesperson of the Account",
        store=True,
        index="btree_not_null",
    )

    @api.model
    def _unread(self):
        return SQL("%s OR %s", super()._unread(), _UNREAD)

    @api.model
    def _read_rest(self, ids):
        self._read_owners(SQL("r.id = ANY(%s)", ids))
        return super()._read_rest(ids)

    @api.model
    def _read_owners(self, where):
        """Give partners that are older than the addon the salesperson of their account.

        :param SQL where: which, of alias r
        """
        self.flush_model(["commercial_partner_id", "user_id", "account_user_id"])
        self.env.cr.execute(
            SQL(
                "UPDATE res_partner AS r SET account_user_id = %s WHERE %s AND %s",
                _OWNER,
                _UNREAD,
                where,
            )
        )
        self.invalidate_model(["account_user_id"], flush=False)


class IrConfigParameter(models.Model):
    """Before accounts are visible by territory, all of their salespeople are read:
    an account of nobody is open to everyone.
    """

    _inherit = "ir.config_parameter"

    @api.model_create_multi
    def create(self, vals_list):
        return super().create(vals_list)._read_owners_of_accounts()

    def write(self, vals):
        result = super().write(vals)
        self._read_owners_of_accounts()
        return result

    def _read_owners_of_accounts(self):
        if _SETTING in self.mapped(lambda setting: (setting.key, setting.value)):
            self.env["res.partner"].sudo()._read_owners(SQL("TRUE"))
        return self
