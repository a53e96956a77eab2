from psycopg2 import IntegrityError

from odoo.tools import mute_logger

from .common import TerritoryCase


class BadInputCase(TerritoryCase):
    """What is wrong is refused with a message, or by the database at the latest."""

    def assertRefused(self, error, message, function, *args, **values):
        """In a savepoint: what the refused call did must not remain."""
        with mute_logger("odoo.sql_db"), self.assertRaises(error) as caught:
            with self.env.cr.savepoint():
                function(*args, **values)
                self.env.flush_all()
        self.env.invalidate_all()
        self.assertRegex(self._message_to_the_user(caught.exception), message)

    def _message_to_the_user(self, error):
        """What Odoo's server makes of an error, with the name of the constraint."""
        table = error.diag.table_name if isinstance(error, IntegrityError) else None
        if not table:
            return str(error)
        model_name = next(n for n, m in self.env.registry.items() if m._table == table)
        message = self.env[model_name]._sql_error_to_message(error)
        return f"{message} ({error.diag.constraint_name}: {error})"

    def assertDatabaseRefuses(self, constraint, query, *params):
        self.env.flush_all()
        self.assertRefused(
            IntegrityError, constraint, self.env.cr.execute, query, list(params)
        )
