"""The sizes that screens are looked at in, and by whom."""

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 400, "height": 800}

# who looks at them, and on what: an administrator, a territory manager, a salesperson
LOOKS = {
    "helena-laptop": ("helena", LAPTOP),
    "claire-phone": ("claire", PHONE),
    "amy-laptop": ("amy", LAPTOP),
    "amy-phone": ("amy", PHONE),
}

# what a link within the client does
FOLLOW = """path => {
    document.querySelector(".o_action").dataset.left = "";
    const link = document.createElement("a");
    link.href = `/odoo/${path}`;
    document.body.append(link);
    link.click();
    link.remove();
}"""


def walk(page, screens):
    """Yield the name of each of some screens while an open page shows it, without
    loading the client anew.

    :param screens: {name: (path, selector of what must be there)}
    """
    for name, (path, selector) in screens.items():
        page.evaluate(FOLLOW, path)
        page.wait_for_selector("[data-left]", state="detached")
        page.wait_for_selector(selector)
        yield name
