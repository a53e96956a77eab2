from odoo import api, models


class CrmTerritoryViewersMixin(models.AbstractModel):
    """Who sees a record, in words: a second reading of the record rules."""

    _name = "crm.territory.viewers.mixin"
    _description = "Tells Who Sees It"

    def _territory_viewers(self):
        """The users who see the record.

        :return: list of (user, list of reasons, whether the user may change it), most
            telling first
        """
        self.ensure_one()
        found = {}
        for user, reason, can_write in self._viewing_reasons():
            reasons, writes = found.setdefault(user, ([], False))
            if reason not in reasons:
                reasons.append(reason)
            found[user] = (reasons, writes or can_write)
        company = self.company_id
        return [
            (user, reasons, can_write)
            for user, (reasons, can_write) in found.items()
            if user.active and (not company or company in user.company_ids)
        ]

    def _viewing_reasons(self):
        """Yield (user, reason, whether it lets write); a user may come again."""
        raise NotImplementedError

    @api.model
    def _salespeople(self):
        """Users with own documents only, users with all, administrators of sales."""
        groups = [
            self.env.ref(f"sales_team.{name}").all_user_ids
            for name in (
                "group_sale_salesman",
                "group_sale_salesman_all_leads",
                "group_sale_manager",
            )
        ]
        own, everything, managers = groups
        return own - everything, everything - managers, managers

    def _reasons_of_rights(self):
        _own, everything, managers = self._salespeople()
        for user in managers:
            yield user, self.env._("administrator"), True
        for user in everything:
            yield user, self.env._("all documents"), True

    def _reasons_of_owner(self, owner):
        """The owner, the leaders of the owner's teams, whoever the owner reports to."""
        if not owner:
            return
        yield owner, self.env._("salesperson"), True
        for team in owner.crm_team_member_ids.filtered("active").crm_team_id:
            if team.active and team.user_id:
                reason = self.env._("leads the team %s", team.name)
                yield team.user_id, reason, True
        seen = owner
        above = owner.reports_to_id
        while above and above not in seen:
            seen |= above
            yield above, self.env._("above %s", owner.name), True
            above = above.reports_to_id

    def _reasons_of_territories(self):
        """The members of the territories of the record and of those above."""
        territories = self.territory_set_id.territory_ids.filtered(
            lambda territory: territory.active and territory.plan_id._shares()
        )
        for territory in territories:
            line = territory
            while line and line.active:
                yield from self._reasons_of_members(territory, line)
                line = line.parent_id

    def _reasons_of_members(self, territory, above):
        for member in above.member_ids.filtered("is_current"):
            if above == territory:
                reason = self.env._("member of %s", territory.name)
            else:
                reason = self.env._(
                    "member of %(above)s, above %(territory)s",
                    above=above.name,
                    territory=territory.name,
                )
            if member.is_manager:
                reason = self.env._("%s (manager)", reason)
            yield (
                member.user_id,
                reason,
                member.is_manager or (above.permission == "write"),
            )
