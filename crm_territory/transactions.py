"""Work that takes several transactions, each of which leaves all in order."""

from psycopg2 import errors

from odoo import modules
from odoo.exceptions import ConcurrencyError, LockError

# What another transaction can cause: it goes by, for as long as others write the same
# records.
CONFLICTS = (
    errors.SerializationFailure,
    errors.DeadlockDetected,
    errors.LockNotAvailable,
    ConcurrencyError,
    LockError,
)
# So long a scheduled or queued job works, in seconds: other jobs want their turn, and
# Odoo kills those that never end.
TURN = 10.0


def commit(env):
    """Keep what is whole: who is killed goes on after it."""
    if modules.module.current_test:
        env.flush_all()
    else:
        env.cr.commit()  # pylint: disable=invalid-commit


def roll_back(env):
    """What was read is of no use any more, either."""
    env.cr.rollback()
    env.invalidate_all(flush=False)
