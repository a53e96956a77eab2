"""What territories take, in a few words each."""

from collections import defaultdict

from ..explanation.criteria_words import names_of, worded
from ..matching.criteria import MODEL_OF_OBJECT, parse_domain

# of a territory, so many areas and so many rules are told
_TOLD = 3
_OF_RULES = ("territory_id", "name", "applies_to", "domain", "error")


class CriteriaSummaries:
    """Of all territories of a plan: about 10 queries, whatever its size.

    :param plan: in the environment of who reads
    """

    def __init__(self, plan):
        self.env = plan.env
        self._of_plan = [("plan_id", "=", plan.id)]
        self._texts = defaultdict(list)
        self._read_areas()
        self._read_rules()

    def of(self, territory_id):
        """List of dict with ``text`` and ``is_broken`` (takes nothing); empty where it
        only groups others.
        """
        return self._texts.get(territory_id, [])

    def _add(self, territory_id, text, is_broken=False):
        self._texts[territory_id].append({"text": text, "is_broken": is_broken})

    def _add_rest(self, territory_id, count):
        if count > _TOLD:
            self._add(territory_id, self.env._("%s more", count - _TOLD))

    def _read_areas(self):
        areas = self.env["crm.territory.area"]
        ids = dict(areas._read_group(self._of_plan, ["territory_id"], ["id:array_agg"]))
        told = areas.browse(id_ for found in ids.values() for id_ in found[:_TOLD])
        for territory, found in ids.items():
            for area in told.browse(found[:_TOLD]).with_prefetch(told.ids):
                text = area.display_name
                self._add(territory.id, text, not area.is_understood)
            self._add_rest(territory.id, len(found))

    def _read_rules(self):
        rules = self.env["crm.territory.rule"].search_fetch(self._of_plan, _OF_RULES)
        domains = {rule: self._domain_of(rule) for rule in rules}
        known = names_of(
            self.env,
            [
                (MODEL_OF_OBJECT[rule.applies_to], domain)
                for rule, domain in domains.items()
                if domain
            ],
        )
        labels = dict(rules._fields["applies_to"]._description_selection(self.env))
        for territory, found in rules.grouped("territory_id").items():
            for rule in found[:_TOLD]:
                domain, text = domains[rule], rule.name
                if domain is not None and not domain.is_true():
                    criteria = worded(
                        self.env, MODEL_OF_OBJECT[rule.applies_to], domain, known
                    )
                    text = f"{labels[rule.applies_to]}: {criteria}"
                self._add(territory.id, text, bool(rule.error))
            self._add_rest(territory.id, len(found))

    def _domain_of(self, rule):
        """None: the criteria are no domain."""
        try:
            return parse_domain(self.env, rule.domain)
        except ValueError:
            return None
