"""Stages of setup/test in a process of their own, beside the other stages."""

import re
import subprocess
import sys

from .console import say
from .programs import log_path
from .pytest_run import Outcome

# What setup/test prints at the end, which the whole run prints again.
SUMMARY = "\nstage "
# a line of it: name, passed, failed, skipped, seconds
ROW = re.compile(r"^(\w+) +(\d+) +(\d+) +(\d+) +(\d+)$", re.MULTILINE)


class StagesBeside:
    """Runs ``setup/test NAMES`` during a ``with`` block; its output waits in a log."""

    def __init__(self, names):
        self.names = names
        self.log = log_path("beside")

    def __enter__(self):
        with self.log.open("a") as output:
            self.process = subprocess.Popen(
                [sys.executable, sys.argv[0], *self.names],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        return self

    def __exit__(self, *_error):
        self.process.terminate()
        self.process.wait()

    def outcomes(self):
        """Wait for their end, print what they printed, return the Outcome of each."""
        self.process.wait()
        text, _, summary = self.log.read_text().partition(SUMMARY)
        say(text)
        found = {name: map(int, figures) for name, *figures in ROW.findall(summary)}
        for name in self.names:
            passed, failed, skipped, seconds = found.get(name, (0, 1, 0, 0))
            yield Outcome(passed, failed, skipped, name=name, seconds=seconds)
