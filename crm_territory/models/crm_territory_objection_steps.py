from odoo import api, fields, models
from odoo.exceptions import UserError


class CrmTerritoryObjection(models.Model):
    """The way of an objection: made by a member, who may withdraw it; accepted or
    declined by a planner.
    """

    _inherit = "crm.territory.objection"

    # -- made

    @api.model
    def _object(self, line, wished, reason):
        """Object to what a draft does with an account or area, as the user.

        :param line: crm.territory.preview.line that the user reads
        :param wished: crm.territory.preview in which it should be; empty: in no such
        :return: the objection
        """
        line.check_access("read")
        of_all = line.sudo()
        subject = {"partner_id": of_all.partner_id.id, "area_id": of_all.area_id.id}
        self._check_may_object(line, wished, subject)
        if not (reason or "").strip():
            raise UserError(
                self.env._("Say why: whoever plans the draft decides by that.")
            )
        objection = (
            self._without_defaults()
            .sudo()
            .create(
                {
                    **subject,
                    "kind": line.kind,
                    "plan_id": line.plan_id.id,
                    "territory_id": self._disputed(line, wished).id,
                    "wished_id": wished.id,
                    "reason": reason.strip(),
                    "user_id": self.env.uid,
                }
            )
        )
        objection._call_decider()
        return objection.sudo(self.env.su)

    @api.model
    def _check_may_object(self, line, wished, subject):
        if wished and (
            wished not in wished.search([("plan_id", "=", line.plan_id.id)])
            or wished == line.territory_id
        ):
            raise UserError(
                self.env._("Choose another one of your territories in this draft.")
            )
        if not wished and not line.territory_id:
            raise UserError(
                self.env._(
                    "“%s” is in none of your territories in this draft: choose the one"
                    " in which it should be.",
                    line.name,
                )
            )
        again = [("user_id", "=", self.env.uid), ("state", "=", "new")]
        again += [("plan_id", "=", line.plan_id.id)]
        again += [(name, "=", id_) for name, id_ in subject.items()]
        if self.sudo().search_count(again, limit=1):
            raise UserError(
                self.env._(
                    "You have objected about “%s” already: wait for the answer.",
                    line.name,
                )
            )

    @api.model
    def _disputed(self, line, wished):
        """The territory that it should not be in: with all rights, as the author may
        not know it. Of an account that leaves him, the one that has it instead of the
        one he wishes: of the same type, the credited one first.
        """
        territories = self.env["crm.territory"].sudo()
        if line.territory_id:
            return territories.browse(line.territory_id.id)
        move = line.sudo().move_id
        after = move.territory_after_id | move.set_after_id.territory_ids
        kind = territories.browse(wished.id).type_id
        alike = after.filtered(
            lambda t: t.plan_id.id == line.plan_id.id and t.type_id == kind
        )
        return alike[:1]

    def _call_decider(self):
        """Let it be an activity of whoever shared the draft."""
        self._call(self.plan_id.comment_by_id)

    def _words_of_call(self):
        return self.env._("Answer an objection"), self.env._(
            "%(user)s objects to “%(plan)s”: %(reason)s",
            user=self.user_id.name,
            plan=self.plan_id.name,
            reason=self.reason,
        )

    # -- answered

    def action_accept(self):
        """Make what is wished a change of the draft, in the name of who accepts."""
        for objection in self:
            objection._check_may_answer()
            objection._close("accepted")
            objection._carry_out()
            objection._tell_author()
        return True

    def action_decline(self):
        """Leave the draft as it is; the author is told the answer."""
        for objection in self:
            objection._check_may_answer()
            if not (objection.answer or "").strip():
                raise UserError(
                    self.env._("Write an answer first: the author is told why.")
                )
            objection._close("declined")
            objection._tell_author()
        return True

    @api.readonly
    def action_open_record(self):
        """Open the account, or the territory of the area, if the user may see it."""
        self.ensure_one()
        self.check_access("read")
        objection = self.sudo()
        record = objection.partner_id or objection.area_id.territory_id
        record = record.with_env(self.env)
        record.check_access("read")
        return self.env["crm.territory.report.mixin"]._action_record(record)

    def _check_may_answer(self):
        """
        :raise AccessError: the user may not write the plan
        :raise UserError: it is answered, or the plan is no draft any more
        """
        self.ensure_one()
        self.check_access("read")
        self.plan_id.check_access("write")
        self._check_open()
        if self.plan_id.state != "draft":
            raise UserError(
                self.env._(
                    "“%s” is no draft any more: objections to it are not answered."
                    " The author can request the record instead.",
                    self.plan_id.name,
                )
            )

    def _check_open(self):
        if self.state != "new":
            labels = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "This objection is answered already: %(state)s.",
                    state=labels[self.state],
                )
            )

    def _check_wished(self):
        for objection in self.sudo():
            wished = objection.wished_id
            if wished and wished.plan_id != objection.plan_id:
                raise UserError(
                    self.env._(
                        "“%(territory)s” is of another plan than “%(plan)s”.",
                        territory=wished.sudo(False).name,
                        plan=objection.plan_id.name,
                    )
                )

    def _close(self, state):
        objection = self.sudo()
        objection.write(
            {
                "state": state,
                "decider_id": state != "withdrawn" and self.env.uid,
                "decision_date": fields.Datetime.now(),
            }
        )
        # who answers at the same time comes too late
        objection.flush_recordset()
        objection._done_with()

    def _tell_author(self):
        author = self.user_id
        objection = self.sudo().with_context(lang=author.lang)
        words = {
            "decider": objection.decider_id.name,
            "objection": objection.display_name,
            "answer": objection.answer or "",
        }
        objection.message_post(
            body=objection.env._(
                "%(decider)s accepted: %(objection)s. %(answer)s", **words
            )
            if objection.state == "accepted"
            else objection.env._(
                "%(decider)s declined: %(objection)s. %(answer)s", **words
            ),
            partner_ids=author.filtered("active").partner_id.ids,
        )

    # -- carried out

    def _carry_out(self):
        """With the rights of who accepts.

        :raise UserError: it cannot be done any more, or is not told where to
        """
        if self.wished_id and not self.wished_id.active:
            raise UserError(
                self.env._(
                    "“%s” is archived: choose another territory.", self.wished_id.name
                )
            )
        if self.kind == "area":
            self._move_area()
        else:
            self._decide_account()

    def _move_area(self):
        of_all = self.sudo()
        area = of_all.area_id.with_env(self.env)
        if not area or area.territory_id != of_all.territory_id:
            raise UserError(
                self.env._(
                    "The area is in another territory by now, or deleted: decline, and"
                    " say so."
                )
            )
        if not self.wished_id or self.wished_id == area.territory_id:
            raise UserError(
                self.env._("Choose the territory that the area is to be put into.")
            )
        area.territory_id = self.wished_id

    def _decide_account(self):
        of_all = self.sudo()
        account = of_all.partner_id.with_env(self.env)
        if not account or not account.has_access("read"):
            raise UserError(
                self.env._(
                    "The account is deleted, or you may not see it: somebody who does"
                    " accepts the objection."
                )
            )
        left = of_all.territory_id.with_env(self.env)
        if not self.wished_id and not left:
            raise UserError(
                self.env._("Choose the territory that the account is to be put into.")
            )
        reason = self.env._(
            "Objection of %(user)s: %(reason)s. Accepted by %(decider)s.",
            user=self.user_id.name or self.env._("a former user"),
            reason=" ".join(self.reason.split()).rstrip("."),
            decider=self.env.user.name,
        )
        overrides = self.env["crm.territory.override"]
        for territory, decision in ((left, "out"), (self.wished_id, "in")):
            if territory:
                overrides._decide(account, territory, decision, reason)
