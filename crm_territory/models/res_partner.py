import logging

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.service.model import retrying
from odoo.tools import SQL

from ..assignment import WRITTEN, write_territories
from ..boolean_search import boolean_search
from ..matching.access import CUSTOMER_DOCUMENTS, inlined

_logger = logging.getLogger(__name__)

# what makes an account of a contact, and a contact of an account
_FAMILY_FIELDS = frozenset({"parent_id", "is_company"})


def _judge_unseen(registry, moves):
    """Judge the leads of moved accounts that their transaction could not see.

    The transaction is committed: nothing here may fail it, nor lose what it has to
    tell other workers.
    """

    def judge():
        partners = env["res.partner"]
        leads = partners._open_leads(list(moves["account_ids"]))
        leads.filtered(lambda lead: lead.id not in moves["lead_ids"])._judge_now()

    try:
        registry.signal_changes()
        with registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            retrying(judge, env)
    except Exception:
        _logger.exception("leads of moved accounts wait for the next run: %s", moves)


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = [
        "res.partner",
        "crm.territory.profile.mixin",
        "crm.territory.mixin",
        "crm.territory.viewers.mixin",
        "crm.territory.leaving.mixin",
    ]
    _leaving_owner_path = "commercial_partner_id.user_id"

    product_line_ids = fields.Many2many(
        relation="crm_product_line_partner_rel",
        column1="partner_id",
        column2="product_line_id",
        help="The product lines that the account is interested in.",
    )
    territory_override_ids = fields.One2many(
        "crm.territory.override",
        "partner_id",
        string="Territory Overrides",
        groups="base.group_user",
    )
    territory_can_see = fields.Boolean(
        compute="_compute_territory_can_see",
        search="_search_territory_can_see",
        exportable=False,
        help="Visible to me under the visibility of accounts that is set.",
    )

    @api.model
    def _account_domain(self):
        """The domain of the accounts: partners that are their own commercial entity."""
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s = %s",
                SQL.identifier(alias, "commercial_partner_id"),
                SQL.identifier(alias, "id"),
            ),
            predicate=lambda partner: partner.commercial_partner_id == partner,
        )

    @api.model
    def _taken_domain(self):
        """The domain of the accounts that territories can take: those that are not
        ours (design 3.17).
        """
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        own = companies._search([]).subselect("partner_id")
        return (
            self._account_domain()
            & Domain("partner_share", "=", True)
            & Domain("id", "not in", own)
        )

    def _is_ours(self):
        """Whether it is a colleague or a company of ours, which no territory takes: as
        the matcher asks (design 3.17).
        """
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        return not self.sudo().partner_share or bool(
            companies.search_count([("partner_id", "=", self.id)], limit=1)
        )

    @api.model
    def _account_domain_for_client(self):
        """The same in words that a client can send: it cannot compare a field with
        another one.
        """
        return ["|", ("parent_id", "=", False), ("is_company", "=", True)]

    def _compute_territory(self):
        """Contacts follow their account (design 3.7)."""
        saved = self.filtered("id")
        contacts = saved.filtered(lambda p: p.commercial_partner_id != p)
        result = super(ResPartner, self - contacts)._compute_territory()
        if contacts:
            contacts._follow_account()
        return result

    def _follow_account(self):
        """Give contacts the territories of their accounts."""
        self._take_new_ids(self._ids)
        self.flush_recordset(["commercial_partner_id"])
        accounts = self.commercial_partner_id
        accounts.flush_recordset(["territory_set_id", "territory_id"])
        rows = self.env.execute_query(
            SQL(
                "SELECT id, territory_set_id, territory_id FROM res_partner"
                " WHERE id = ANY(%s) FOR SHARE",
                accounts.ids,
            )
        )
        write_territories(self, rows)

    def _judge_later(self, create=False):
        """Accounts take their contacts and open leads with them."""
        result = super()._judge_later(create)
        saved = self.browse([id_ for id_ in self._ids if id_])
        if saved and not create:
            everything = saved.sudo().with_context(active_test=False)
            account_ids = everything.commercial_partner_id.ids
            family = everything.search([("commercial_partner_id", "in", account_ids)])
            super(ResPartner, family)._judge_later()
            self._judge_leads_later(account_ids)
        return result

    @api.model
    def _judge_leads_later(self, account_ids):
        """Judge the open leads and opportunities of accounts. 1 query."""
        leads = self._open_leads(account_ids)
        self._data_of_moves()["lead_ids"].update(leads.ids)
        leads._judge_later()

    @api.model
    def _open_leads(self, account_ids):
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        return leads.search(
            Domain("partner_id.commercial_partner_id", "in", account_ids)
            & leads._open_domain()
        )

    @api.model
    def _data_of_moves(self):
        """What the transaction has done to accounts: their ids, and the leads seen."""
        return self.env.cr.postcommit.data.setdefault(
            "crm.territory.moves", {"account_ids": set(), "lead_ids": set()}
        )

    def _not_taken_by_user(self):
        """An account brings its open leads along."""
        refused = super()._not_taken_by_user()
        leads = self._open_leads(self.ids).sudo(False)._not_taken_by_user()
        return refused | leads.sudo().partner_id.commercial_partner_id.sudo(False)

    def _judged_record(self):
        return self.commercial_partner_id

    # -- what assignment asks

    @api.model
    def _territory_key(self):
        return SQL("record.commercial_partner_id")

    @api.model
    def _with_followers(self, ids):
        return self.with_context(active_test=False).search(
            [("commercial_partner_id", "in", ids)]
        )

    @api.model
    def _after_move(self, changed, assignment):
        """The open leads of accounts that moved are judged again. (A run judges all
        leads after all accounts; who computes has marked them already.)

        A lead that somebody else committed meanwhile took the territories that its
        account had before: this transaction does not see it, so look once more after.
        """
        result = super()._after_move(changed, assignment)
        if assignment.run:
            return result
        account_ids = [d.record_id for d in changed if not d.is_new]
        if not assignment.is_computing:
            self._judge_leads_later(account_ids)
        moves = self._data_of_moves()
        registry = self.env.registry
        if account_ids and not moves["account_ids"] and registry.ready:
            self.env.cr.postcommit.add(lambda: _judge_unseen(registry, moves))
        moves["account_ids"].update(account_ids)
        return result

    def unlink(self):
        """Leads and contacts that lose their account are judged by themselves."""
        everything = self.sudo().with_context(active_test=False)
        leads = everything.env["crm.lead"].search([("partner_id", "in", self.ids)])
        contacts = everything.search([("parent_id", "in", self.ids)]) - everything
        result = super().unlink()
        leads._judge_later()
        contacts._judge_later()
        return result

    # -- who sees it

    @api.depends_context("uid")
    @api.depends("account_user_id", "territory_set_id", "partner_share")
    def _compute_territory_can_see(self):
        # what is not saved yet is one's own
        saved = self.filtered("id").sudo()
        visible = saved.filtered_domain(self._visible_accounts_domain())
        for partner in self:
            partner.territory_can_see = not partner.id or partner in visible

    def _search_territory_can_see(self, operator, value):
        return boolean_search(operator, value, self._visible_accounts_domain())

    @api.model
    def _visible_accounts_domain(self):
        """The accounts and contacts that the user sees."""
        if not self.env.user._sees_accounts_by_territory():
            return Domain.TRUE
        scope = self.env.user._territory_scope()
        owner_ids = [self.env.uid, *scope.owner_ids]
        nobody = Domain("account_user_id", "=", False) & Domain(
            "territory_set_id", "=", False
        )
        return (
            Domain("partner_share", "=", False)
            | Domain("id", "in", scope.internal_partner_ids)
            | inlined(self, "account_user_id", owner_ids)
            | inlined(self, "territory_set_id", scope.read_set_ids)
            | nobody
            | self._customers_domain(scope.customer_ids)
        )

    @api.model
    def _customers_domain(self, customer_ids):
        """The accounts of which the user owns a lead or a quotation: inlined, but for
        very many.
        """
        if customer_ids is not None:
            return Domain("commercial_partner_id", "in", customer_ids)
        return Domain.OR(
            Domain("commercial_partner_id", "any!", self._customers_of(documents))
            for documents in self._customer_documents()
        )

    @api.model
    def _customer_documents(self):
        """The models of what shows its customer to its owner, with all rights."""
        everything = self.sudo().with_context(active_test=False).env
        return [everything[name] for name in CUSTOMER_DOCUMENTS if name in everything]

    @api.model
    def _customers_of(self, documents):
        query = documents._search([("user_id", "=", self.env.uid)])
        contact = query.join(
            documents._table, "partner_id", "res_partner", "id", "partner_id"
        )
        return query.subselect(SQL.identifier(contact, "commercial_partner_id"))

    def _documents_of_account(self, documents):
        """What there is of the account, of one model."""
        account_id = self.commercial_partner_id.id
        return documents.search([("partner_id.commercial_partner_id", "=", account_id)])

    @api.model
    def _check_seen(self, partner_ids):
        """Who is linked to an account sees it: nobody links himself to a hidden one.

        :raise AccessError: one of the partners is hidden from the user
        """
        if not self.env.su and self.env.user._sees_accounts_by_territory():
            ids = {id_ for id_ in partner_ids if isinstance(id_, int) and id_}
            self.browse(ids).exists().check_access("read")

    @api.model_create_multi
    def create(self, vals_list):
        """Who sees accounts by territory owns those that they make."""
        self._check_seen(vals.get("parent_id") for vals in vals_list)
        if self.env.user._sees_accounts_by_territory() and not self.env.su:
            vals_list = [
                vals
                if vals.get("user_id") or vals.get("parent_id")
                else dict(vals, user_id=self.env.uid)
                for vals in vals_list
            ]
        return super().create(vals_list)

    def write(self, vals):
        if vals.get("parent_id") and self.parent_id.ids != [vals["parent_id"]]:
            self._check_seen([vals["parent_id"]])
        if not _FAMILY_FIELDS.isdisjoint(vals):
            # as an account, it keeps what it has as a contact
            self.filtered("territory_is_locked").flush_recordset(WRITTEN)
        return super().write(vals)

    @api.constrains("territory_is_locked")
    def _check_locked_account(self):
        for partner in self.filtered("territory_is_locked"):
            account = partner.commercial_partner_id
            if account != partner:
                raise ValidationError(
                    self.env._(
                        "“%(contact)s” follows its account “%(account)s”: lock that.",
                        contact=partner.display_name,
                        account=account.display_name,
                    )
                )

    def _viewing_reasons(self):
        own, everything, managers = self._salespeople()
        parameters = self.env["ir.config_parameter"].sudo()
        visibility = parameters.get_param("crm_territory.account_visibility")
        internal = self.env.ref("base.group_user").all_user_ids
        sellers = own | everything | managers
        writers = sellers | self.env.ref("base.group_partner_manager").all_user_ids
        if visibility != "territory":
            for user in internal:
                yield user, self.env._("accounts are open to everyone"), user in writers
            return
        for user in internal - sellers:
            reason = self.env._("is not limited by territories")
            yield user, reason, user in writers
        yield from self._reasons_of_rights()
        for reasons in (
            self._reasons_of_owner(self.commercial_partner_id.user_id),
            self._reasons_of_territories(),
            self._reasons_of_customers(),
            self._reasons_of_openness(own),
        ):
            # who sees an account may change it, as everywhere in Odoo
            yield from (
                (user, reason, True) for user, reason, _write in reasons if user in own
            )

    def _reasons_of_customers(self):
        reasons = {
            "crm.lead": self.env._("has an opportunity on it"),
            "sale.order": self.env._("has a quotation for it"),
        }
        for documents in self._customer_documents():
            for user in self._documents_of_account(documents).user_id:
                yield user, reasons[documents._name], True

    def _reasons_of_openness(self, users):
        reason = None
        if not self.partner_share:
            reason = self.env._("a colleague")
        elif self.id in self.env.user._territory_scope(True).internal_partner_ids:
            reason = self.env._("an own company")
        elif not self.commercial_partner_id.user_id and not self.territory_set_id:
            reason = self.env._("unassigned accounts are open to everyone")
        for user in users if reason else ():
            yield user, reason, True
