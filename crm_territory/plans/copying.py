"""A copy of a plan."""


class TreeCopy:
    """What is in a plan, put into another: the tree with members, geography and rules,
    and the decisions by hand that hold.

    :param plan: in the environment of who copies it
    :param copied: the other plan, which is empty
    """

    def __init__(self, plan, copied):
        self.plan = plan
        self.copied = copied
        self.env = plan.env
        self._twins = {}  # {territory id: its copy}

    def make(self):
        """Create all of it. Queries grow with the depth of the tree only."""
        self._copy_territories()
        self._copy_overrides()

    def _copy_territories(self):
        """Level by level."""
        quiet = (
            self.env["crm.territory"]
            ._as_engine("lineage", "error", "lang")
            .with_context(
                active_test=False, mail_create_nolog=True, tracking_disable=True
            )
        )
        territories = self.plan.with_env(quiet.env).territory_ids
        for _depth, level in sorted(territories.grouped("depth").items()):
            values = [
                self._values(territory, values)
                for territory, values in zip(level, level.copy_data(), strict=True)
            ]
            self._twins.update(zip(level.ids, quiet.create(values), strict=True))

    def _values(self, territory, values):
        parent = territory.parent_id
        return dict(
            values,
            name=territory.name,
            code=territory.code,
            active=territory.active,
            lineage=territory.lineage,
            plan_id=self.copied.id,
            parent_id=self._twins[parent.id].id if parent else False,
        )

    def _copy_overrides(self):
        """With reason, author and end."""
        overrides = self.env["crm.territory.override"].sudo()
        live = overrides.search(
            [("territory_id", "in", list(self._twins)), ("is_expired", "=", False)]
        )
        overrides.create(
            [
                {
                    "territory_id": self._twins[override.territory_id.id].id,
                    "partner_id": override.partner_id.id,
                    "lead_id": override.lead_id.id,
                    "decision": override.decision,
                    "reason": override.reason,
                    "date_end": override.date_end,
                    "user_id": override.user_id.id,
                }
                for override in live
            ]
        )
