"""Running other programs: quietly, with their output in a log file."""

import os
import signal
import subprocess
import sys
import time

from . import paths
from .console import SetupError, disk_full_message

TAIL_LINES = 15
SECONDS_TO_END = 60
LOG_LIFE_SECONDS = 3 * 24 * 3600


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


def run_shown(argv, **options):
    """Run ``argv`` with its output on ours; returns its exit code.

    When we are stopped, it may end in its own way: pytest stops servers first.
    """
    child = subprocess.Popen(
        [str(word) for word in argv],
        # A shell lets commands that it runs in the background ignore it.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **options,
    )
    try:
        return child.wait()
    except KeyboardInterrupt:
        # The terminal has sent it to the child as well.
        _end(child)
        raise
    except BaseException:
        child.send_signal(signal.SIGINT)
        _end(child)
        raise


def _end(child):
    try:
        child.wait(SECONDS_TO_END)
    except subprocess.TimeoutExpired:
        child.kill()


def exit_on_sigterm():
    """Let SIGTERM unwind the blocks that stop what we started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def failure_message(program, log, hint=""):
    lines = log.read_text(errors="replace").splitlines()
    tail = "\n".join(f"    {line}" for line in lines[-TAIL_LINES:])
    if "No space left on device" in tail:
        hint = disk_full_message("")
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


def forget_old_logs():
    """Remove the logs that nobody will read any more."""
    for log in paths.LOGS.glob("*.log"):
        if time.time() - log.stat().st_mtime > LOG_LIFE_SECONDS:
            log.unlink(missing_ok=True)


_started = set()
