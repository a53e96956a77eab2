"""What is changed in the screen of a tree: as its user may, or not at all."""

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command

# what is changed of a territory in the tree, and what its user knew before
_TYPES = {
    "name": str,
    "code": str,
    "type_id": int,
    "parent_id": int,
    "sequence": int,
    "active": bool,
}


class OutlineChanges:
    """Of one plan. Each change tells what its user saw before it: what is something
    else by now is left alone, so nobody overwrites what he has not seen.

    :param plan: in the environment of who changes it
    """

    def __init__(self, plan):
        plan.ensure_one().check_access("read")
        self.plan = plan
        self.env = plan.env
        self.territories = self.env["crm.territory"].with_context(active_test=False)

    def apply(self, changes):
        """See `crm.territory.plan.change_tree`.

        :return: the ids of the territories, in the order of the changes
        """
        if self.plan.state == "archived":
            raise UserError(
                self.env._(
                    "“%s” is archived: its tree stays as it was. To change it, set the"
                    " plan back to draft.",
                    self.plan.name,
                )
            )
        return [self._apply(change) for change in self._checked(changes)]

    # -- what a client sends

    def _checked(self, changes):
        if type(changes) is not list or not all(map(self._is_change, changes)):
            raise UserError(self.env._("This is no change of a tree."))
        return changes

    @classmethod
    def _is_change(cls, change):
        if type(change) is not dict:
            return False
        before, after = change.get("before"), change.get("after")
        sides = [side for side in (before, after) if side is not None]
        users = [change.get(name, []) for name in ("added", "removed")]
        return (
            (type(change.get("id")) is int or before is None)
            and bool(sides)
            and all(map(cls._are_values, sides))
            and all(type(ids) is list for ids in users)
            and all(type(id_) is int for ids in users for id_ in ids)
        )

    @staticmethod
    def _are_values(values):
        return type(values) is dict and all(
            name in _TYPES and (value is False or type(value) is _TYPES[name])
            for name, value in values.items()
        )

    # -- one change

    def _apply(self, change):
        if change.get("before") is None:
            return self._create(change["after"])
        territory = self._known(change["id"], change["before"])
        if change.get("after") is None:
            return self._delete(territory)
        self._check_place(change["after"])
        if change["after"]:
            territory.write(change["after"])
        self._add_members(territory, change.get("added", ()))
        self._remove_members(territory, change.get("removed", ()))
        return territory.id

    def _create(self, values):
        self._check_place(values)
        return self.territories.create({**values, "plan_id": self.plan.id}).id

    def _delete(self, territory):
        """Only what nothing would be lost with: all else is archived."""
        lines = ("child_ids", "member_ids", "area_ids", "rule_ids", "override_ids")
        if any(territory[name] for name in lines):
            raise UserError(
                self.env._(
                    "“%s” has members, criteria or territories below it: archive it"
                    " instead.",
                    territory.complete_name,
                )
            )
        territory.unlink()
        return territory.id

    # -- what its user saw

    def _of_plan(self, territory_id, is_active=True):
        territory = self.territories.search(
            [("id", "=", territory_id), ("plan_id", "=", self.plan.id)]
        )
        if not territory or is_active and not territory.active:
            raise UserError(
                self.env._(
                    "A territory is not there any more: somebody has archived or"
                    " deleted it. Look at the tree, and try again."
                )
            )
        return territory

    def _check_place(self, values):
        """What it shall lie below is there."""
        if values.get("parent_id"):
            self._of_plan(values["parent_id"])

    def _known(self, territory_id, before):
        """The territory, if all is as its user saw it.

        :raise UserError: somebody has changed it meanwhile
        """
        territory = self._of_plan(territory_id, is_active="active" not in before)
        for name in before:
            field = territory._fields[name]
            now = territory[name].id if field.relational else territory[name]
            if (now or False) != (before[name] or False):
                raise UserError(
                    self.env._(
                        "“%(territory)s” was changed meanwhile: %(field)s is now"
                        " “%(now)s”. Look at it, and try again.",
                        territory=territory.complete_name,
                        field=field._description_string(self.env),
                        now=territory._audit_words(name),
                    )
                )
        return territory

    # -- members

    def _add_members(self, territory, user_ids):
        if user_ids:
            territory.write(
                {"member_ids": [Command.create({"user_id": id_}) for id_ in user_ids]}
            )

    def _remove_members(self, territory, user_ids):
        """Take back that users were added: those about whom nothing else was said."""
        for member in territory.member_ids.filtered(
            lambda member: member.user_id.id in user_ids
        ):
            if member.is_manager or member.role_id or member.date_end:
                raise AccessError(
                    self.env._(
                        "%(user)s is more than a plain member of “%(territory)s” by"
                        " now: open the territory to change that.",
                        user=member.user_id.sudo().name,
                        territory=territory.complete_name,
                    )
                )
            member.unlink()
