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
