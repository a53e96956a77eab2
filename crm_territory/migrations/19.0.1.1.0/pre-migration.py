def migrate(cr, version):
    """`_territory_set_idx` replaces the field's own index."""
    cr.execute("DROP INDEX IF EXISTS crm_lead__territory_set_id_index")
