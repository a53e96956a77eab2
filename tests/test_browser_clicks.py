"""The main flows, done as the page on clicks says, take as many as it says."""

import re

import pytest

from ground import paths
from tests.screens import LAPTOP
from tests.tutorial import Reader, steps

pytestmark = pytest.mark.browser

PAGE = paths.ROOT / "docs" / "reference" / "clicks.md"


def flows(text):
    """{name: (how many clicks the table says, its section)}

    >>> flows("| flow | from | clicks |\\n| Undo | the run | 2 |\\n## Undo\\n1. Press")
    {'Undo': (2, '1. Press')}
    """
    _head, *sections = re.split(r"^## ", text, flags=re.M)
    said = dict(re.findall(r"^\| ([^|]+?) \|.*\| (\d+) \|$", text, flags=re.M))
    by_name = dict(section.split("\n", 1) for section in sections)
    assert by_name.keys() == said.keys()
    return {name: (int(said[name]), section) for name, section in by_name.items()}


def test_flows(make_demo, browser_page, keep_picture):
    demo = make_demo()  # of its own: a plan is activated there
    browser_page.set_viewport_size(LAPTOP)
    browser_page.set_default_timeout(60_000)
    reader = Reader(browser_page, demo, keep_picture)
    reader.log_in("helena")
    counted = {}
    for name, (_said, section) in flows(PAGE.read_text()).items():
        reader.clicks = 0
        for sentence, said in steps(section):
            reader.do(sentence, **said)
        counted[name] = reader.clicks
        print(name, reader.clicks)
    assert counted == {n: said for n, (said, _s) in flows(PAGE.read_text()).items()}
