"""The browser of the tests: Debian's Chromium, without a window."""

import shutil

from . import debian
from .console import SetupError

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find():
    """The path of the browser, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def ensure():
    """Install a browser where there is none and we may."""
    if find():
        return
    debian.install("chromium", "The browser Chromium, which tests drive,")
    if not find():
        raise SetupError("Chromium was installed, but its program was not found.")
