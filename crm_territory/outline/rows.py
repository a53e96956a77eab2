"""What the screen of a tree shows: the rows, each with what there is beside it."""

from collections import Counter, defaultdict

from .criteria import CriteriaSummaries

# the kind of a finding that is a gap; all others are conflicts
_GAP = "2_gap"
_GOOD_TO_KNOW = "3_know"
# what is read of territories and members
_SHOWN = (
    "plan_id",
    "company_id",
    "parent_id",
    "parent_path",
    "sequence",
    "name",
    "complete_name",
    "code",
    "type_id",
)
_OF_MEMBERS = (
    "plan_id",
    "territory_id",
    "user_id",
    "is_manager",
    "date_start",
    "date_end",
)


class Outline:
    """The territories of a plan, for who looks at them.

    :param plan: in his environment
    :raise AccessError: he may not read it
    """

    def __init__(self, plan):
        plan.ensure_one().check_access("read")
        self.plan = plan
        self.env = plan.env
        is_open = plan.state != "archived"
        territories = self.env["crm.territory"]
        self.can_edit = (
            is_open and plan.has_access("write") and territories.has_access("create")
        )
        self.territories = territories.search_fetch([("plan_id", "=", plan.id)], _SHOWN)
        self._manned = is_open and frozenset(
            self.territories._filtered_access("write").ids
        )

    def for_client(self):
        """See `crm.territory.plan.get_tree`. About 20 queries, however many rows."""
        self._criteria = CriteriaSummaries(self.plan)
        self._members = self._read_members()
        self._findings, looked_at = self._read_findings()
        return {
            "plan": {
                "id": self.plan.id,
                "name": self.plan.name,
                "state": self.plan.state,
                "can_edit": self.can_edit,
                "sees_findings": self.plan.user_sees_findings,
                "looked_at": looked_at,
            },
            "types": self._types(),
            "rows": [self._row(*place) for place in self._depth_first()],
        }

    def _depth_first(self):
        """Yield (territory, level); what the reader sees no parent of is at the top."""
        seen = set(self.territories.ids)
        below = defaultdict(list)
        for territory in self.territories:
            parent_id = territory.parent_id.id
            below[parent_id if parent_id in seen else False].append(territory)
        todo = [(territory, 0) for territory in reversed(below[False])]
        while todo:
            territory, level = todo.pop()
            yield territory, level
            todo += [(each, level + 1) for each in reversed(below[territory.id])]

    def _row(self, territory, level):
        findings = self._findings[territory.id]
        return {
            "id": territory.id,
            "parent_id": territory.parent_id.id if level else False,
            "level": level,
            "sequence": territory.sequence,
            "name": territory.name,
            "path": territory.complete_name,
            "code": territory.code or "",
            "type_id": territory.type_id.id,
            "members": self._members[territory.id],
            "criteria": self._criteria.of(territory.id),
            "accounts": territory.account_count,
            "leads": territory.lead_count,
            "opportunities": territory.opportunity_count,
            "gaps": findings[_GAP],
            "conflicts": findings.total() - findings[_GAP],
            "can_add_members": bool(self._manned) and territory.id in self._manned,
        }

    def _types(self):
        """Those that a territory of the plan can have, and those that some have."""
        types = self.env["crm.territory.type"]
        domain = [("company_id", "in", [False, self.plan.company_id.id])]
        found = types.search_fetch(
            domain, ["name"]
        ) | self.territories.type_id._filtered_access("read")
        return [{"id": each.id, "name": each.name} for each in found]

    def _read_members(self):
        """{territory id: those of today, managers first}"""
        members = self.env["crm.territory.member"].search_fetch(
            [("plan_id", "=", self.plan.id)], _OF_MEMBERS
        )
        found = defaultdict(list)
        for member in members.filtered("is_current"):
            found[member.territory_id.id].append(
                {
                    "user_id": member.user_id.id,
                    "name": member.user_id.sudo().name,
                    "is_manager": member.is_manager,
                }
            )
        return found

    def _read_findings(self):
        """What the reader found when he looked last, here and below: ({territory id:
        Counter by kind}, when that was).
        """
        findings = self.env["crm.territory.finding"].search(
            [("plan_id", "=", self.plan.id), ("create_uid", "=", self.env.uid)]
        )
        lines = {each.id: each._path_ids() for each in self.territories}
        counts = defaultdict(Counter)
        for finding in findings:
            if finding.severity == _GOOD_TO_KNOW:
                continue
            about = finding.territory_id | finding.other_id
            if finding.kind == _GAP:
                about |= finding.target_id
            line = {id_ for each in about for id_ in lines.get(each.id, ())}
            for id_ in line:
                counts[id_][finding.kind] += 1
        return counts, max(findings.mapped("create_date"), default=False)
