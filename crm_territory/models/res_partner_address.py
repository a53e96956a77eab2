from markupsafe import Markup

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import AccessError
from odoo.tools import format_list

from ..compat import memory_of_transaction

# what areas read of an account
_ADDRESS = frozenset({"country_id", "state_id", "zip", "city"})
# whose address counts: a contact has the territories of its account
_FAMILY = frozenset({"parent_id", "is_company"})
# who changes them: an account's salesperson, which nobody makes himself to do so
_GUARDED = _ADDRESS | _FAMILY | {"user_id"}
_MEMORY = "crm_territory.addresses"
_SHOWN = 20  # accounts that are named in one message


class ResPartner(models.Model):
    """Whoever changes the address of an account moves it, and its leads with it, to
    other people. Where the setting says so, only the line of its territories may;
    otherwise that line is told.
    """

    _inherit = "res.partner"

    def write(self, vals):
        if not self.env.su and not _GUARDED.isdisjoint(vals):
            self._check_changed_by_line(vals)
            self._watch_leaving(vals)
        return super().write(vals)

    def _update_address(self, vals):
        """What Odoo copies to an account from its first contact passes write by."""
        if not self.env.su:
            self._check_changed_by_line(vals)
            self._watch_leaving(vals)
        return super()._update_address(vals)

    @api.model
    def _addresses_are_lines(self):
        """Whether only the line of its territories changes the address of an account.
        Without a query where this worker knows it.
        """
        parameters = self.env["ir.config_parameter"].sudo()
        return parameters.get_param("crm_territory.addresses_by_line") == "True"

    # -- refused

    def _check_changed_by_line(self, vals):
        """Raise an AccessError if the user changes what is not his to change."""
        if not self._addresses_are_lines():
            return
        self.check_access("write")
        for partner in self._of_other_lines():
            is_account = partner.commercial_partner_id == partner
            guarded = _GUARDED if is_account else _FAMILY
            if any(partner._would_change(name, vals) for name in guarded & vals.keys()):
                raise partner._make_line_error()

    def _of_other_lines(self):
        """Those in territories in none of whose lines the user is, nor their account's
        salesperson. None for sales managers.
        """
        user = self.env.user
        if user.has_group("sales_team.group_sale_manager"):
            return self.browse()
        line_ids = user._territory_scope().line_ids
        return self.filtered(
            lambda partner: (
                partner.sudo().territory_set_id
                and partner.sudo().commercial_partner_id.user_id != user
                and partner.sudo().territory_ids._ids
                and not set(partner.sudo().territory_ids._ids).intersection(line_ids)
            )
        )

    def _would_change(self, name, vals):
        """Whether a field has another value than it would get. (An import writes the
        same again.)
        """
        partner = self.sudo()
        field = self._fields[name]
        present = field.convert_to_write(partner[name], partner)
        return (present or False) != (vals[name] or False)

    def _make_line_error(self):
        account = self.sudo().commercial_partner_id
        territories = account.territory_ids.sudo(False)._filtered_access("read")
        managers = self.env["res.users"].sudo()
        for territory in territories.sudo():
            managers |= territory._nearest_managers()
        return AccessError(
            self.env._(
                "“%(account)s” lies in a territory (%(territories)s): its address,"
                " company and salesperson are changed by the members and managers"
                " there, by its salesperson, or by a sales manager. Ask %(managers)s,"
                " or use “Request…” if it should be yours.",
                account=account.display_name,
                territories=format_list(self.env, territories.mapped("name")) or "–",
                managers=format_list(self.env, managers.mapped("name"))
                or self.env._("a sales manager"),
            )
        )

    # -- told

    @api.model
    def _addresses_changed(self):
        """What the transaction did to addresses: who changed whose, and the sets that
        were left.
        """
        return memory_of_transaction(
            self.env, _MEMORY, lambda: {"changed": {}, "left": {}}
        )

    def _watch_leaving(self, vals):
        """Note who changes addresses. No query but for a change of family."""
        if _ADDRESS.isdisjoint(vals) and _FAMILY.isdisjoint(vals):
            return
        if self.env.user.has_group("sales_team.group_sale_manager"):
            return
        memory = self._addresses_changed()
        if not memory["changed"]:
            self.env.cr.precommit.add(self.sudo().browse()._tell_lines_of_leaving)
        for partner_id in self._ids:
            memory["changed"].setdefault(partner_id, self.env.uid)
        if not _FAMILY.isdisjoint(vals):
            # contacts follow their account without a move of their own
            for partner in self.sudo().filtered("territory_set_id"):
                memory["left"].setdefault(partner.id, partner.territory_set_id.id)

    @api.model
    def _after_move(self, changed, assignment):
        result = super()._after_move(changed, assignment)
        memory = self._addresses_changed()
        for decision in changed:
            if decision.record_id in memory["changed"] and decision.before[0]:
                memory["left"].setdefault(decision.record_id, decision.before[0])
        return result

    @api.model
    def _tell_lines_of_leaving(self):
        """Tell the managers what others moved out of their lines: one message each."""
        memory = self._addresses_changed()
        changed, left = dict(memory["changed"]), dict(memory["left"])
        memory["changed"].clear()
        memory["left"].clear()
        told = {}
        partners = self.with_context(active_test=False)
        for partner in partners.browse(sorted(left)).exists():
            before = self.env["crm.territory.set"].browse(left[partner.id])
            author = self.env["res.users"].browse(changed[partner.id])
            for manager, territory in partner._losers(before.territory_ids, author):
                told.setdefault((manager, author), []).append((partner, territory))
        for (manager, author), losses in told.items():
            self._tell_of_leaving(manager, author, losses)
        if told:
            self.env.flush_all()

    def _losers(self, before, author):
        """Yield (manager, territory) of the territories that the partner has left by
        the hand of somebody who is not in their line.
        """
        now = self.territory_ids
        line_ids = author._territory_scope().line_ids
        for territory in before - now:
            if territory.id in line_ids or territory.plan_state != "active":
                continue
            managers = territory._nearest_managers() or territory.plan_id.user_id
            for manager in managers.filtered("active") - author:
                managed_ids = manager._territory_scope().managed_ids
                if not set(now.ids).intersection(managed_ids):
                    yield manager, territory

    @api.model
    def _tell_of_leaving(self, manager, author, losses):
        """One message: who moved which accounts, from where to where."""
        env = self.with_context(
            lang=manager.lang, allowed_company_ids=manager.company_ids.ids
        ).env
        lines = [
            Markup("<li>%s</li>")
            % env._(
                "%(account)s: from %(before)s to %(now)s",
                account=partner._get_html_link(title=partner.display_name),
                before=territory.complete_name,
                now=format_list(
                    env,
                    partner.territory_ids.with_env(env)
                    .with_user(manager)
                    ._filtered_access("read")
                    .mapped("complete_name"),
                )
                or env._("no territory"),
            )
            for partner, territory in losses[:_SHOWN]
        ]
        if len(losses) > _SHOWN:
            more = env._("and %s more", len(losses) - _SHOWN)
            lines.append(Markup("<li>%s</li>") % more)
        subject = env._(
            "%(user)s moved accounts out of your territories by their address",
            user=author.name,
        )
        self.env["mail.thread"].with_user(SUPERUSER_ID).message_notify(
            partner_ids=manager.partner_id.ids,
            subject=subject,
            body=Markup("<p>%s</p><ul>%s</ul>") % (subject, Markup().join(lines)),
        )


class BasePartnerMerge(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        """Merged, an account would give its leads to the territories of the other."""
        partners = self.env["res.partner"].browse(partner_ids).exists()
        if not self.env.su and partners._addresses_are_lines():
            for partner in partners._of_other_lines():
                raise partner._make_line_error()
        return super()._merge(partner_ids, dst_partner, extra_checks)
