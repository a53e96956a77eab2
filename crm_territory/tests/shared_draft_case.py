from .common import TerritoryCase


class SharedDraftCase(TerritoryCase):
    """Next year Amy gets France, Bob gets Germany, Europe stays Claire's; Mona has
    simulated it, and shares it.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.draft = cls.plan.copy({"name": "Next year"})
        cls.new = {t.name: t for t in cls.draft.territory_ids}
        cls.new["Germany"].member_ids.user_id = cls.bob
        cls.new["France"].member_ids = [(0, 0, {"user_id": cls.amy.id})]
        cls.simulation = cls.run_assignment(plan_id=cls.draft.id, is_dry=True)
        cls.env.flush_all()
        cls.draft.action_share_for_comment()

    def lines(self, user, *domain):
        self.env.flush_all()
        self.env.invalidate_all()
        lines = self.env["crm.territory.preview.line"].with_user(user)
        return lines.search([("plan_id", "=", self.draft.id), *domain])

    def line(self, user, name, territory=None):
        """Of an account, or of an area of a territory, by its name."""
        found = self.lines(user).filtered(lambda line: line.name == name)
        if territory:
            found = found.filtered(lambda line: line.territory_id.id == territory.id)
        return found.ensure_one()

    def accounts(self, user):
        """{name of an account: (its territory, what changes)}"""
        return {
            line.name: (line.territory_id.complete_name, line.change)
            for line in self.lines(user, ("kind", "=", "account"))
            if line.partner_id in self.adler | self.bruno | self.rivoire | self.sato
        }

    def previews(self, user):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["crm.territory.preview"].with_user(user).search([])

    def objection(self, user, line, wished=None, reason="I know them"):
        """As a member makes it, in the dialog."""
        context = line.action_object()["context"]
        dialog = (
            self.env["crm.territory.object"]
            .with_user(user)
            .with_context(**context)
            .create({"wished_id": wished and wished.id, "reason": reason})
        )
        dialog.action_object()
        return self.env["crm.territory.objection"].search([], limit=1, order="id desc")
