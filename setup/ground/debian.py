"""Packages from Debian's archive: installed, or only downloaded and unpacked."""

import os
import shutil
import subprocess

from . import paths
from .console import SetupError, say
from .programs import run_logged

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"


def install(package, purpose):
    """Install ``package`` where we may (root on Debian); else say who should."""
    if os.geteuid() or not shutil.which("apt-get"):
        raise SetupError(
            f"{purpose} is missing. Install it (on Debian or Ubuntu: "
            f"apt-get install {package}) and run this command again."
        )
    say(f"{purpose} is missing: installing Debian's package {package}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_logged("apt", ["apt-get", "update"], env=environment)
    run_logged(
        "apt",
        ["apt-get", "install", "-y", "--no-install-recommends", package],
        env=environment,
    )


class Archive:
    """Debian's archive read through lists of our own, so that the system's stay as is.

    ``suites`` are the ones that packages are downloaded from.
    """

    def __init__(self, *suites):
        if not shutil.which("apt-get"):
            raise SetupError(
                "Odoo 19 is downloaded from Debian's archive, which needs apt-get. "
                "Without it, set ODOO_SOURCE to the folder of an Odoo 19 checkout."
            )
        self.suites = suites
        self.sources = paths.APT / "sources.list"

    def update(self):
        """Fetch the archive's lists (signed by Debian) into ``.local/apt``."""
        for folder in ("lists/partial", "cache/archives/partial"):
            (paths.APT / folder).mkdir(parents=True, exist_ok=True)
        address = archive_address()
        self.sources.write_text(
            "".join(
                f"deb [signed-by={KEYRING}] {address} {suite} main\n"
                for suite in self.suites
            )
        )
        run_logged("apt", ["apt-get", *self._options(), "update"])

    def unpack(self, packages, suite, target):
        """Download ``packages`` of ``suite`` and unpack them below ``target``."""
        debs = paths.APT / "debs"
        shutil.rmtree(debs, ignore_errors=True)
        debs.mkdir()
        words = [f"{package}/{suite}" for package in packages]
        run_logged("apt", ["apt-get", *self._options(), "download", *words], cwd=debs)
        target.mkdir(parents=True, exist_ok=True)
        for deb in debs.iterdir():
            run_logged("apt", ["dpkg-deb", "-x", deb, target])
        shutil.rmtree(debs)

    def _options(self):
        return _apt_options(
            **{
                "Dir::State::lists": paths.APT / "lists",
                "Dir::Etc::sourcelist": self.sources,
                "Dir::Etc::sourceparts": "-",
            }
        )


def archive_address():
    """The address of Debian's archive, from the system's own configuration."""
    targets = _configured_targets()
    if not targets:
        # The system has no lists yet: read its sources into lists of our own.
        lists = paths.APT / "system-lists"
        (lists / "partial").mkdir(parents=True, exist_ok=True)
        options = _apt_options(**{"Dir::State::lists": lists})
        run_logged("apt", ["apt-get", *options, "update"])
        targets = _configured_targets(options)
    for address, release, component, origin in targets:
        if origin == "Debian" and component == "main" and "-" not in release:
            return address
    raise SetupError(
        "apt knows no Debian archive, from which Odoo 19 would be downloaded. "
        "Set ODOO_SOURCE to the folder of an Odoo 19 checkout."
    )


def _configured_targets(options=()):
    columns = "$(REPO_URI)|$(CODENAME)|$(COMPONENT)|$(ORIGIN)"
    listed = subprocess.run(
        ["apt-get", *options, "indextargets", "--format", columns]
        + ["Created-By: Packages"],
        capture_output=True,
        text=True,
    )
    return [tuple(line.split("|")) for line in listed.stdout.splitlines()]


def _apt_options(**values):
    values |= {
        "Dir::Cache": paths.APT / "cache",
        "Acquire::Languages": "none",
        # As root, apt would otherwise fetch as a user that may not reach .local.
        "APT::Sandbox::User": "root",
    }
    return [word for key, value in values.items() for word in ("-o", f"{key}={value}")]
