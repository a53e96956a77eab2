"""What is wrong with geography and rules is said in their forms, while one edits."""

import pytest

from .screens import LAPTOP, PHONE

pytestmark = pytest.mark.browser

WARNING = ".alert-warning:visible .fa-exclamation-triangle"


@pytest.fixture
def warned(demo):
    """A function that gives the id of a demonstration record that is warned of."""
    admin = demo.client("helena")

    def find(model, field):
        rows = admin.call(model, "search_read", [("active", "=", True)], [field])
        return next(row["id"] for row in rows if row[field])

    return find


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_geography(open_as, warned, assert_fits, size):
    number = warned("crm.territory", "area_conflict")
    page = open_as("helena", f"crm.territory/{number}", ".o_form_view", size=size)
    page.click(".o_notebook_headers a[name='areas']")
    page.wait_for_selector(WARNING)
    assert_fits(page, "geography")


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_rule(open_as, warned, assert_fits, size):
    number = warned("crm.territory.rule", "conflict")
    page = open_as("helena", f"crm.territory.rule/{number}", ".o_form_view", size=size)
    page.wait_for_selector(WARNING)
    assert_fits(page, "rule")
