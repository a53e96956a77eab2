"""Calling Odoo over HTTP: in a session, as its web client does, or through JSON-2."""

import json
import secrets
import urllib.error
import urllib.request

from . import postgres

TIMEOUT = 300
KEY_BYTES = 20
# Odoo finds a key by its first characters and checks it by its hash.
KEY_INDEX_LENGTH = 8


class CallError(Exception):
    """Odoo refused a call: ``type`` is its exception's class, the text its message."""

    def __init__(self, type_, message):
        super().__init__(f"{type_}: {message}")
        self.type = type_
        self.message = message


class Client:
    """One login on one database of an Odoo server.

    It calls as the web client does, in a session: Odoo then checks no password again,
    which takes it half a second, longer than most calls.
    """

    def __init__(self, url, database, login="admin", password="admin"):
        self.url = url
        self.database = database
        self.login = login
        self.cookie = ""
        who = {"db": database, "login": login, "password": password}
        self.uid = self._in_session("/web/session/authenticate", who)["uid"]

    def call(self, model, method, *args, **kwargs):
        """The result of a method of ``model``."""
        words = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._in_session("/web/dataset/call_kw", words)

    def json2(self, model, method, key=None, **parameters):
        """The result of a method of ``model``, through the JSON-2 API.

        ``key`` is an API key; see ``api_key``.
        """
        headers = {
            "Authorization": f"bearer {key or self.api_key()}",
            "X-Odoo-Database": self.database,
        }
        return self._post(f"/json/2/{model}/{method}", parameters, headers)

    def api_key(self):
        """A new API key of this login, written as Odoo's own wizard writes it."""
        from passlib.context import CryptContext

        key = secrets.token_hex(KEY_BYTES)
        hashed = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000).hash(key)
        connection = postgres.connect(self.database)
        try:
            connection.cursor().execute(
                "INSERT INTO res_users_apikeys (name, user_id, scope, key, index) "
                "VALUES ('tests', %s, 'rpc', %s, %s)",
                [self.uid, hashed, key[:KEY_INDEX_LENGTH]],
            )
        finally:
            connection.close()
        return key

    def _in_session(self, path, parameters):
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        answer = self._post(path, body, {"Cookie": self.cookie})
        if "error" in answer:
            problem = answer["error"]["data"]
            raise CallError(problem["name"].rpartition(".")[2], problem["message"])
        return answer.get("result")  # none for None

    def _post(self, path, body, headers=None):
        request = urllib.request.Request(
            self.url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json", **(headers or {})},
        )
        try:
            with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
                if cookie := response.headers["Set-Cookie"]:
                    self.cookie = cookie.partition(";")[0]
                return json.load(response)
        except urllib.error.HTTPError as error:
            problem = json.loads(error.read())
            name = problem["name"].rpartition(".")[2]
            raise CallError(name, problem["message"]) from error
