"""The formatters of XML and JavaScript, which come from npm, in ``.local/node``."""

import hashlib
import os
import shutil

from . import debian, paths
from .console import step
from .programs import run_logged

FILES = ("package.json", "package-lock.json")
MODULES = paths.NODE / "node_modules"


def ensure():
    """Install them unless what ``setup/lint/package-lock.json`` names is there."""
    folder = paths.SETUP / "lint"
    wanted = b"".join((folder / name).read_bytes() for name in FILES)
    digest = hashlib.sha256(wanted).hexdigest()
    installed = paths.NODE / ".installed"
    if installed.exists() and installed.read_text() == digest:
        return
    if not shutil.which("npm"):
        debian.install("npm", "npm (of Node.js 18 or newer)")
    paths.NODE.mkdir(exist_ok=True)
    for name in FILES:
        shutil.copy(folder / name, paths.NODE)
    with step("Installing the npm packages of setup/lint"):
        run_logged(
            "npm",
            ["npm", "ci", "--no-audit", "--no-fund"],
            hint="It needs a connection to an npm registry, or run setup/test with the "
            "stages other than lint.",
            cwd=paths.NODE,
        )
    installed.write_text(digest)


def program(name):
    return str(MODULES / ".bin" / name)


def environment():
    """Lets the tools' settings in ``setup/lint`` find the installed plugins."""
    return {**os.environ, "NODE_PATH": str(MODULES)}
