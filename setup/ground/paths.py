"""Where things are: the checkout, and what the commands put below ``.local``."""

import ast
import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "setup"

# Everything that is downloaded or generated; deleting it loses nothing of value.
LOCAL = ROOT / ".local"
APT = LOCAL / "apt"
ODOO_TREE = LOCAL / "odoo"
VENV = LOCAL / "venv"
VENV_PYTHON = VENV / "bin" / "python"
BYTECODE = LOCAL / "pycache"
NODE = LOCAL / "node"
# addons of others, for tests
PEERS = LOCAL / "peers"
PEERS_LIST = SETUP / "requirements-addons.txt"
LOGS = LOCAL / "log"
LOCKS = LOCAL / "lock"
RUNS = LOCAL / "run"
TEMPLATES = LOCAL / "templates"
BENCH_REPORT = LOCAL / "bench.json"
SCREENSHOTS = LOCAL / "screenshots"
ODOO_CONFIG = LOCAL / "odoo.conf"
ODOO_DATA = LOCAL / "data"

# Tells this checkout's files outside of it (and its databases) from another's.
CHECKOUT_KEY = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]


def addons():
    """Folders of the addons of this checkout, dependencies first."""
    found = {p.parent.name: p.parent for p in ROOT.glob("*/__manifest__.py")}
    ordered = []

    def add(name):
        if name in found and found[name] not in ordered:
            for dependency in manifest(found[name]).get("depends", ()):
                add(dependency)
            ordered.append(found[name])

    for name in sorted(found):
        add(name)
    return ordered


def manifest(addon):
    """The manifest of the addon in folder ``addon``, as a dictionary."""
    return ast.literal_eval((addon / "__manifest__.py").read_text())


def short(path):
    """``path`` as a person would type it from the checkout."""
    relative = os.path.relpath(path, ROOT)
    return str(path) if relative.startswith("..") else relative
