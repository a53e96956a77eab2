"""Which statements a benchmark's function sends to PostgreSQL."""

import re
import time
from contextlib import contextmanager
from unittest.mock import patch

from odoo.sql_db import Cursor
from odoo.tools import SQL

_SHOWN = 200


@contextmanager
def statements():
    """The statements of the block, but for savepoints: list of (text in one line,
    seconds).
    """
    found = []
    execute = Cursor.execute

    def timed(cursor, query, params=None, *args, **options):
        start = time.perf_counter()
        try:
            return execute(cursor, query, params, *args, **options)
        finally:
            text = query.code if isinstance(query, SQL) else str(query)
            if "SAVEPOINT" not in text:
                found.append((" ".join(text.split()), time.perf_counter() - start))

    with patch.object(Cursor, "execute", timed):
        yield found


def print_statements(name, function):
    """Call a function; print what it asks PostgreSQL, and how long it waits for it.

    :return: the number of statements
    """
    start = time.perf_counter()
    with statements() as found:
        function()
    taken = time.perf_counter() - start
    waited = sum(seconds for _text, seconds in found)
    print(f"\n{name}: {len(found)} queries, {waited:.3f} of {taken:.3f} s")
    for text, seconds in found:
        print(f"  {1000 * seconds:8.1f} ms  {_shortened(text)}")
    return len(found)


def _shortened(text):
    """Without the columns of SELECTs of single tables, and what is too long."""
    text = re.sub(r'^SELECT ("\w+"\."\w+"(, )?)+', "SELECT … ", text)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
