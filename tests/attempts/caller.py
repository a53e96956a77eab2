"""A login that asks the server anything, and is told what came of it."""

import json
import urllib.request
from dataclasses import dataclass

from ground.odoo_client import TIMEOUT, CallError

# Errors that tell users, or programs, what they did wrong.
POLITE = ("odoo.exceptions.", "werkzeug.exceptions.")


@dataclass(frozen=True)
class Answer:
    """What a call gave: a value, or an error with the name of its class."""

    value: object = None
    error: str = ""
    message: str = ""
    traceback: str = ""

    @property
    def is_refused(self):
        return bool(self.error)

    @property
    def is_fault(self):
        """The server met an error that it has no words for: HTTP 500."""
        return self.is_refused and not self.error.startswith(POLITE)

    def __str__(self):
        if self.is_refused:
            return f"{self.error}: {self.message[:200]}"
        return repr(self.value)[:200]


class Caller:
    """A login whose calls are counted, and whose errors are answers.

    It calls as the web client does, in a session: Odoo then checks no password with
    every call, which takes it longer than most calls.
    """

    def __init__(self, server, login=None, password=None):
        self.url = server.url
        self.count = 0
        self.cookie = ""
        if login:
            who = {"db": server.db, "login": login, "password": password}
            self.uid = self._post("/web/session/authenticate", who)["result"]["uid"]

    def ask(self, model, method, *args, **kwargs):
        """The Answer to a call of a method of a model."""
        self.count += 1
        words = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        answer = self._post("/web/dataset/call_kw", words)
        if "error" not in answer:
            return Answer(answer.get("result"))
        problem = answer["error"]["data"]
        return Answer(
            error=problem["name"],
            message=problem["message"] or "",
            traceback=problem["debug"] or "",
        )

    def call(self, model, method, *args, **kwargs):
        """The value of a call that has to succeed."""
        answer = self.ask(model, method, *args, **kwargs)
        if answer.is_refused:
            raise CallError(answer.error, answer.message)
        return answer.value

    def _post(self, path, words):
        body = {"jsonrpc": "2.0", "method": "call", "params": words}
        headers = {"Content-Type": "application/json", "Cookie": self.cookie}
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), headers
        )
        with urllib.request.urlopen(request, timeout=TIMEOUT) as response:
            if cookie := response.headers["Set-Cookie"]:
                self.cookie = cookie.partition(";")[0]
            return json.load(response)
