"""Running other programs: quietly, with their output in a log file."""

import os
import subprocess

from . import paths
from .console import SetupError, disk_full_message

TAIL_LINES = 15


def run_logged(log_name, argv, hint="", **options):
    """Run ``argv`` with its output in ``.local/log/<log_name>.log``.

    Raises SetupError with the end of that log, and ``hint``, when it fails.
    """
    log = log_path(log_name)
    with log.open("a") as output:
        print("$", *argv, file=output, flush=True)
        options = {"stdin": subprocess.DEVNULL, "cwd": paths.ROOT, **options}
        try:
            done = subprocess.run(
                [str(word) for word in argv],
                stdout=output,
                stderr=subprocess.STDOUT,
                **options,
            )
        except FileNotFoundError as error:
            raise SetupError(f"the program {argv[0]} is missing. {hint}") from error
    if done.returncode:
        raise SetupError(failure_message(argv[0], log, hint))


def failure_message(program, log, hint=""):
    lines = log.read_text(errors="replace").splitlines()
    tail = "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])
    if "No space left on device" in tail:
        hint = disk_full_message("") + " " + hint
    name = os.path.basename(program)
    return f"{name} failed. {hint}\n{tail}\nThe whole log: {paths.short(log)}"


def log_path(name):
    """A log file of that name, started anew by the first use of this process."""
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    log = paths.LOGS / f"{name}.log"
    if name not in _started:
        _started.add(name)
        log.write_text("")
    return log


_started = set()
