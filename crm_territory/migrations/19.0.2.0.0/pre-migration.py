from odoo.tools.sql import column_exists, table_exists

ADD_COLUMNS = """
    ALTER TABLE crm_territory_plan ADD COLUMN tz varchar;
    ALTER TABLE crm_territory ADD COLUMN lineage int4;
    ALTER TABLE crm_territory_rule ADD COLUMN lang varchar;
    ALTER TABLE crm_territory_run ADD COLUMN seen_count int4;
    ALTER TABLE crm_territory_move ADD COLUMN reasons jsonb;
"""
# the day of a plan is that of its people; before, it was that of Greenwich
TIME_ZONES = """
    UPDATE crm_territory_plan AS plan
       SET tz = COALESCE(
           (SELECT partner.tz FROM res_users AS users
              JOIN res_partner AS partner ON partner.id = users.partner_id
             WHERE users.id = plan.user_id),
           (SELECT partner.tz FROM res_company AS company
              JOIN res_partner AS partner ON partner.id = company.partner_id
             WHERE company.id = plan.company_id),
           'UTC')
"""
# Plans that were copied share a lineage with what they were copied from, as far as code
# or place in the tree tell.
LINEAGES = """
    WITH named AS (
        SELECT territory.id, territory.plan_id, plan.company_id,
               COALESCE(NULLIF(territory.code, ''), '/' || territory.complete_name)
               AS name,
               row_number() OVER (
                   PARTITION BY territory.plan_id,
                                COALESCE(NULLIF(territory.code, ''),
                                         '/' || territory.complete_name)
                   ORDER BY territory.id) AS number
          FROM crm_territory AS territory
          JOIN crm_territory_plan AS plan ON plan.id = territory.plan_id
    )
    UPDATE crm_territory AS territory
       SET lineage = CASE WHEN named.number > 1 THEN named.id ELSE (
               SELECT min(first.id) FROM named AS first
                WHERE first.name = named.name AND first.number = 1
                  AND first.company_id IS NOT DISTINCT FROM named.company_id) END
      FROM named
     WHERE named.id = territory.id
"""
REASONS = """
    UPDATE crm_territory_move SET reasons = jsonb_build_object('text', why)
     WHERE why IS NOT NULL;
    ALTER TABLE crm_territory_move DROP COLUMN why;
"""
# branches read the plans that cover them, by a rule of their own
COMPANY_RULES = """
    UPDATE ir_rule SET perm_read = FALSE
     WHERE domain_force = '[(''company_id'', ''in'', company_ids + [False])]'
       AND id IN (
           SELECT res_id FROM ir_model_data
            WHERE module = 'crm_territory' AND model = 'ir.rule'
              AND name IN (
                  'crm_territory_plan_company_rule', 'crm_territory_company_rule',
                  'crm_territory_member_company_rule',
                  'crm_territory_rule_company_rule', 'crm_territory_area_company_rule',
                  'crm_territory_override_company_rule',
                  'crm_territory_run_company_rule'))
"""
# whom somebody chose, and whom Employees knows, are kept apart
REPORTS_TO = """
    ALTER TABLE res_users ADD COLUMN reports_to_manual_id int4;
    UPDATE res_users SET reports_to_manual_id = reports_to_id
     WHERE reports_to_id IS NOT NULL;
"""
REPORTS_TO_BY_EMPLOYEES = """
    UPDATE res_users AS users SET reports_to_manual_id = NULL
      FROM hr_employee AS employee
      JOIN hr_employee AS manager ON manager.id = employee.parent_id
     WHERE employee.user_id = users.id AND manager.user_id = users.reports_to_id
"""


def migrate(cr, version):
    if column_exists(cr, "crm_territory_plan", "tz"):
        return
    cr.execute(ADD_COLUMNS)
    cr.execute(TIME_ZONES)
    cr.execute(LINEAGES)
    cr.execute(REASONS)
    cr.execute(COMPANY_RULES)
    cr.execute(REPORTS_TO)
    if table_exists(cr, "hr_employee"):
        cr.execute(REPORTS_TO_BY_EMPLOYEES)
    # criteria were read without a language
    cr.execute("UPDATE crm_territory_rule SET lang = 'en_US'")
    cr.execute("UPDATE crm_territory_run SET seen_count = judged_count")
    cr.execute("UPDATE crm_territory_run SET batch_size = 20000 WHERE batch_size < 1")
    # the field's own index replaces it
    cr.execute("DROP INDEX IF EXISTS crm_lead_territory_set_idx")
    # a key can be longer than what an index holds
    cr.execute("DROP INDEX IF EXISTS crm_territory_set_key_uniq")
    cr.execute(
        """
        UPDATE ir_cron SET interval_type = 'hours'
         WHERE id = (SELECT res_id FROM ir_model_data
                      WHERE module = 'crm_territory'
                        AND name = 'crm_territory_upkeep_cron')
        """
    )
