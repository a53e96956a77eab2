"""The sizes that screens are looked at in."""

LAPTOP = {"width": 1366, "height": 768}
PHONE = {"width": 400, "height": 800}
