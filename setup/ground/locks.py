"""Locks between processes: released by the kernel, however the holder ends."""

import fcntl
from contextlib import contextmanager

from . import paths


@contextmanager
def exclusive(name):
    """Hold the lock ``name``; wait while another process has it."""
    with lock_file(name) as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def share(file):
    """Wait until nobody has ``file`` exclusively, then hold it with other sharers."""
    fcntl.flock(file, fcntl.LOCK_SH)


def is_last(file):
    """Whether nobody else holds ``file``; this process then has it exclusively."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_file(name):
    paths.LOCKS.mkdir(parents=True, exist_ok=True)
    return (paths.LOCKS / name).open("a")
