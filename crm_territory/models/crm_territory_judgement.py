from odoo import api, fields, models
from odoo.tools import SQL


class CrmTerritoryJudgement(models.Model):
    """A record that was judged by criteria that the last whole run did not know.

    While a plan is to be run these rows say who is up to date already; the run
    over everything that follows empties them. In the steady state the table is
    empty and costs nothing (a version on every record would cost a write of
    every record in every run).
    """

    _name = "crm.territory.judgement"
    _description = "Territory Judgement"
    _log_access = False

    plan_id = fields.Many2one("crm.territory.plan", required=True, ondelete="cascade")
    res_model = fields.Char(required=True)
    res_id = fields.Many2oneReference(model_field="res_model", required=True)
    version = fields.Integer(required=True)

    _record_uniq = models.UniqueIndex("(plan_id, res_model, res_id)")

    @api.model
    def _record(self, versions, res_model, res_ids):
        """Note that the records are judged by these versions. 1 query.

        :param dict versions: {plan id: version}
        """
        if not versions or not res_ids:
            return
        self = self.sudo()
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_judgement
                            (plan_id, version, res_model, res_id)
                     SELECT plan.id, plan.version, %s, record.id
                       FROM unnest(%s, %s) AS plan(id, version),
                            unnest(%s) AS record(id)
                ON CONFLICT (plan_id, res_model, res_id)
                  DO UPDATE SET version = excluded.version
                  RETURNING id
                """,
                res_model,
                list(versions),
                list(versions.values()),
                list(res_ids),
            )
        )
