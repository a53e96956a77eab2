"""People at the web client, several at once, and how long they wait."""

import statistics
import threading
import time

import requests

TIMEOUT = 300


class WebSession:
    """Somebody who is logged in at a server."""

    def __init__(self, server, login, password=None):
        self.url = server.url
        self.session = requests.Session()
        self._post(
            "/web/session/authenticate",
            {"db": server.db, "login": login, "password": password or login},
        )

    def call(self, model, method, *args, **kwargs):
        """The result of a method, as the web client asks for it."""
        return self._post(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": args, "kwargs": kwargs},
        )

    def _post(self, path, parameters):
        body = {"jsonrpc": "2.0", "method": "call", "params": parameters}
        answer = self.session.post(self.url + path, json=body, timeout=TIMEOUT).json()
        assert "error" not in answer, answer["error"]["data"]["debug"]
        return answer["result"]


def seconds_of(function, *arguments):
    """How long a function takes, and what it returns."""
    start = time.perf_counter()
    result = function(*arguments)
    return time.perf_counter() - start, result


def at_once(works, is_over):
    """Let each of some functions be called again and again, in a thread of its own.

    :param works: functions of the number of the call
    :param is_over: function that says when to leave off; each is called once at least
    :return: the seconds of all calls
    """
    taken, errors = [], []

    def repeat(work):
        number = 0
        try:
            while not number or not is_over():
                taken.append(seconds_of(work, number)[0])
                number += 1
        except Exception as error:  # noqa: BLE001 - raised below, in the main thread
            errors.append(error)

    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return taken


def over_after(seconds):
    """A function that says whether so many seconds have passed."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def percentile_95(taken):
    return statistics.quantiles(taken, n=20)[-1]
