"""What else to know of a record's territories, and what to do if it has none."""

from odoo.tools import SQL

from ..engine.codes import AREA


class Advice:
    """Of one record.

    :param Explanation explanation: of the record
    """

    def __init__(self, explanation):
        self._explained = explanation
        self.env = explanation.env
        self.record = explanation.record

    def notes(self):
        """Sentences on how the record is judged."""
        decision, env = self._explained.decision, self.env
        if not decision:
            if self._explained.plan:
                return [env._("The plan does not cover the company of this record.")]
            return [env._("No active plan covers this record: it keeps what it has.")]
        if self._explained.is_ours:
            return [
                env._("A colleague or one of our own companies: no territory takes it.")
            ]
        if self._explained.plan:
            return []
        found = []
        if decision.matched.is_locked:
            found.append(
                env._("It is locked: its territories and salesperson stay as they are.")
            )
        elif decision.matched.is_closed:
            found.append(
                env._("It is closed, and keeps the territories that it closed in.")
            )
        elif decision.differs:
            found.append(
                env._(
                    "The criteria have changed since it was judged: run the assignment"
                    " to bring it where they say."
                )
            )
        return found

    def advice(self):
        """What to do so that the record is in a territory: sentences, the first thing
        to do first.
        """
        explained = self._explained
        if not explained.decision or explained.trace.territories or explained.is_ours:
            return []
        if explained.decision.matched.is_locked and not explained.plan:
            return [self.env._("Unlock it to let the rules assign it.")]
        return [*self._of_place(), *self._of_rules()] or [
            self.env._("Put it in by hand, or add a rule that takes it.")
        ]

    # -- where

    def _of_place(self):
        """What the address lacks, or what no area covers."""
        env, explained = self.env, self._explained
        if not any(node.has_areas for node in self._nodes()):
            return
        record = explained.address
        if not record.has_access("read"):
            yield env._(
                "The address of its account counts, which you do not see: ask whoever"
                " sees it."
            )
            return
        country, code = record.country_id, record.place_code
        if not country:
            yield env._("It has no country: write its address.")
            return
        here, everywhere = self._coverage(record)
        if here:
            return
        if everywhere:
            yield env._(
                "Of %(country)s the territories cover some places only, and not"
                " %(place)s: widen an area, or add one.",
                country=country.name,
                place=self._place(record) or code,
            )
        else:
            yield env._("No territory covers %s: add an area to one.", country.name)

    def _place(self, record):
        words = (record.zip, record.city, record.state_id.name)
        return " ".join(filter(None, words)) or self.env._(
            "an address without ZIP code"
        )

    def _nodes(self):
        tree = self._explained.tree
        judged = self._explained.trace.judged(tree.nodes)
        return [tree.nodes[id_] for id_ in judged]

    def _coverage(self, record):
        """Whether an area of the plans holds the record, and whether one lies in its
        country. 1 query.
        """
        explained = self._explained
        if explained.trace.matches[AREA]:
            return True, True
        [[is_covered]] = self.env.execute_query(
            SQL(
                """
                SELECT EXISTS (
                    SELECT FROM crm_territory_area_place AS place
                      JOIN crm_territory_area AS area ON area.id = place.area_id
                     WHERE area.plan_id = ANY(%s) AND left(place.prefix, 2) = %s)
                """,
                list(explained.plan_ids),
                (record.place_code or record.country_id.code or "")[:2],
            )
        )
        return False, is_covered

    # -- which

    def _of_rules(self):
        """What rules stop working, and whether there are any for such records."""
        env, explained = self.env, self._explained
        kinds = (
            {explained.trace.kind, "account"}
            if explained.account
            else {explained.trace.kind}
        )
        nodes = self._nodes()
        if not any(node.has_criteria(kind) for node in nodes for kind in kinds):
            yield env._(
                "The plan has no areas, and no rules for such records: add some."
            )
        broken = self._broken(nodes)
        if broken:
            yield env._("Repair the rules that are disabled: %s.", ", ".join(broken))

    def _broken(self, nodes):
        ids = [id_ for node in nodes for ids in node.rules.values() for id_ in ids]
        rules = self.env["crm.territory.rule"].sudo().browse(ids)
        return rules.filtered("error")[:5].mapped("name")
