"""Databases beside the one with our addons, opened in the same process: so that both
sides of a comparison are measured by turns.
"""

from contextlib import ExitStack, contextmanager

from ground import databases, postgres, templates


@contextmanager
def environment(database):
    """An Odoo environment on a database, of what is rolled back at the end."""
    import odoo.api
    import odoo.modules.registry
    import odoo.tools

    is_enabled = odoo.tools.config["test_enable"]
    odoo.tools.config["test_enable"] = False  # else Odoo would look for tests to run
    registry = odoo.modules.registry.Registry(database)
    odoo.tools.config["test_enable"] = is_enabled
    with registry.cursor() as cursor:
        yield odoo.api.Environment(cursor, odoo.api.SUPERUSER_ID, {})
        cursor.rollback()
    registry.clear_all_caches()  # of what was rolled back


def commit(database, work):
    """What a function of an environment returns; its changes are kept, and nobody is
    connected any more.
    """
    with environment(database) as env:
        result = work(env)
        env.flush_all()
        env.cr.commit()
    _close(database)
    return result


@contextmanager
def opened():
    """A function of names of modules, see ``env_without`` in ``conftest``."""
    with ExitStack() as stack:
        stack.enter_context(postgres.running())
        run = stack.enter_context(databases.run())

        def open_with(*modules):
            template = templates.template_without(modules)
            database = run.copy_of(template, "_".join(["without", *modules]))
            stack.callback(_close, database)
            return stack.enter_context(environment(database))

        yield open_with


def _close(database):
    import odoo.modules.registry
    import odoo.sql_db

    odoo.modules.registry.Registry.delete(database)
    odoo.sql_db.close_db(database)


@contextmanager
def undone(env):
    """A block whose changes of the database are undone at its end."""
    savepoint = env.cr.savepoint()
    try:
        yield
    finally:
        forget(env)
        savepoint.rollback()
        savepoint.close(rollback=False)
        env.invalidate_all(flush=False)


def forget(env):
    """Let nothing be left of what a transaction remembers, as in a new request."""
    env.cr.precommit.clear()
    env.cr.postcommit.clear()
