"""Everything that Odoo runs in: got when missing, seconds when nothing is."""

from . import odoo_server, odoo_source, paths, postgres, python_env


def ensure(for_tests=False):
    """Get Odoo, Python's packages and PostgreSQL's programs where they are missing."""
    paths.LOCAL.mkdir(exist_ok=True)
    postgres.ensure_programs()
    odoo_source.ensure()
    python_env.ensure(for_tests)
    odoo_server.write_config()
