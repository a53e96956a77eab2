from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

# what became of a record; in words in the field ``outcome``
UNCHANGED, MOVED, GAINED, LOST, UNASSIGNED = OUTCOMES = (
    "unchanged",
    "moved",
    "gained",
    "lost",
    "unassigned",
)
# what tells the moves of a row from those of others
_STATES = (
    "set_before_id",
    "set_after_id",
    "territory_before_id",
    "territory_after_id",
)


class CrmTerritoryComparison(models.Model):
    """What a simulation found: one row for each combination of where records are and
    where they would be; of what stays where it is, for each credited territory. Written
    when the simulation is done, see ``comparison``.

    Like the figures of the run it is of all records of the companies that one works
    in: whoever may open the simulation reads all of them but for rules of a customer.
    The records behind a row open by one's own rights.
    """

    _name = "crm.territory.comparison"
    _description = "Comparison of a Simulation"
    _log_access = False
    _order = "record_count desc, id"
    _rec_name = "outcome"

    run_id = fields.Many2one(
        "crm.territory.run",
        "Simulation",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    currency_id = fields.Many2one("res.currency", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("account", "Account"),
            ("lead", "Lead"),
            ("opportunity", "Opportunity"),
            ("won", "Won Opportunity"),
        ],
        readonly=True,
    )
    outcome = fields.Selection(
        [
            (UNCHANGED, "Unchanged"),
            (MOVED, "Moved"),
            (GAINED, "In more territories"),
            (LOST, "In fewer territories"),
            (UNASSIGNED, "Newly without territory"),
        ],
        readonly=True,
        help="A copy of a territory in another plan counts as the same territory.",
    )
    user_id = fields.Many2one(
        "res.users", "Salesperson", readonly=True, ondelete="set null"
    )
    user_after_id = fields.Many2one(
        "res.users", "Given To", readonly=True, ondelete="set null"
    )
    set_before_id = fields.Many2one(
        "crm.territory.set",
        "Before",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    set_after_id = fields.Many2one(
        "crm.territory.set",
        "After",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    territory_before_id = fields.Many2one(
        "crm.territory",
        "Credited Before",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    territory_after_id = fields.Many2one(
        "crm.territory",
        "Credited After",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
    )
    record_count = fields.Integer(
        "Records", readonly=True, help="Accounts, leads and opportunities."
    )
    account_count = fields.Integer("Accounts", readonly=True)
    open_count = fields.Integer("Open Leads and Opportunities", readonly=True)
    open_amount = fields.Monetary("Open Pipeline", readonly=True)
    won_amount = fields.Monetary(
        "Won in Twelve Months",
        readonly=True,
        help="Won opportunities count where they closed. After, they count where their"
        " account is, if they were credited as that is; they themselves stay where they"
        " are.",
    )
    # for the figures of people: the users, as an array of the database, who see an
    # account as owners of its documents, and of how many records that is a question
    reader_ids = fields.Char(
        readonly=True, groups=fields.NO_ACCESS, export_string_translation=False
    )
    access_count = fields.Integer(
        readonly=True, groups=fields.NO_ACCESS, export_string_translation=False
    )

    @api.readonly
    def action_view_moves(self):
        """Show the records behind the row that would change."""
        self.ensure_one()
        domain = [(name, "=", self[name].id) for name in _STATES]
        column = "partner_id" if self.kind == "account" else "lead_id"
        domain.append((column, "!=", False))
        return self.run_id._action_moves(domain, self.env._("Moves"))


class CrmTerritoryMove(models.Model):
    _inherit = "crm.territory.move"

    outcome = fields.Selection(
        selection=lambda self: self.env["crm.territory.comparison"]
        ._fields["outcome"]
        ._description_selection(self.env),
        string="Compared",
        compute="_compute_outcome",
        search="_search_outcome",
        exportable=False,
        help="Of a simulation: what became of the record. A copy of a territory in"
        " another plan counts as the same territory.",
    )

    @api.depends(*_STATES, "run_id")
    def _compute_outcome(self):
        for outcome in OUTCOMES:
            of_outcome = self.browse(
                self.sudo()
                .search([("id", "in", self.ids), ("outcome", "=", outcome)])
                ._ids
            )
            of_outcome.outcome = outcome
            self -= of_outcome
        self.outcome = False

    def _search_outcome(self, operator, value):
        """The moves of the combinations of such an outcome."""
        if operator != "in":
            return NotImplemented
        return Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                """
                (COALESCE(%(run_id)s, 0), %(kind)s, %(states)s) IN (
                    SELECT run_id, kind = 'account', %(found)s
                      FROM crm_territory_comparison
                     WHERE outcome = ANY(%(outcomes)s) AND kind <> 'won')
                """,
                run_id=SQL.identifier(alias, "run_id"),
                kind=SQL("%s IS NULL", SQL.identifier(alias, "lead_id")),
                states=_hashable(alias),
                found=_hashable("crm_territory_comparison"),
                outcomes=[outcome for outcome in value if outcome],
            )
        )


def _hashable(alias):
    """The states of rows, so that PostgreSQL compares them by a hash: nothing is 0."""
    return SQL(", ").join(
        SQL("COALESCE(%s, 0)", SQL.identifier(alias, name)) for name in _STATES
    )
