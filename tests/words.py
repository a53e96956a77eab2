"""The words on a page, and the terms of our addons that they could be."""

import re

import polib

from ground import paths

# What tells a record from another is no term: the demonstration keeps its names.
SHORTEST = 3
SHOWN = """() => {
    const seen = (node) => node.parentElement?.checkVisibility();
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.parentElement.closest("script, style") && seen(node)) {
            words.push(node.textContent);
        }
    }
    for (const name of ["title", "placeholder", "aria-label", "data-tooltip"]) {
        for (const element of document.querySelectorAll(`body [${name}]`)) {
            words.push(element.getAttribute(name));
        }
    }
    return words.map((each) => each.replace(/\\s+/g, " ").trim()).filter(Boolean);
}"""
TAG = re.compile(r"<[^>]*>")
TITLE = re.compile(r'title="([^"]+)"')
FILLED_IN = re.compile(r"%\\\((\w+)\\\)(?:\\\.\d)?\w|%s")


def english_terms():
    """What matches a whole text of a page that one of our terms has in English only."""
    english, french = set(), set()
    for addon in paths.addons():
        for entry in polib.pofile(addon / "i18n" / "fr.po"):
            english |= set(_texts(entry.msgid))
            french |= set(_texts(entry.msgstr))
    return re.compile("|".join(map(_pattern, sorted(english - french))))


def _texts(term):
    """The texts of a term, which may have tags between them."""
    for text in [*TAG.split(term), *TITLE.findall(term)]:
        text = " ".join(text.split())
        if len(FILLED_IN.sub("", re.escape(text)).strip(" :.–")) >= SHORTEST:
            yield text


def _pattern(text):
    return FILLED_IN.sub(".+", re.escape(text))
