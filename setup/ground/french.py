"""Whether the French of addons is whole: ``python -m ground.french ADDON...``

The template ``i18n/ADDON.pot`` says which terms there are, ``i18n/fr.po`` what they are
in French.
"""

import re
import sys
from pathlib import Path

import polib

# What is the same in every language: values that are filled in, and tags.
KEPT = re.compile(r"%\(\w+\)[.\d]*\w|%[sd%]|</?\w+")
TAG = re.compile(r"<[^>]*>")
# As Odoo's French is written: what is before these marks is not broken off.
UNUSUAL = re.compile(r"’| [:;?!»]|« |\w[;?!»]|«\w")


def problems(addon):
    """Sentences about terms without French, or whose French is not theirs."""
    folder = Path(addon) / "i18n"
    terms = {entry.msgid for entry in polib.pofile(folder / f"{addon}.pot")}
    french = polib.pofile(folder / "fr.po")
    told = {entry.msgid: entry.msgstr for entry in french.translated_entries()}
    for term in sorted(terms - told.keys()):
        yield f"{addon}: has no French, or a doubtful (fuzzy) one: {term!r}"
    for entry in french:
        if entry.obsolete or entry.msgid not in terms:
            yield f"{addon}: is no term any more: {entry.msgid!r}"
    for term, text in told.items():
        if sorted(KEPT.findall(term)) != sorted(KEPT.findall(text)):
            yield f"{addon}: placeholders or tags differ: {term!r}, {text!r}"
        if UNUSUAL.search(TAG.sub(" ", text)):
            yield f"{addon}: apostrophe, or no space that does not break: {text!r}"


if __name__ == "__main__":
    found = [problem for addon in sys.argv[1:] for problem in problems(addon)]
    sys.exit("\n".join(found) or None)
