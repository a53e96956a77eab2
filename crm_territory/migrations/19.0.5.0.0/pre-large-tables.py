from odoo.addons.crm_territory import large_tables


def migrate(cr, version):
    """Columns that older versions did not have are read by a scheduled job."""
    large_tables.prepare(cr)
