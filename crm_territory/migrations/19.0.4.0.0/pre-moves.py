def migrate(cr, version):
    """Two indexes of the run with the record take the place of that of the run."""
    cr.execute("DROP INDEX IF EXISTS crm_territory_move__run_id_index")
