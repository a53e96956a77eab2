"""The page for the review meeting, printed by a real server for real users."""

import io
import re
import urllib.request
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import pytest

from ground import printing

PAGE = "crm_territory.report_review"
NAMES = ["Worldwide", "Europe", "Germany South", "Texas"]


@pytest.fixture(scope="module")
def server(make_server):
    return make_server(demo=True)


@pytest.fixture
def get_as(server):
    """A function that logs in and gets the answer of an address."""

    def get(login, path):
        jar = urllib.request.HTTPCookieProcessor(CookieJar())
        browser = urllib.request.build_opener(jar)
        page = browser.open(f"{server.url}/web/login").read().decode()
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
        form = {"login": login, "password": login, "csrf_token": token}
        browser.open(f"{server.url}/web/login", urlencode(form).encode())
        return browser.open(f"{server.url}{path}").read()

    return get


@pytest.mark.parametrize("login", ["helena", "claire", "amy"])
def test_one_page_for_each_territory(server, get_as, login):
    """With the opportunities that one may read, and no others."""
    from lxml import html
    from PyPDF2 import PdfReader

    client = server.client(login, login)
    domain = [("name", "in", NAMES), ("plan_id.state", "=", "active")]
    territories = client.call("crm.territory", "search_read", domain, ["name"])
    assert len(territories) == len(NAMES)
    ids = ",".join(str(territory["id"]) for territory in territories)
    if printing.is_possible():
        file = PdfReader(io.BytesIO(get_as(login, f"/report/pdf/{PAGE}/{ids}")))
        assert len(file.pages) == len(NAMES)
    document = html.fromstring(get_as(login, f"/report/html/{PAGE}/{ids}"))
    pages = [
        " ".join(page.text_content().split()) for page in document.find_class("page")
    ]
    for territory, page in zip(territories, pages, strict=True):
        assert page.startswith(territory["name"])
        domain = [
            ("territory_id", "child_of", territory["id"]),
            ("type", "=", "opportunity"),
            ("won_status", "=", "pending"),
        ]
        largest = client.call(
            "crm.lead",
            "search_read",
            domain,
            ["name"],
            order="expected_revenue desc, id",
            limit=10,
        )
        for lead in largest:
            assert lead["name"] in page
        count = client.call("crm.lead", "search_count", domain)
        assert (f"Total {count} " if count else "No opportunity is open.") in page
