"""A stage of setup/test in a process of its own, beside the other stages."""

import re
import subprocess
import sys
import time

from .console import say
from .programs import log_path
from .pytest_run import Outcome

# What setup/test prints at the end, which the whole run prints again.
SUMMARY = "\nstage "
LAST_LINE = re.compile(r"^(\d+) passed, (\d+) failed\s*\Z", re.MULTILINE)


class StageBeside:
    """Runs ``setup/test NAME`` during a ``with`` block; its output waits in a log."""

    def __init__(self, name):
        self.name = name
        self.log = log_path(name)

    def __enter__(self):
        self.start = time.monotonic()
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, sys.argv[0], self.name],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait()

    def outcome(self):
        """Wait for its end, print what it printed, return its Outcome."""
        self.process.wait()
        text = self.log.read_text()
        say(text.partition(SUMMARY)[0])
        found = LAST_LINE.search(text)
        passed, failed = map(int, found.groups()) if found else (0, 1)
        seconds = time.monotonic() - self.start
        return Outcome(passed, failed, name=self.name, seconds=seconds)
