"""ZIP codes as text: one normal form, and ranges that the matcher can join on."""

import re
from os.path import commonprefix

_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Z]")


def normalize(code):
    """The normal form of a ZIP code: capitals and digits, nothing between them.

    >>> [normalize(code) for code in ("sw1a 1aa", "H3Z-2Y7", "1012 AB", "06000", "")]
    ['SW1A1AA', 'H3Z2Y7', '1012AB', '06000', '']
    """
    return _NOT_ALPHANUMERIC.sub("", (code or "").upper())


def bounds(zip_from, zip_to):
    """The normalised low and high end of a range and what all its codes begin with.

    Without ``zip_to`` the range holds the codes that begin with ``zip_from``.

    >>> bounds("75 ", "")
    ('75', '75', '75')
    >>> bounds("90001", "90210")
    ('90001', '90210', '90')
    >>> bounds("", "")

    :return: (low, high, key), or None without any ZIP code
    """
    low, high = normalize(zip_from), normalize(zip_to)
    if not low and not high:
        return None
    low, high = low or high, high or low
    return low, high, commonprefix([low, high])
