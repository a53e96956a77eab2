"""Who may have got leads: a slow reading of 3.11 of ``docs/design.md``.

Which of several equal members gets a lead is not told here, but who may, that nobody
gets more than there is room for, and that none waits while somebody is free.
"""

from collections import defaultdict
from dataclasses import dataclass

GIVING = {"manager", "round_robin", "least_loaded", "weighted"}


@dataclass
class Lead:
    """A lead as it is stored."""

    id: int
    user_id: int
    company_id: int
    territory_id: int
    territory_ids: frozenset
    is_open: bool
    waits: bool  # nobody has it, and nobody said that it should be so, or locked it
    declined: frozenset


def read_leads(leads):
    return {
        lead.id: Lead(
            lead.id,
            lead.user_id.id,
            lead.company_id.id,
            lead.territory_id.id,
            frozenset(lead.territory_set_id.territory_ids.ids),
            lead.active and lead.won_status == "pending",
            not lead.user_id
            and not lead.territory_owner_state
            and not lead.territory_is_locked,
            frozenset(lead.territory_declined_user_ids.ids),
        )
        for lead in leads.sudo()
    }


class Owners:
    """The members and policies as they are when it is made.

    :param oracle: assignment.Oracle, of the same moment
    """

    def __init__(self, env, oracle):
        self.env = env(su=True, context=dict(env.context, active_test=False))
        self.today_of = {
            territory: plan.today for plan in oracle.plans for territory in plan.nodes
        }
        self.active = {
            territory
            for plan in oracle.plans
            if plan.is_active
            for territory, node in plan.nodes.items()
            if not node.is_archived
        }
        self.line_of = {
            id_: [above.id for above in node.line] for id_, node in oracle.nodes.items()
        }
        territories = self.env["crm.territory"].browse(oracle.nodes)
        self.policy_of = {t.id: t.owner_policy for t in territories}
        self.members_of = defaultdict(list)
        for member in territories.member_ids:
            today = self.today_of[member.territory_id.id]
            if (
                member.user_id.active
                and (not member.date_start or member.date_start <= today)
                and (not member.date_end or today <= member.date_end)
            ):
                self.members_of[member.territory_id.id].append(member)

    def pool(self, territory, company_id):
        """The members who may get the leads of a company in a territory."""
        if territory not in self.active:
            return []
        home, policy = self._policy(territory)
        if policy not in GIVING:
            return []
        for above in self.line_of[territory]:
            found = [
                member
                for member in self.members_of[above]
                if (member.is_manager or policy != "manager")
                and (not company_id or company_id in member.user_id.company_ids.ids)
            ]
            if found:
                return found
            if above == home and policy != "manager":
                break
        return []

    def _policy(self, territory):
        """Where the policy of a territory is set, and which it is."""
        for above in self.line_of[territory]:
            if self.policy_of[above] != "above":
                return above, self.policy_of[above]
        return None, "none"

    def loads(self, leads):
        """{member id: how many open leads he owns in his territory and below}."""
        loads = defaultdict(int)
        for lead in leads:
            for above in self.line_of.get(lead.territory_id, ()):
                for member in self.members_of[above]:
                    loads[member.id] += (
                        lead.is_open and member.user_id.id == lead.user_id
                    )
        return loads

    def faults(self, before, after, by_hand, is_still):
        """What may not be, in words; who waits aside.

        :param before, after: {lead id: Lead}
        :param by_hand: ids of leads whose owner a person chose in between
        :param is_still: nobody changed members or policies in between
        """
        given = []
        for lead in after.values():
            old = before.get(lead.id)
            if lead.id in by_hand or lead.user_id == (old.user_id if old else False):
                continue
            given.append(lead)
            if old and old.user_id:
                yield f"{old} was taken away: {lead}"
            if is_still and lead.is_open and not self._may_have(lead):
                yield f"{lead} went to who may not have it"
        if is_still:
            loads = self.loads(after.values())
            yield from self._overloaded(given, loads, after, by_hand)

    def waiting(self, leads):
        """Who waits in vain, in words.

        :param leads: {lead id: Lead}
        """
        loads = self.loads(leads.values())
        for lead in leads.values():
            if lead.is_open and lead.waits:
                for member in self.pool(lead.territory_id, lead.company_id):
                    is_free = not member.capacity or loads[member.id] < member.capacity
                    if is_free and member.user_id.id not in lead.declined:
                        yield (
                            f"{lead} waits, while {member} of user {member.user_id.id}"
                            f" has {loads[member.id]} of {member.capacity}"
                        )

    def _may_have(self, lead):
        return any(
            lead.user_id == member.user_id.id
            for territory in lead.territory_ids
            for member in self.pool(territory, lead.company_id)
        )

    def _overloaded(self, given, loads, after, by_hand):
        for lead in given:
            for member in self.pool(lead.territory_id, lead.company_id):
                owned_by_hand = sum(
                    after[id_].user_id == member.user_id.id
                    for id_ in by_hand
                    if id_ in after
                )
                if (
                    member.user_id.id == lead.user_id
                    and member.capacity
                    and loads[member.id] - owned_by_hand > member.capacity
                ):
                    yield f"{lead} is more than {member} has room for"
