"""Databases that are made once: templates to copy, and the one to look at.

Making a database with CRM takes half a minute, copying one a second. So there is a
template with what our addons depend on, one with our addons on top, and on top of that
one with demonstration data and one for each choice of more modules. Each name ends with
a digest of what it was made from; a template with an old digest is dropped. A file in
``.local/templates`` says that a database was made to its end, and by us.
"""

import hashlib

from . import databases, locks, odoo_server, odoo_source, paths, python_env
from .console import step

# Changing these changes no database.
NOT_INSTALLED = {"tests", "readme", "__pycache__"}
# What the database to look at has beside our addons, which do not need it: quotations.
SHOWN_WITH = ("sale_crm",)


def template():
    """The name of a template with our addons' dependencies."""
    ours = {addon.name for addon in paths.addons()}
    needed = {"crm"}
    for addon in paths.addons():
        needed |= set(paths.manifest(addon).get("depends", ())) - ours
    key = _digest(odoo_source.version_key(), *sorted(needed))
    return _made_once("crm", key, lambda name: _install(name, needed, program="odoo"))


def template_without(modules=()):
    """The name of a template without our addons, with modules of Odoo or of others."""
    name = template()
    if modules:
        label = "_".join(["without", *modules])
        key = _digest(name, *modules, paths.PEERS_LIST.read_text())
        name = _made_once(label, key, lambda new: _install_peers(new, modules), name)
    return name


def addon_template(demo=False, extra=()):
    """The name of a template with our addons as they are now, and modules ``extra``."""
    name = template()
    key = _digest(name, addons_digest())
    name = _made_once("addons", key, lambda new: _install(new, _addon_names()), name)
    if extra:
        label = "_".join(["addons", *extra])
        key = _digest(name, *extra)
        name = _made_once(label, key, lambda new: _install(new, extra), name)
    if demo:
        name = _made_once("_".join(["demo", *extra]), _digest(name), _load_demo, name)
    return name


def keep_current(name, demo, fresh):
    """Make the lasting database ``name``, or upgrade it if our addons changed.

    Returns whether it was made; with ``fresh`` it always is.
    """
    marker = paths.TEMPLATES / name
    current = _digest(odoo_source.version_key(), addons_digest())
    if fresh or not marker.exists() or not databases.exists(name):
        forget(name)
        base = addon_template(demo, SHOWN_WITH if demo else ())
        with step(f"Making the database {name}"):
            databases.drop(name)
            databases.copy(base, name)
        marker.write_text(current)
        return True
    if marker.read_text() != current:
        with step(f"Upgrading the database {name}, as the addons changed"):
            names = ",".join(_addon_names())
            databases.run_odoo(name, "-i", names, "-u", names)
        marker.write_text(current)
    return False


def forget(name):
    """Let the next ``keep_current`` make the database anew."""
    (paths.TEMPLATES / name).unlink(missing_ok=True)


def addons_digest():
    """Changes with every file of our addons that can change a database."""
    digest = hashlib.sha256()
    for addon in paths.addons():
        for file in sorted(addon.rglob("*")):
            inner = file.relative_to(addon)
            if file.is_file() and not NOT_INSTALLED & set(inner.parts):
                digest.update(f"{addon.name}/{inner}\0".encode())
                digest.update(file.read_bytes())
    return digest.hexdigest()


def _addon_names():
    return [addon.name for addon in paths.addons()]


def _digest(*parts):
    return hashlib.sha256("\0".join([*parts, str(paths.ROOT)]).encode()).hexdigest()[:8]


def _made_once(label, key, work, base=None):
    """The template ``label`` with this ``key``, made if needed.

    It is a copy of ``base``, or a new database, on which ``work(name)`` was done.
    """
    label = f"{databases.PREFIX}tpl_{label}"
    name = f"{label}_{key}"
    with locks.exclusive(label):
        marker = paths.TEMPLATES / name
        if marker.exists() and databases.exists(name):
            return name
        paths.TEMPLATES.mkdir(parents=True, exist_ok=True)
        for old in paths.TEMPLATES.glob(f"{label}_????????"):
            databases.drop(old.name)
            old.unlink()
        with step(f"Making the database {name}"):
            databases.drop(name)
            if base:
                databases.copy(base, name)
            work(name)
        marker.touch()
    return name


def _install(name, modules, program="ground.odoo_install"):
    """By default with what pages load, for tests and people that open them."""
    databases.run_odoo(name, "-i", ",".join(sorted(modules)), program=program)


def _install_peers(name, modules):
    found = ("--addons-path", python_env.addons_path())
    databases.run_odoo(name, *found, "-i", ",".join(modules))


def _load_demo(name):
    odoo_server.run(name, "module", "force-demo", "-d", name)
