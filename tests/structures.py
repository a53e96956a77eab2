"""What a database is made of, to compare it with what it was or should be."""

import json

from ground import databases

# What a database is made of: name of the part -> query of what it holds.
STRUCTURE = {
    "tables and views": """
        SELECT relname, relkind::text FROM pg_class
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm')
    """,
    "columns": """
        SELECT table_name, column_name, data_type, is_nullable
          FROM information_schema.columns WHERE table_schema = 'public'
    """,
    "indexes": """
        SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public'
    """,
    "constraints": """
        SELECT conrelid::regclass::text, conname FROM pg_constraint
         WHERE connamespace = 'public'::regnamespace
    """,
    "functions": """
        SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    """,
    "triggers": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
    "definitions of views": """
        SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'
    """,
    "rules": """
        SELECT rule.id, rule.name, rule.domain_force, rule.active,
               rule.perm_read, rule.perm_write, rule.perm_create, rule.perm_unlink,
               array(SELECT group_id FROM rule_group_rel
                      WHERE rule_group_id = rule.id ORDER BY group_id)::text
          FROM ir_rule AS rule
    """,
    "access rights": "SELECT id, name, active FROM ir_model_access",
    "jobs": "SELECT id FROM ir_cron",
    "server actions": "SELECT id FROM ir_act_server",
    "window actions": "SELECT id FROM ir_act_window",
    "menus": "SELECT id FROM ir_ui_menu",
    "views": "SELECT id, arch_db::text, active FROM ir_ui_view",
    "models": "SELECT model FROM ir_model",
    "fields": "SELECT model, name, state FROM ir_model_fields",
    "groups": "SELECT id FROM res_groups",
    "parameters": "SELECT key FROM ir_config_parameter WHERE key LIKE 'crm%%'",
    "filters": "SELECT id FROM ir_filters",
    "defaults": "SELECT id FROM ir_default",
    # Odoo leaves those that other modules, such as mail, have of any addon's models
    "external ids": """
        SELECT module, name FROM ir_model_data
         WHERE name NOT LIKE 'model_inherit__crm_territory%%'
           AND name NOT LIKE 'selection__crm_territory%%'
    """,
    "attachments": """
        SELECT res_model, res_field, res_id FROM ir_attachment
         WHERE res_field IS NOT NULL AND res_model NOT LIKE 'ir.%%'
    """,
}


def structure(database):
    return {
        name: {tuple(row) for row in databases.query(database, query)}
        for name, query in STRUCTURE.items()
    }


def assert_same(before, after):
    """Each part is the same; the message names what is gone and what is left."""
    wrong = {
        name: {
            "gone": sorted(map(str, before[name] - after[name]))[:20],
            "left": sorted(map(str, after[name] - before[name]))[:20],
        }
        for name in before
        if before[name] != after[name]
    }
    assert not wrong, json.dumps(wrong, indent=2)
