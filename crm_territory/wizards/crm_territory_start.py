from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain


def _distinct_names(records):
    """A name for the territory of each record: {record: name}.

    Names are unique at their place of a plan; sales teams of two companies, and even
    states of a country, may share theirs.
    """
    names = {}
    taken = set()
    for record in records:
        name, number = record.name, 1
        while name in taken:
            number += 1
            name = f"{record.name} ({number})"
        taken.add(name)
        names[record] = name
    return names


def _code_of_state(state):
    """US-CA; the codes of some countries' states begin with the country already."""
    prefix = f"{state.country_id.code}-"
    return state.code if state.code.startswith(prefix) else prefix + state.code


class CrmTerritoryStart(models.TransientModel):
    """Builds the tree of a new draft plan from what the company has already."""

    _name = "crm.territory.start"
    _description = "Start a Territory Plan Quickly"

    source = fields.Selection(
        [
            ("countries", "Countries and states"),
            ("teams", "Sales teams"),
            ("plan", "Another plan"),
        ],
        string="Build From",
        default="countries",
        required=True,
    )
    name = fields.Char(
        "Plan Name",
        compute="_compute_name",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
    )
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        help="Empty: a plan that all companies share.",
    )
    type_id = fields.Many2one("crm.territory.type", string="Territory Type")
    # from sales teams
    team_ids = fields.Many2many(
        "crm.team",
        string="Sales Teams",
        domain="[('company_id', 'in', [False, company_id])] if company_id else []",
        help="Empty: all sales teams that have members.",
    )
    # from countries and states
    country_group_ids = fields.Many2many(
        "res.country.group",
        string="Country Groups",
        help="Each becomes a region, above its countries. A country that is in several"
        " of them goes to the smallest.",
    )
    country_ids = fields.Many2many("res.country", string="Countries")
    only_with_accounts = fields.Boolean("Only Countries Where We Have Accounts")
    with_states = fields.Boolean(
        help="The states where we have accounts, below their country."
    )
    member_ids = fields.Many2many(
        "res.users",
        string="Members",
        domain="[('share', '=', False)]",
        help="Become members of the territory of each country. Empty: nobody yet.",
    )
    owner_policy = fields.Selection(
        lambda self: self.env["crm.territory"]
        ._fields["owner_policy"]
        ._description_selection(self.env),
        string="Assign Unowned Leads To",
        default="round_robin",
        help="Who of the members gets leads that have no salesperson.",
    )
    # from another plan
    plan_id = fields.Many2one(
        "crm.territory.plan", string="Plan", context={"active_test": False}
    )
    with_members = fields.Boolean(default=True)
    is_first = fields.Boolean(
        "No Plan Is Active",
        compute="_compute_is_first",
        export_string_translation=False,
    )

    @api.depends("source", "plan_id")
    def _compute_name(self):
        for wizard in self:
            if wizard.source == "plan" and wizard.plan_id:
                wizard.name = self.env._("%s (copy)", wizard.plan_id.name)
            else:
                wizard.name = wizard.name or self.env._(
                    "Territories %s", fields.Date.context_today(self).year
                )

    @api.depends("company_id")
    def _compute_is_first(self):
        """Whether what is built can be activated: nothing else is."""
        plans = self.env["crm.territory.plan"].sudo()
        for wizard in self:
            active = Domain("state", "=", "active")
            if wizard.company_id:
                active &= Domain("company_id", "in", [False, wizard.company_id.id])
            wizard.is_first = not plans.search_count(active, limit=1)

    def action_build(self):
        """Make the draft plan with its tree, and open it."""
        self.ensure_one()
        return self._build().action_view_territories()

    def action_build_and_activate(self):
        """The same, and put it in force: for the first plan, before which nothing is
        assigned.
        """
        self.ensure_one()
        plan = self._build()
        plan.action_activate()
        return {
            "type": "ir.actions.act_window",
            "res_model": plan._name,
            "res_id": plan.id,
            "views": [(False, "form")],
        }

    def _build(self):
        return getattr(self, f"_build_from_{self.source}")()

    def _create_plan(self):
        return self.env["crm.territory.plan"].create(
            {"name": self.name, "company_id": self.company_id.id}
        )

    # ------------------------------------------------------------------
    # Sales teams
    # ------------------------------------------------------------------

    def _build_from_teams(self):
        """One territory per sales team, with its members, led by its leader."""
        teams = self.team_ids or self.env["crm.team"].search(
            Domain("company_id", "in", [False, self.company_id.id])
            if self.company_id
            else Domain.TRUE
        ).filtered(lambda team: team.member_ids or team.user_id)
        if not teams:
            raise UserError(
                self.env._(
                    "No sales team has members. Give the sales teams members, or start"
                    " from countries."
                )
            )
        plan = self._create_plan()
        self._create_territories(
            [
                {
                    "name": name,
                    "plan_id": plan.id,
                    "team_id": team.id,
                    "member_ids": self._member_commands(team),
                }
                for team, name in _distinct_names(teams).items()
            ]
        )
        return plan

    def _member_commands(self, team):
        """Commands for the members of the territory of a sales team."""
        if not self.with_members:
            return []
        users = team.user_id | team.member_ids
        return [
            Command.create({"user_id": user.id, "is_manager": user == team.user_id})
            for user in users
        ]

    # ------------------------------------------------------------------
    # Countries and states
    # ------------------------------------------------------------------

    def _build_from_countries(self):
        """Regions, their countries, and the states in which there are accounts."""
        countries = self._chosen_countries()
        region_of = self._region_of_country(countries)
        plan = self._create_plan()
        regions = self.country_group_ids.filtered(
            lambda group: group in region_of.values()
        )
        region_territories = self._create_territories(
            [{"name": region.name, "plan_id": plan.id} for region in regions]
        )
        parent_of = dict(zip(regions, region_territories, strict=True))
        country_territories = self._create_territories(
            [
                {
                    "name": country.name,
                    "code": country.code,
                    "plan_id": plan.id,
                    "parent_id": parent_of[region_of[country]].id
                    if country in region_of
                    else False,
                    "area_ids": [Command.create({"country_id": country.id})],
                    **self._values_of_members(),
                }
                for country in countries
            ]
        )
        if self.with_states:
            self._create_states(dict(zip(countries, country_territories, strict=True)))
        return plan

    def _values_of_members(self):
        """Who is in the territory of a country, and gets its leads."""
        if not self.member_ids:
            return {}
        return {
            "owner_policy": self.owner_policy or "none",
            "member_ids": [
                Command.create({"user_id": user.id}) for user in self.member_ids
            ],
        }

    def _create_territories(self, values_list):
        return self.env["crm.territory"].create(
            [{"type_id": self.type_id.id, **values} for values in values_list]
        )

    def _create_states(self, territory_of):
        """The states in which there are accounts, below their countries' territories.

        :param dict territory_of: {country: territory}
        """
        countries = self.env["res.country"].union(*territory_of)
        states = self._places_of_accounts("state_id", countries)
        self._create_territories(
            [
                {
                    "name": name,
                    "code": _code_of_state(state),
                    "plan_id": territory_of[country].plan_id.id,
                    "parent_id": territory_of[country].id,
                    "area_ids": [
                        Command.create({"country_id": country.id, "state_id": state.id})
                    ],
                }
                for country, states_of_country in states.grouped("country_id").items()
                for state, name in _distinct_names(states_of_country).items()
            ]
        )

    def _chosen_countries(self):
        countries = self.country_ids | self.country_group_ids.country_ids
        if self.only_with_accounts:
            countries = self._places_of_accounts("country_id", countries)
        if countries:
            return countries.sorted("name")
        if self.only_with_accounts:
            raise UserError(self.env._("No account has an address in these countries."))
        raise UserError(
            self.env._(
                "Choose country groups or countries, or only the countries where you"
                " have accounts."
            )
        )

    def _region_of_country(self, countries):
        """{country: the smallest chosen country group that holds it}."""
        groups = self.country_group_ids.sorted(
            lambda group: len(group.country_ids), reverse=True
        )
        return {
            country: group
            for group in groups
            for country in group.country_ids & countries
        }

    def _places_of_accounts(self, field_name, countries):
        """The countries or states that occur in the addresses of accounts.

        :param field_name: ``country_id`` or ``state_id``
        :param countries: look only there; empty: everywhere
        :return: recordset in the order of names, of places within the countries
        """
        domain = (
            # what is its own commercial partner; a field cannot be compared with id
            (Domain("parent_id", "=", False) | Domain("is_company", "=", True))
            & Domain(field_name, "!=", False)
        )
        if countries:
            domain &= Domain("country_id", "in", countries.ids)
        if self.company_id:
            domain &= Domain("company_id", "in", [False, self.company_id.id])
        groups = self.env["res.partner"]._read_group(domain, [field_name])
        places = self.env["res.partner"][field_name].union(
            *(place for (place,) in groups)
        )
        if field_name == "state_id" and countries:
            # an address may name a state of another country
            places = places.filtered(lambda state: state.country_id in countries)
        return places.sorted("name")

    # ------------------------------------------------------------------
    # Another plan
    # ------------------------------------------------------------------

    def _build_from_plan(self):
        """A draft copy of the whole tree, with or without its members."""
        if not self.plan_id:
            raise UserError(self.env._("Choose the plan to copy."))
        plan = self.plan_id.copy({"name": self.name, "company_id": self.company_id.id})
        if not self.with_members:
            self.env["crm.territory.member"].search(
                [("plan_id", "=", plan.id)]
            ).unlink()
        return plan
