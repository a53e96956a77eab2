from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL

from .. import reasons
from ..plans.shared_draft import shown_simulations_sql
from ..runs.states import CHANGED, CLOSED, GONE, LOCKED, OWNER, PUT_BACK

# Odoo deletes so many rows at a time, and comes back for more
_DELETED_AT_ONCE = 100_000


class CrmTerritoryMove(models.Model):
    """One record whose territories changed: before, after, why. The journal.

    A move of a run carries the run; one without came from a change of the record.
    """

    _name = "crm.territory.move"
    _description = "Territory Move"
    _order = "id desc"
    _log_access = False

    run_id = fields.Many2one("crm.territory.run", ondelete="cascade")
    date = fields.Datetime(required=True, default=fields.Datetime.now, index=True)
    user_id = fields.Many2one("res.users", ondelete="set null")
    is_dry = fields.Boolean("Simulated")
    partner_id = fields.Many2one(
        "res.partner", string="Account", index="btree_not_null", ondelete="cascade"
    )
    lead_id = fields.Many2one(
        "crm.lead",
        string="Lead or Opportunity",
        index="btree_not_null",
        ondelete="cascade",
    )
    set_before_id = fields.Many2one(
        "crm.territory.set", string="Before", ondelete="set null"
    )
    set_after_id = fields.Many2one(
        "crm.territory.set", string="After", ondelete="set null"
    )
    territory_before_id = fields.Many2one(
        "crm.territory", string="Credited Before", ondelete="set null"
    )
    territory_after_id = fields.Many2one(
        "crm.territory", string="Credited After", ondelete="set null"
    )
    # of a lead that a run gave out; else all are empty
    salesperson_before_id = fields.Many2one("res.users", ondelete="set null")
    salesperson_after_id = fields.Many2one(
        "res.users", string="Given To", ondelete="set null"
    )
    team_before_id = fields.Many2one(
        "crm.team", string="Sales Team Before", ondelete="set null"
    )
    team_after_id = fields.Many2one(
        "crm.team", string="Sales Team After", ondelete="set null"
    )
    undo_state = fields.Selection(
        [
            (PUT_BACK, "Put back"),
            (CHANGED, "Left: its territories changed since"),
            (OWNER, "Left: its salesperson or team changed since"),
            (CLOSED, "Left: it was won or lost since"),
            (LOCKED, "Left: it is locked"),
            (GONE, "Left: its former territory is gone"),
        ],
        string="Undo",
        help="What the undo of the run did with the record.",
    )
    # of all companies; told in words by ``why``
    reasons = fields.Json(groups=fields.NO_ACCESS, export_string_translation=False)
    why = fields.Text(compute="_compute_why")

    # PostgreSQL does not know how many moves a run has that still goes on: looking for
    # that of one record by the run alone, it would read all of the run each time
    _account_of_run_idx = models.Index("(run_id, partner_id)")
    _lead_of_run_idx = models.Index("(run_id, lead_id) WHERE lead_id IS NOT NULL")
    _one_record = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id) = 1)",
        "A move is of one account, or of one lead or opportunity.",
    )

    @api.depends("partner_id", "lead_id")
    def _compute_display_name(self):
        for move in self:
            move.display_name = (move.partner_id or move.lead_id).display_name

    @api.depends("reasons")
    @api.depends_context("lang", "tz", "uid", "allowed_company_ids")
    def _compute_why(self):
        """The reasons in words; of a lead that follows its account, with those of the
        account at that time. 1 query for these accounts.
        """
        accounts = self._reasons_of_accounts()
        for move in self:
            facts = move.sudo().reasons
            if move in accounts:
                facts = reasons.with_reasons_of_accounts(facts, accounts[move])
            move.why = reasons.worded(self.env, facts)

    def _reasons_of_accounts(self):
        """{move of a lead: the reasons of the last move of its account before it}."""
        following = self.filtered(
            lambda m: (facts := m.sudo().reasons) and reasons.tells_of_account(facts)
        )
        if not following.ids:
            return {}
        rows = self.env.execute_query(
            SQL(
                """
                SELECT move.id, earlier.reasons
                  FROM crm_territory_move AS move
                  JOIN crm_lead AS lead ON lead.id = move.lead_id
                  JOIN res_partner AS contact ON contact.id = lead.partner_id
                 CROSS JOIN LATERAL (
                       SELECT reasons FROM crm_territory_move AS of_account
                        WHERE of_account.partner_id = contact.commercial_partner_id
                          AND of_account.id < move.id
                          AND (NOT of_account.is_dry
                               OR of_account.run_id = move.run_id)
                        ORDER BY of_account.id DESC LIMIT 1) AS earlier
                 WHERE move.id = ANY(%s) AND earlier.reasons ? 'territories'
                """,
                following.ids,
            )
        )
        return {self.browse(id_): facts for id_, facts in rows}

    # -- written

    @api.model
    def _record(self, assignment, decisions, is_undo=False):
        """Write the journal of decisions that change something. 1 query, and those that
        find why.

        :param decisions: list of Decision
        """
        if not decisions:
            return
        run = assignment.run
        if is_undo:
            facts = [{"undone_run": run.id}] * len(decisions)
            run = None
        else:
            facts = reasons.facts_of(assignment, decisions)
        column = "partner_id" if assignment.model._name == "res.partner" else "lead_id"
        self._insert(
            {
                column: [d.record_id for d in decisions],
                "set_before_id": [d.before[0] for d in decisions],
                "set_after_id": [d.after[0] for d in decisions],
                "territory_before_id": [d.before[1] for d in decisions],
                "territory_after_id": [d.after[1] for d in decisions],
                "reasons": [
                    self._fields["reasons"].convert_to_column(f, self, validate=False)
                    for f in facts
                ],
            },
            run,
        )

    @api.model
    def _insert(self, columns, run):
        """Insert moves: 1 query.

        :param columns: {name: list of values}, all of one length
        """
        user = run.user_id if run and run.user_id else self.env.user
        self.sudo().env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_move
                       (%(names)s, run_id, is_dry, date, user_id)
                SELECT row.*, %(run_id)s, %(is_dry)s, %(now)s, %(user_id)s
                  FROM unnest(%(columns)s) AS row
                RETURNING id
                """,
                names=SQL(", ").join(map(SQL.identifier, columns)),
                columns=SQL(", ").join(
                    SQL("%s::%s[]", values, SQL(self._fields[name].column_type[1]))
                    for name, values in columns.items()
                ),
                run_id=run.id if run else None,
                is_dry=bool(run and run.is_dry),
                now=fields.Datetime.now(),
                user_id=user.id,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _record_gift(self, run, before, after):
        """Note in the run's journal who got leads: on the move of the lead, or on a new
        one where only the salesperson or the team changes.

        :param before, after: {lead id: (user id, team id)}
        """
        self.flush_model()
        changed = {id_: after[id_] for id_ in before if before[id_] != after[id_]}
        given = SQL(
            """
            unnest(%s, %s::int4[], %s::int4[], %s::int4[], %s::int4[])
            AS given(lead_id, user_before_id, team_before_id, user_id, team_id)
            """,
            list(changed),
            [before[id_][0] or None for id_ in changed],
            [before[id_][1] or None for id_ in changed],
            [user_id or None for user_id, _team_id in changed.values()],
            [team_id or None for _user_id, team_id in changed.values()],
        )
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE crm_territory_move AS move
                   SET salesperson_before_id = given.user_before_id,
                       team_before_id = given.team_before_id,
                       salesperson_after_id = given.user_id,
                       team_after_id = given.team_id
                  FROM %s
                 WHERE move.run_id = %s AND move.lead_id = given.lead_id
                RETURNING move.lead_id
                """,
                given,
                run.id,
            )
        )
        others = sorted(changed.keys() - {lead_id for (lead_id,) in rows})
        if others:
            leads = self.env["crm.lead"].sudo().browse(others)
            self._insert(
                {
                    "lead_id": others,
                    "set_before_id": [
                        lead.territory_set_id.id or None for lead in leads
                    ],
                    "set_after_id": [
                        lead.territory_set_id.id or None for lead in leads
                    ],
                    "territory_before_id": [
                        lead.territory_id.id or None for lead in leads
                    ],
                    "territory_after_id": [
                        lead.territory_id.id or None for lead in leads
                    ],
                    "salesperson_before_id": [before[id_][0] or None for id_ in others],
                    "salesperson_after_id": [after[id_][0] or None for id_ in others],
                    "team_before_id": [before[id_][1] or None for id_ in others],
                    "team_after_id": [after[id_][1] or None for id_ in others],
                },
                run,
            )
        self.invalidate_model(flush=False)

    # -- kept

    @api.autovacuum
    def _gc_simulations(self):
        """Delete the moves of simulations that are older than the setting says; not of
        those that future members are shown.
        """
        days = (
            self.env["ir.config_parameter"]
            .sudo()
            .get_param("crm_territory.simulation_days")
        )
        days = int(days) if days and days.isdigit() else 30
        if not days:
            return
        before = fields.Datetime.now() - timedelta(days=days)
        self.env.cr.execute(
            SQL(
                """
                DELETE FROM crm_territory_move WHERE id IN (
                    SELECT id FROM crm_territory_move
                     WHERE is_dry AND date < %s AND run_id NOT IN (%s) LIMIT %s)
                """,
                before,
                shown_simulations_sql(),
                _DELETED_AT_ONCE,
            )
        )
        count = self.env.cr.rowcount
        return count, count == _DELETED_AT_ONCE
