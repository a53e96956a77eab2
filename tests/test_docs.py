"""What the documentation says is so: its links lead somewhere, its pictures are small,
and what it says that methods return is what a server sends.
"""

import json
import re
from pathlib import Path
from urllib.parse import unquote

import polib
import pytest

from ground import odoo_source, paths
from tests import tutorial

DOCS = paths.ROOT / "docs"
PAGES = sorted([*DOCS.rglob("*.md"), *paths.ROOT.glob("crm_territory*/README.md")])
LINK = re.compile(r"(?<!`)!?\[[^\]]*\]\(([^)\s]+)\)")
ITALIC = re.compile(r"(?<!\*)\*([^*\n]+)\*(?!\*)")
TAG = re.compile(r"<[^>]*>")
MOST_BYTES = 150_000
MOST_PICTURES = 10


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text()):
        if "://" not in link and not link.startswith("#"):
            target = page.parent / unquote(link.split("#")[0])
            assert target.exists(), f"{page.name} links to {link}"


def test_pictures_are_few_small_and_shown():
    pictures = [
        *DOCS.glob("images/*"),
        *paths.ROOT.glob("crm_territory*/static/description/*.png"),
    ]
    pictures = [picture for picture in pictures if picture.stem != "icon"]
    text = "".join(page.read_text() for page in [*PAGES, paths.ROOT / "README.rst"])
    assert 0 < len(pictures) <= MOST_PICTURES
    for picture in pictures:
        assert picture.stat().st_size <= MOST_BYTES, picture.name
        assert picture.name in text


def test_every_page_is_reached():
    reached, todo = set(), [DOCS / "README.md"]
    while todo:
        page = todo.pop()
        if page in reached:
            continue
        reached.add(page)
        links = LINK.findall(page.read_text())
        found = [(page.parent / link.split("#")[0]).resolve() for link in links]
        todo += [Path(link) for link in found if link.suffix == ".md"]
    missed = {page for page in DOCS.rglob("*.md") if "decisions" not in page.parts}
    assert not missed - reached


def test_steps_of_the_tutorial_are_understood():
    assert len(tutorial.steps((DOCS / "tutorial.md").read_text())) > 20


def test_french_page_says_what_screens_say():
    """Its words in italics are the French of some term, ours or Odoo's."""
    folders = [*paths.addons()]
    odoo = odoo_source.folder() / "odoo" / "addons"
    folders += [odoo / name for name in ("base", "web", "crm")]
    terms = {
        " ".join(text.split())
        for folder in folders
        for entry in polib.pofile(folder / "i18n" / "fr.po")
        for text in TAG.split(entry.msgstr)
    }
    page = (DOCS / "fr" / "guide.md").read_text()
    words = {word for path in ITALIC.findall(page) for word in path.split(" ▸ ")}
    assert len(words) > 30
    assert words - terms - {"⚙"} == set()


def said(name):
    """The example of that name in the page on the API."""
    page = (DOCS / "reference" / "api.md").read_text()
    return json.loads(re.search(rf"```json {name}\n(.*?)```", page, re.S)[1])


def test_api_returns_what_the_page_says(demo):
    client = demo.client("helena")
    [plan] = client.call(
        "crm.territory.plan", "search", [("state", "=", "draft")], limit=1
    )
    run = client.call("crm.territory.run", "create", {"plan_id": plan, "is_dry": True})
    assert client.call("crm.territory.run", "run_to_end", [run]).keys() == (
        said("run").keys()
    )
    [forecast] = client.call(
        "crm.territory.forecast", "search", [("name", "=", "Revenue")]
    )
    board = client.call(
        "crm.territory.forecast", "get_board", [forecast], said("options")
    )
    found = {"forecast", "periods", "rows", "is_partial", "lost", "unplaced"}
    assert board.keys() == found | {"introduction"}
    row = board["rows"][0]
    assert row.keys() == said("row").keys()
    assert len(row["cells"]) == len(board["periods"])
    for figures in row["cells"]:
        assert figures.keys() == said("figures").keys()
    assert row["total"].keys() == said("figures").keys() | {"undated"}
    own = demo.client("amy").call("crm.territory.forecast", "get_own_targets")
    assert own.keys() == {"label", "is_monetary", "currency_id", "rows"}


MENU = re.compile(r"\*((?:CRM|Reporting|Configuration|Territories)(?:\s▸\s[^*▸]+)+)\*")
TEXTS = [*PAGES, *paths.ROOT.glob("crm_territory*/readme/*.md")]


def test_menus_are_there(demo):
    client = demo.client()
    menus = client.call(
        "ir.ui.menu",
        "search_read",
        [],
        ["complete_name"],
        context={"ir.ui.menu.full_list": True},
    )
    known = {menu["complete_name"] for menu in menus}
    # below it are parts of one page
    settings = "CRM/Configuration/Settings"
    missed = set()
    for page in TEXTS:
        for said in MENU.findall(page.read_text()):
            path = "/".join(" ".join(word.split()) for word in said.split("▸"))
            path = (
                path.split("/Settings/")[0] + "/Settings" if settings in path else path
            )
            if not any(name == path or name.endswith("/" + path) for name in known):
                missed.add(f"{page.name}: {path}")
    assert known
    assert not missed, sorted(missed)


TEMPLATES = {
    "Territories": "crm_territory/static/templates/territory.csv",
    "Geography": "crm_territory/static/templates/area.csv",
    "Members": "crm_territory/static/templates/member.csv",
    "Overrides": "crm_territory/static/templates/override.csv",
    "Targets": "crm_territory_forecast/static/templates/target.csv",
}


@pytest.mark.parametrize("kind", TEMPLATES)
def test_columns_of_imports(kind):
    page = (DOCS / "how-to" / "imports.md").read_text()
    header = (paths.ROOT / TEMPLATES[kind]).read_text().splitlines()[0]
    assert f"| {kind} | {header.replace(',', ', ')} |" in page
