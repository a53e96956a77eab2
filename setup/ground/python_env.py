"""The virtual environment in ``.local/venv``, with what Odoo and the tests need."""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys

from . import debian, odoo_source, paths
from .console import SetupError, step
from .programs import run_logged

# What Odoo 19 and the pinned packages support.
OLDEST, NEWEST = (3, 11), (3, 13)
SYSTEM_PYTHON = "/usr/bin/python3"
ODOO_LINK = "crm_territory_odoo.pth"


def is_current():
    """Whether this process runs in the environment."""
    return sys.prefix == str(paths.VENV)


def ensure(for_tests=False):
    """Make the environment, or bring it up to date with ``setup/requirements*.txt``."""
    # Python's venv module installs pip last.
    if not (paths.VENV_PYTHON.exists() and (paths.VENV / "bin" / "pip").exists()):
        _create()
    _install("requirements.txt")
    if for_tests:
        _install("requirements-test.txt")
        _install_peers()
    _link_odoo()


def _create():
    python = _python()
    if python == sys.executable and not importlib.util.find_spec("ensurepip"):
        debian.install("python3-venv", "Python's venv module")
    with step(f"Making a Python environment in {paths.short(paths.VENV)}"):
        shutil.rmtree(paths.VENV, ignore_errors=True)
        run_logged(
            "python",
            [python, "-m", "venv", paths.VENV],
            hint="On Debian or Ubuntu, it needs the package python3-venv.",
        )


def _python():
    """The interpreter to make the environment with. Rather the system's own than the
    one that runs this: one that was built by hand is often slower by a fifth.
    """
    if _has_venv(SYSTEM_PYTHON):
        return SYSTEM_PYTHON
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return sys.executable
    for minor in range(NEWEST[1], OLDEST[1] - 1, -1):
        if found := shutil.which(f"python3.{minor}"):
            return found
    wanted = " to ".join(".".join(map(str, v)) for v in (OLDEST, NEWEST))
    raise SetupError(f"Python {wanted} is needed; this is {sys.version.split()[0]}.")


def _has_venv(python):
    """Whether it is there, of a version that fits, and can make environments."""
    code = "import ensurepip, sys; print(sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True)
    except OSError:
        return False
    versions = [f"(3, {minor})" for minor in range(OLDEST[1], NEWEST[1] + 1)]
    return done.stdout.strip() in versions


def _install(name):
    requirements = paths.SETUP / name
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    installed = paths.VENV / f".{name}"
    if installed.exists() and installed.read_text() == digest:
        return
    with step(f"Installing the Python packages of {paths.short(requirements)}"):
        run_logged(
            "python",
            # most of what it would compile is never imported
            [paths.VENV_PYTHON, "-m", "pip", "install", "--no-compile"]
            + ["-r", requirements, "-c", paths.SETUP / "requirements.txt"],
            hint="It needs a connection to a Python package index.",
        )
    installed.write_text(digest)


def _install_peers():
    """Addons of others: pip would look for Odoo itself, which they need."""
    requirements = paths.PEERS_LIST
    wanted = requirements.read_text()
    installed = paths.PEERS / ".installed"
    if installed.exists() and installed.read_text() == wanted:
        return
    with step(f"Installing the addons of {paths.short(requirements)}"):
        shutil.rmtree(paths.PEERS, ignore_errors=True)
        run_logged(
            "python",
            [paths.VENV_PYTHON, "-m", "pip", "install", "--no-compile", "--no-deps"]
            + ["--target", paths.PEERS, "-r", requirements],
            hint="It needs a connection to a Python package index.",
        )
    installed.write_text(wanted)


def peer_addons():
    """The folder of the addons of others."""
    return paths.PEERS / "odoo" / "addons"


def addons_path():
    """Odoo's option for our addons and those of others."""
    return f"{paths.ROOT},{peer_addons()}"


def _link_odoo():
    """Let the environment find Odoo, also when it is used without our commands."""
    link = _site_packages() / ODOO_LINK
    line = f"{odoo_source.folder()}\n"
    if not link.exists() or link.read_text() != line:
        link.write_text(line)


def _site_packages():
    version = re.search(
        r"^version = (\d+\.\d+)", (paths.VENV / "pyvenv.cfg").read_text(), re.M
    )
    return paths.VENV / "lib" / f"python{version[1]}" / "site-packages"


def environment():
    """Environment variables for programs that run in the environment."""
    search = f"{paths.VENV_PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    return {"PATH": search, "VIRTUAL_ENV": str(paths.VENV)}
