"""Odoo itself: the checkout that ODOO_SOURCE names, or Debian's package unpacked.

Debian's ``odoo-19`` needs no installation; unpacked it is the Python package ``odoo``
and its addons. What it only links to comes from the packages listed here.
"""

import os
import re
import shutil
from pathlib import Path

from . import debian, paths
from .console import SetupError, step

SUITE = "sid"
PACKAGES = (
    "odoo-19",
    "fonts-montserrat",
    "fonts-roboto-unhinted",
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
)
# Odoo draws its icons with Font Awesome 4; newer suites have 7, which shows none.
ICONS_SUITE, ICONS_PACKAGE = "trixie", "fonts-font-awesome"
# Debian ships it not, as it is no source; without it every page logs an error.
EMPTY_SCRIPT = "mail/static/lib/selfie_segmentation/selfie_segmentation.js"
# Beside the package odoo: half copies of addons, and names too common for a path.
STRAY_FOLDERS = ("addons", "doc", "setup")

NEEDED_BYTES = 4 * 1024**3
COMPLETE = paths.ODOO_TREE / ".complete"


def folder():
    """The folder to put on Python's path so that ``import odoo`` finds Odoo 19."""
    source = os.environ.get("ODOO_SOURCE")
    if source:
        return _checked(Path(source).expanduser().resolve())
    return paths.ODOO_TREE / "usr" / "lib" / "python3" / "dist-packages"


def ensure():
    """Download Odoo unless it is there or ODOO_SOURCE names one."""
    if os.environ.get("ODOO_SOURCE"):
        folder()
    elif not COMPLETE.exists():
        _download()


def version_key():
    """Changes when another Odoo is used: databases made with one fit no other."""
    source = folder()
    release = source / "odoo" / "release.py"
    head = source / ".git" / "HEAD"
    newest = max(p.stat().st_mtime_ns for p in (release, head) if p.exists())
    return f"{source}:{newest}"


def _checked(source):
    release = source / "odoo" / "release.py"
    if not release.is_file():
        raise SetupError(
            f"ODOO_SOURCE is {source}, which has no odoo/release.py. Set it to the "
            "folder of an Odoo 19 checkout (the one with odoo-bin), or unset it."
        )
    version = re.search(r"version_info = \((\d+), *(\d+)", release.read_text())
    if not version or version.groups() != ("19", "0"):
        found = ".".join(version.groups()) if version else "unknown"
        raise SetupError(
            f"ODOO_SOURCE is {source}, whose Odoo has version {found}; 19.0 is needed."
        )
    if not any((source / a / "crm").is_dir() for a in ("addons", "odoo/addons")):
        raise SetupError(
            f"ODOO_SOURCE is {source}, which has no addon crm in addons/. "
            "Set it to the folder of a whole Odoo 19 checkout."
        )
    return source


def _download():
    free = shutil.disk_usage(paths.LOCAL).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"{paths.LOCAL} has {free / 1024**3:.1f} GiB free; Odoo and its databases "
            f"need {NEEDED_BYTES // 1024**3}."
        )
    archive = debian.Archive(SUITE, ICONS_SUITE)
    with step("Reading the lists of Debian's archive"):
        archive.update()
    with step("Downloading and unpacking Odoo 19 (120 MB)"):
        archive.unpack(PACKAGES, SUITE, paths.ODOO_TREE)
        archive.unpack([ICONS_PACKAGE], ICONS_SUITE, paths.ODOO_TREE)
    for name in STRAY_FOLDERS:
        shutil.rmtree(folder() / name, ignore_errors=True)
    script = folder() / "odoo" / "addons" / EMPTY_SCRIPT
    script.parent.mkdir(parents=True, exist_ok=True)
    script.touch()
    COMPLETE.touch()
