"""What the commands print: steps with their seconds, and errors without traceback."""

import errno
import sys
import time
from contextlib import contextmanager


class SetupError(Exception):
    """Something is missing or wrong that the user can mend; the message says how."""


def say(text=""):
    print(text, flush=True)


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


@contextmanager
def errors_without_traceback(command):
    """Turn the errors a user can mend into one message and exit code 2."""
    try:
        yield
    except SetupError as error:
        complain(command, str(error))
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        complain(command, disk_full_message(error.filename))
    except KeyboardInterrupt:
        say()
        sys.exit(130)


def complain(command, message):
    sys.stdout.flush()
    print(f"\n{command}: {message}", file=sys.stderr, flush=True)
    sys.exit(2)


def disk_full_message(where):
    at = f" ({where})" if where else ""
    return f"The disk is full{at}. Free some space and run the command again."
