"""The words on a page, and the terms of our addons that they could be."""

import re

import polib

from ground import paths

# Fewer letters than that say nothing about the language.
SHORTEST = 3
SHORTEST_AROUND_VALUES = 8
# Texts that are seen and those of tooltips; not what somebody wrote in the chatter.
SHOWN = """() => {
    const others = "script, style, .o-mail-Message, .o_field_domain";
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const words = [];
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!element.closest(others) && element.checkVisibility()) {
            words.push(walker.currentNode.textContent);
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
VALUE = re.compile(r"%\(\w+\)[.\d]*\w|%s")


def english_terms():
    """A pattern of whole texts: those of our terms that are not the same in French."""
    english, french = set(), set()
    for addon in paths.addons():
        for entry in polib.pofile(addon / "i18n" / "fr.po"):
            english |= set(_texts(entry.msgid))
            french |= set(_texts(entry.msgstr))
    return re.compile("|".join(map(_pattern, sorted(english - french))))


def texts_of(html):
    """The texts between the tags of a mail."""
    return {" ".join(text.split()) for text in TAG.split(html)}


def _texts(term):
    """The texts of a term that has tags between them; without the shortest."""
    for text in [*TAG.split(term), *TITLE.findall(term)]:
        text = " ".join(text.split())
        shortest = SHORTEST_AROUND_VALUES if VALUE.search(text) else SHORTEST
        if len(re.findall(r"[^\W\d_]", VALUE.sub("", text))) >= shortest:
            yield text


def _pattern(text):
    return ".+".join(re.escape(part) for part in VALUE.split(text))
