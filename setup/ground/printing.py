"""What Odoo prints PDF files with."""

import shutil

from . import debian
from .console import SetupError, say


def is_possible():
    return bool(shutil.which("wkhtmltopdf"))


def ensure():
    """Install wkhtmltopdf where there is none and we may; else say what goes without:
    newer Debians have no such package.
    """
    if is_possible():
        return
    try:
        debian.install("wkhtmltopdf", "wkhtmltopdf, with which Odoo prints,")
    except SetupError as error:
        say(f"{error}\nWithout it Odoo shows pages instead of printing them.")
