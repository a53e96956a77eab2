"""Odoo's external API, as the import uses it."""

import time
from contextlib import contextmanager
from urllib.parse import urlsplit

import odoorpc

from .errors import LoadError

# No mail, no messages in the chatter; names in English; times in UTC.
CONTEXT = {
    "lang": "en_US",
    "tz": "UTC",
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "mail_notrack": True,
    "mail_auto_subscribe_no_notify": True,
    "no_reset_password": True,
    # Won and lost opportunities are records like others here; lost ones are archived.
    "active_test": False,
}
BATCH = 1000
# Odoo's imports tell it of each row, where its server tries everything else again.
CONCURRENT = "could not serialize access"


class Client:
    """A login on a database, with Odoo's methods as ``call(model, method, ...)``."""

    def __init__(self, url, db, login="admin", password="admin"):
        parts = urlsplit(url)
        encrypted = parts.scheme == "https"
        try:
            self._odoo = odoorpc.ODOO(
                parts.hostname,
                protocol="jsonrpc+ssl" if encrypted else "jsonrpc",
                port=parts.port or (443 if encrypted else 80),
                timeout=1200,
            )
            self._odoo.login(db, login, password)
        except (OSError, odoorpc.error.Error) as error:
            message = f"Cannot log in at {url}, database {db}: {error}"
            raise LoadError(message) from error

    def call(self, model, method, *args, **kwargs):
        """Call a method; an error of Odoo is a LoadError with Odoo's message."""
        kwargs["context"] = CONTEXT | kwargs.get("context", {})
        try:
            return self._odoo.execute_kw(model, method, list(args), kwargs)
        except odoorpc.error.RPCError as error:
            raise LoadError(f"{model}.{method}: {error}") from error

    def search_read(self, model, domain, fields, **kwargs):
        return self.call(model, "search_read", domain, fields, **kwargs)

    def load(self, model, columns, rows):
        """Import ``rows`` as Odoo's import of files does, some at a time."""
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            told = self._load(model, columns, batch)
            if CONCURRENT in told:
                told = self._load(model, columns, batch)
            if told:
                raise LoadError(f"The import of {model} failed: {told}")

    def _load(self, model, columns, rows):
        """What Odoo says against it; nothing where all was imported."""
        result = self.call(model, "load", columns, rows)
        if result["ids"]:
            return ""
        return "; ".join(m["message"] for m in result["messages"][:3]) or "no reason"

    def ids_by_name(self, model, values):
        """The ids of records by name; creates those that do not exist yet.

        :param dict values: {name: the other values to create it with}
        """
        found = self.search_read(model, [["name", "in", list(values)]], ["name"])
        ids = {record["name"]: record["id"] for record in found}
        missing = [name for name in values if name not in ids]
        if missing:
            new = [{"name": name, **values[name]} for name in missing]
            ids.update(zip(missing, self.call(model, "create", new), strict=True))
        return ids


@contextmanager
def step(title):
    """Print ``title``, and the seconds that the block took when it is done."""
    print(f"{title} ... ", end="", flush=True)
    start = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - start:.1f} s", flush=True)
