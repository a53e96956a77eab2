"""The browser of the tests: Debian's Chromium, without a window."""

import shutil

from . import debian, paths
from .console import SetupError

PURPOSE = "The browser Chromium, which tests drive,"
# The one that can have no window at all takes half the processor time.
WINDOWLESS = "chromium-headless-shell"
PROGRAMS = (
    # not Debian's script that starts it, which would end without it
    f"/usr/lib/chromium/{WINDOWLESS}",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
)
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
    if not find():
        try:
            debian.install(WINDOWLESS, PURPOSE)
        except SetupError:
            # not every Debian has it
            debian.install("chromium", PURPOSE)
        if not find():
            raise SetupError("Chromium was installed, but its program was not found.")
    _show_to_odoo()


def _show_to_odoo():
    """Odoo's tests start what is called so, and know the others themselves."""
    link = paths.VENV_PYTHON.parent / "google-chrome"
    if find() == PROGRAMS[0] and not link.exists():
        link.unlink(missing_ok=True)
        link.symlink_to(PROGRAMS[0])
