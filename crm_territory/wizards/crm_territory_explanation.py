from contextlib import nullcontext

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tools import SQL

from ..access_layers import BLOCKED, GROUP, PASSED, TERRITORY, Layers, as_user, may
from ..supposition import a_membership, a_move, another_plan, supposed

# so many records that two users do not both see are shown, of each side
_SHOWN = 100


class CrmTerritoryExplanation(models.TransientModel):
    """Why a user sees a record or not, layer by layer; what two users do not both see;
    and what either would be if something were changed, which is not saved.

    Sales administrators ask about all that they see, managers of territories about the
    records and the members of their line.
    """

    _name = "crm.territory.explanation"
    _description = "Explained Access"
    _inherit = ["crm.territory.asked.mixin"]

    user_id = fields.Many2one("res.users", domain=[("share", "=", False)])
    operation = fields.Selection(
        [("read", "See it"), ("write", "Change it"), ("unlink", "Delete it")],
        string="May the User",
        default="read",
        required=True,
    )
    objects = fields.Selection(
        [
            ("crm.lead", "All leads and opportunities"),
            ("res.partner", "All accounts"),
        ],
        string="Records",
        default="crm.lead",
        required=True,
    )
    compare = fields.Selection(
        [
            ("nothing", "Nothing"),
            ("user", "Another user"),
            ("member", "What if the user were a member of…"),
            ("move", "What if a territory lay elsewhere"),
            ("plan", "What if another plan were active"),
        ],
        string="Compare With",
        default="nothing",
        required=True,
    )
    other_id = fields.Many2one(
        "res.users", "Other User", domain=[("share", "=", False)]
    )
    territory_id = fields.Many2one(
        "crm.territory", domain=[("plan_id.state", "=", "active")]
    )
    is_manager = fields.Boolean("As Manager")
    parent_id = fields.Many2one(
        "crm.territory",
        "Below",
        domain=[("plan_id.state", "=", "active")],
        help="Empty: at the top.",
    )
    plan_id = fields.Many2one("crm.territory.plan", domain=[("state", "!=", "active")])
    verdict = fields.Text(readonly=True)
    line_ids = fields.One2many(
        "crm.territory.explanation.line", "explanation_id", readonly=True
    )
    difference_ids = fields.One2many(
        "crm.territory.explanation.difference", "explanation_id", readonly=True
    )

    def _action_ask(self, **values):
        asked = self.create({name: value for name, value in values.items() if value})
        return asked._action_show()

    def _action_show(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Explain Access"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_explain(self):
        """Answer, and show the answer."""
        self.ensure_one()
        self._check_complete()
        self._check_may_ask()
        answer = self._explain() if self._record() else self._find_differences()
        answered = self.sudo()
        answered.line_ids.unlink()
        answered.difference_ids.unlink()
        answered.write(answer)
        return self._action_show()

    # -- who may ask

    def _managed_ids(self):
        """What the user manages, of what shares."""
        scope = self.env.user._territory_scope()
        return list({*scope.managed_ids} & {*scope.live_ids})

    def _is_everybodys(self):
        return self.env.user.has_group("sales_team.group_sale_manager")

    def _may_ask_of_record(self, record):
        """Whether the user may ask about a record that the user may read."""
        if self._is_everybodys():
            return True
        managed = set(self._managed_ids())
        territories = record.sudo().territory_set_id.territory_ids
        return not managed.isdisjoint(territories.ids)

    def _check_may_ask(self):
        """Raise an AccessError unless this user may ask this."""
        record = self._record()
        record.check_access("read")
        if self._is_everybodys():
            return
        managed = self._managed_ids()
        if not managed or (record and not self._may_ask_of_record(record)):
            raise AccessError(
                self.env._(
                    "Sales administrators ask this, and managers of territories about"
                    " the records and members of these."
                )
            )
        self._check_of_line(managed)

    def _check_of_line(self, managed):
        """The manager of territories asks about members of these, and supposes what
        such a manager can do.
        """
        joins = self.compare == "member"
        if self.compare in ("move", "plan") or (
            joins and self.territory_id.id not in managed
        ):
            raise AccessError(
                self.env._("Only a sales administrator can do what you suppose.")
            )
        users = self.other_id if self.compare == "user" else self.other_id.browse()
        if not joins:
            users |= self.user_id
        members = (
            self.env["crm.territory.member"]
            .sudo()
            .search([("territory_id", "in", managed), ("user_id", "in", users.ids)])
        )
        for user in users - members.user_id - self.env.user:
            raise AccessError(
                self.env._("%s is no member of a territory of yours.", user.name)
            )

    def _check_complete(self):
        wanted = {
            "user": self.other_id,
            "member": self.territory_id,
            "move": self.territory_id,
            "plan": self.plan_id,
        }.get(self.compare, True)
        if not self.user_id or not wanted:
            raise UserError(
                self.env._("Choose the user, and what is to be compared, first.")
            )
        if self.compare == "nothing" and not self._record():
            raise UserError(
                self.env._("Choose what to compare all records of the user with.")
            )
        if self.compare == "plan" and not self._record():
            raise UserError(
                self.env._(
                    "What another plan would do is told of one record: open this from"
                    " an account or a lead. For all, simulate a run of the plan."
                )
            )
        if self.compare == "move":
            self._check_move()

    def _check_move(self):
        territory, parent = self.territory_id, self.parent_id
        if parent and parent.plan_id != territory.plan_id:
            raise UserError(
                self.env._(
                    "“%(parent)s” is of another plan than “%(territory)s”.",
                    parent=parent.complete_name,
                    territory=territory.complete_name,
                )
            )
        territory._check_parent({"parent_id": parent.id, "plan_id": parent.plan_id.id})

    # -- answers

    def _supposed(self):
        """Within it, what is supposed is so. Another user supposes nothing."""
        if self.compare == "member":
            found = a_membership(self.territory_id, self.user_id, self.is_manager)
        elif self.compare == "move":
            found = a_move(self.territory_id, self.parent_id)
        elif self.compare == "plan":
            found = another_plan(self.plan_id, self._record())
        else:
            return nullcontext()
        return supposed(self.env, *found)

    def _second_user(self):
        return self.other_id if self.compare == "user" else self.user_id

    def _names(self):
        """What the two that are compared are called."""
        first = self.user_id.name
        if self.compare == "user":
            return first, self.other_id.name
        return self.env._("%s now", first), self.env._("%s then", first)

    def _explain(self):
        """The layers of one record: values of the explanation."""
        record, operation, user = self._record(), self.operation, self.user_id
        first = Layers(record, operation).of(user)
        if self.compare == "nothing":
            return {
                "verdict": self._verdict(user.name, first),
                "line_ids": [
                    Command.create(self._line(layer, None)) for layer in first
                ],
            }
        second_user, names = self._second_user(), self._names()
        with self._supposed():
            second = Layers(record, operation).of(second_user)
        verdicts = map(self._verdict, names, (first, second))
        return {
            "verdict": "\n".join(verdicts),
            "line_ids": [
                Command.create(self._line(*pair)) for pair in _paired(first, second)
            ],
        }

    @staticmethod
    def _line(layer, other):
        told = layer or other
        return {
            "kind": told.kind,
            "name": told.name,
            "verdict": layer and layer.verdict,
            "words": layer and layer.words,
            "other_verdict": other and other.verdict,
            "other_words": other and other.words,
            "differs": (layer and layer.verdict) != (other and other.verdict),
        }

    def _verdict(self, name, layers):
        """In a sentence whether the layers let the user in, and why."""
        if may(layers):
            why = [
                layer.name
                for layer in layers
                if layer.kind == TERRITORY and layer.verdict == PASSED
            ]
            if why:
                return self.env._(
                    "%(user)s: yes. %(why)s.", user=name, why="; ".join(why)
                )
            return self.env._("%s: yes. Not limited by territories.", name)
        why = [
            layer.name
            for layer in layers
            if layer.verdict == BLOCKED and layer.kind not in (GROUP, TERRITORY)
        ] or [self.env._("None of the rules of the user's groups lets it pass")]
        return self.env._("%(user)s: no. %(why)s.", user=name, why="; ".join(why))

    # -- all records

    def _find_differences(self):
        """What only one of both sees, of what the one who asks sees now, too."""
        model = self.env[self.objects]
        asker, first = self._seen_by_asker(model), self._seen_by(model, self.user_id)
        with self._supposed():
            second = self._seen_by(model, self._second_user())
            found = {
                "first": self._count_and_ids(first, second, asker),
                "second": self._count_and_ids(second, first, asker),
            }
        names = dict(zip(("first", "second"), self._names(), strict=True))
        column = "lead_id" if self.objects == "crm.lead" else "partner_id"
        return {
            "verdict": "\n".join(
                self.env._(
                    "Only %(user)s: %(count)s", user=names[side], count=f"{count:,}"
                )
                for side, (count, _ids) in found.items()
            ),
            "difference_ids": [
                Command.create({column: id_, "side": side, "who": names[side]})
                for side, (_count, ids) in found.items()
                for id_ in ids
            ],
        }

    def _objects_domain(self, model):
        return model._account_domain() if model._name == "res.partner" else []

    def _seen_by(self, model, user):
        """The ids of what a user sees: SQL."""
        model = as_user(model, user).with_context(active_test=True)
        if not model.has_access("read"):
            return SQL("SELECT NULL::int4 WHERE FALSE")
        return model._search(self._objects_domain(model)).select()

    def _seen_by_asker(self, model):
        """The ids of what the one who asks sees, and may ask about: SQL. It is found
        before anything is supposed, which might let that one see more.
        """
        query = model._search(self._objects_domain(model))
        if not self._is_everybodys():
            sets = self.env["crm.territory.set"]._ids_with_any(self._managed_ids())
            query = model._search(
                [("id", "in", query), ("territory_set_id", "in", sets)]
            )
        return query.select()

    def _count_and_ids(self, one, other, asker):
        """How many the one sees and the other does not, and the first of them."""
        [(count, ids)] = self.env.execute_query(
            SQL(
                """
                SELECT count(*), (array_agg(id ORDER BY id DESC))[1:%s]
                  FROM (((%s) EXCEPT (%s)) INTERSECT (%s)) AS found(id)
                """,
                _SHOWN,
                one,
                other,
                asker,
            )
        )
        return count, ids or []


def _paired(first, second):
    """Pairs of the layers of two users that ask the same; None where one has none."""
    others = {layer.key: layer for layer in second}
    pairs = [(layer, others.pop(layer.key, None)) for layer in first]
    pairs += [(None, layer) for layer in others.values()]
    kinds = ("right", "global", "group", TERRITORY, "other")
    return sorted(pairs, key=lambda pair: kinds.index((pair[0] or pair[1]).kind))
