from odoo import api, fields, models
from odoo.tools import SQL

from ..engine import tree


class CrmTerritoryMove(models.Model):
    """One record whose territories changed: before, after, why. The journal.

    A move of a run carries the run; one without came from a change of the record.
    """

    _name = "crm.territory.move"
    _description = "Territory Move"
    _order = "id desc"
    _log_access = False

    run_id = fields.Many2one("crm.territory.run", index=True, ondelete="cascade")
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
    why = fields.Text()

    _one_record = models.Constraint(
        "CHECK (num_nonnulls(partner_id, lead_id) = 1)",
        "A move is of one account, or of one lead or opportunity.",
    )

    @api.depends("partner_id", "lead_id")
    def _compute_display_name(self):
        for move in self:
            move.display_name = (move.partner_id or move.lead_id).display_name

    @api.model
    def _record(self, res_model, decisions, compiled, run=None):
        """Write the journal of decisions that change something. 1 query, and 2 for the
        names of territories and rules.

        :param decisions: list of Decision
        """
        if decisions:
            whys = self._whys(compiled, decisions)
            self._insert(res_model, decisions, whys, run, bool(run and run.is_dry))

    @api.model
    def _record_undo(self, res_model, decisions, run):
        why = self.env._("%s was undone.", run.name)
        self._insert(res_model, decisions, [why] * len(decisions))

    @api.model
    def _insert(self, res_model, decisions, whys, run=None, is_dry=False):
        column = "partner_id" if res_model == "res.partner" else "lead_id"
        self.sudo().env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_move
                       (%(column)s, set_before_id, set_after_id, territory_before_id,
                        territory_after_id, why, run_id, is_dry, date, user_id)
                SELECT row.*, %(run_id)s, %(is_dry)s, %(now)s, %(user_id)s
                  FROM unnest(%(ids)s, %(sets_before)s::int4[], %(sets_after)s::int4[],
                              %(before)s::int4[], %(after)s::int4[], %(whys)s::text[])
                       AS row
                RETURNING id
                """,
                column=SQL.identifier(column),
                run_id=run.id if run else None,
                is_dry=is_dry,
                now=fields.Datetime.now(),
                user_id=self.env.uid,
                ids=[d.matched.id for d in decisions],
                sets_before=[d.matched.set_id for d in decisions],
                sets_after=[d.set_id for d in decisions],
                before=[d.matched.territory_id for d in decisions],
                after=[d.territory_id for d in decisions],
                whys=whys,
            )
        )
        self.invalidate_model(flush=False)

    @api.model
    def _whys(self, compiled, decisions):
        """Why each record is where it is now: one text for each decision."""
        memory = {}
        for decision in decisions:
            key = (
                decision.matched.kind,
                decision.territories,
                decision.matched.signature,
            )
            if key not in memory:
                memory[key] = tree.reasons(
                    compiled.tree,
                    decision.territories,
                    tree.parse_signature(decision.matched.signature),
                    decision.matched.kind,
                )
        names = self._names_of(memory.values())
        texts = {key: self._text_of(found, names) for key, found in memory.items()}
        return [
            texts[d.matched.kind, d.territories, d.matched.signature] for d in decisions
        ]

    @api.model
    def _names_of(self, reasons):
        """{(model, id): name} of all that the reasons speak of."""
        territory_ids, rule_ids = set(), set()
        for found in reasons:
            territory_ids.update(found)
            for codes in found.values():
                rule_ids.update(id_ for kind, id_ in codes if kind == tree.RULE)
        found = {}
        for model_name, ids in (
            ("crm.territory", territory_ids),
            ("crm.territory.rule", rule_ids),
        ):
            for record in self.env[model_name].sudo().browse(sorted(ids)):
                found[model_name, record.id] = record.name
        return found

    @api.model
    def _text_of(self, reasons, names):
        """One line for each territory: what speaks for it."""
        words = {
            tree.PUT_IN: self.env._("put in by hand"),
            tree.AREA: self.env._("geography"),
            tree.BASE: self.env._("of the account"),
        }
        lines = []
        for territory_id, codes in reasons.items():
            parts = [
                names["crm.territory.rule", id_] if kind == tree.RULE else words[kind]
                for kind, id_ in codes
            ]
            name = names["crm.territory", territory_id]
            lines.append(f"{name}: {', '.join(parts)}" if parts else name)
        return "\n".join(lines) or self.env._("No territory matches.")
