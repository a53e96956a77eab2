"""The changes of criteria that a world makes: they act with the next run."""

from .pick import at, line


class Edits:
    """Methods of ``Play``; their arguments are what ``worlds.py`` drew."""

    def _add_rule(self, number, spec):
        self._make_rule(at(self.territories, number), spec)

    def _replace_rule(self, number, spec):
        rules = self.territories.rule_ids
        if rules:
            rule = at(rules, number)
            values = {"domain": repr(spec["domain"]), "applies_to": spec["applies_to"]}
            rule.write(values | {"is_anywhere": spec["is_anywhere"]})

    def _add_area(self, number, spec):
        territory = at(self.territories, number)
        for values in self._areas([spec], territory.area_ids):
            territory.write({"area_ids": [(0, 0, values)]})

    def _add_member(self, number, spec):
        territory = at(self.territories, number)
        if spec["user_id"] not in territory.member_ids.user_id.ids:
            territory.write({"member_ids": [(0, 0, self._member_values(spec))]})

    def _archive_rule(self, number, _other):
        rules = self.territories.rule_ids
        if rules:
            rule = at(rules, number)
            rule.active = not rule.active

    def _remove_rule(self, number, _other):
        rules = self.territories.rule_ids
        if rules:
            at(rules, number).unlink()

    def _remove_area(self, number, _other):
        areas = self.territories.area_ids
        if areas:
            at(areas, number).unlink()

    def _remove_members(self, number, _other):
        at(self.territories, number).member_ids.unlink()

    def _archive_territory(self, number, _other):
        territory = at(self.territories, number)
        territory.active = not territory.active

    def _delete_territory(self, number, _other):
        territory = at(self.territories, number)
        if len(self.territories) > 1 and not territory.child_ids:
            territory.unlink()
            self.territories = self.territories.exists()

    def _move_territory(self, number, other):
        territory, above = at(self.territories, number), at(self.territories, other)
        if territory.plan_id == above.plan_id and territory not in line(above):
            territory.parent_id = above

    def _resequence_territory(self, number, other):
        at(self.territories, number).sequence = other

    def _retype_territory(self, number, other):
        at(self.territories, number).type_id = at(self.types, other)

    def _reprioritise_type(self, number, other):
        at(self.types, number).priority = other % 8
