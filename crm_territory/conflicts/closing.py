"""How a gap is closed: by one more area."""

from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from .finding import GAP
from .kept import KeptFindings


class GapClosing:
    """Of one gap: its place becomes an area of the territory that was chosen, or of a
    new one.

    :param finding: record of `crm.territory.finding`, in the environment of who closes
        it
    :raise AccessError: he may not write it
    """

    def __init__(self, finding):
        finding.ensure_one().check_access("write")
        self.finding = finding
        self.env = finding.env
        self.plan = finding.plan_id.with_env(finding.env)

    def close(self):
        """Add the area, and look for gaps anew: the territory that has it.

        :raise AccessError: the conflicts of the plan are not for the user, or he may
            not add to it
        :raise UserError: no area can be added, or what lies above the territory would
            let nothing through
        """
        KeptFindings(self.plan).check_access()
        if not self.finding.country_id or self.plan.state == "archived":
            raise UserError(
                self.env._("Only an area of a plan that is no past one can be added.")
            )
        territory = self._add_area()
        key = self.finding.key
        place = self.finding.name or self.finding.country_id.name
        if key in KeptFindings(self.plan).look([GAP]).sudo().mapped("key"):
            raise UserError(
                self.env._(
                    "“%(territory)s” would not take it: what lies above it lets nothing"
                    " from %(place)s through. Choose another territory.",
                    territory=territory.complete_name,
                    place=place,
                )
            )
        return territory

    def _add_area(self):
        """The territory that has the area then."""
        area = {
            "country_id": self.finding.country_id.id,
            "state_id": self.finding.state_id.id,
            "zip_from": self.finding.zip_from,
        }
        target = self.finding.target_id
        self._check_target(target)
        if target.area_ids:
            self.env["crm.territory.area"].create({"territory_id": target.id, **area})
            return target
        return self.env["crm.territory"].create(
            {
                "name": self._free_name(target),
                "plan_id": self.plan.id,
                "parent_id": target.id,
                "type_id": self._type_below(target).id,
                "area_ids": [Command.create(area)],
            }
        )

    def _check_target(self, target):
        if target and target.plan_id != self.plan:
            raise UserError(
                self.env._(
                    "“%(territory)s” is of another plan than “%(plan)s”.",
                    territory=target.name,
                    plan=self.plan.name,
                )
            )
        if target.rule_ids and not target.area_ids:
            raise UserError(
                self.env._(
                    "“%s” takes its records wherever they are: an area would take the"
                    " others away from it. Choose another territory, or none.",
                    target.complete_name,
                )
            )

    # -- a new territory

    def _siblings(self, parent):
        of_plan = Domain("plan_id", "=", self.plan.id)
        return self.env["crm.territory"].search(
            of_plan & Domain("parent_id", "=", parent.id)
        )

    def _free_name(self, parent):
        taken = set(self._siblings(parent).mapped("name"))
        name, number = self.finding.name, 1
        while name in taken:
            number += 1
            name = f"{self.finding.name} ({number})"
        return name

    def _type_below(self, parent):
        """The type of those that are told apart by place, too."""
        siblings = self._siblings(parent).filtered("area_ids")
        return (siblings[:1] or parent).type_id
