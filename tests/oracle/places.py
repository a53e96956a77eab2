"""Where an address lies, read slowly: postal codes as five countries write them.

An independent reading of section 3.6 of ``docs/design.md``: a code is a tuple of its
units (a British district is a number), an area the codes between two tuples, and every
code is compared as it stands. It shares no code with the engine, and must not.
"""

import re
import unicodedata

_BRITISH = re.compile(
    r"^([A-Z][A-Z]?)(?:([0-9]{1,2})([A-Z]?))?(?: ([0-9])([A-Z]{2})?)?$"
)
_LETTERS_AND_DIGITS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
# digits and letters of the codes
_PATTERNS = {"US": "ddddddddd", "FR": "ddddd", "NL": "ddddll", "CA": "ldldld"}
# British units: area, number and letter of the district, sector, unit
_SMALLEST = ((0, "A"), (0, ""), (0, ""), (0, ""), (0, "AA"))
_LARGEST = ((0, "ZZ"), (99, ""), (0, "Z"), (9, ""), (0, "ZZ"))
# what has a code of its own: {country: ((first digits, the other country), ...)}
_ELSEWHERE = {
    "US": (("006", "PR"), ("007", "PR"), ("008", "VI"), ("009", "PR")),
    "FR": (("974", "RE"),),
}


def units_of(country, text, is_area=False):
    """The units of a code, of a whole one or its beginning; () for none."""
    text = unicodedata.normalize("NFKC", text or "").upper().replace("-", " ").strip()
    if country == "GB":
        return _british_units(text)
    code = "".join(c for c in text if c in _LETTERS_AND_DIGITS)
    if country in ("US", "FR") and not is_area and code.isdigit():
        # a spreadsheet took zeros away
        if len(code) == 4 or (country == "US" and len(code) == 3):
            code = code.zfill(5)
    pattern = _PATTERNS[country]
    fits = len(code) <= len(pattern) and all(
        c.isdigit() if kind == "d" else c.isalpha()
        for c, kind in zip(code, pattern, strict=False)
    )
    return tuple((0, c) for c in code) if fits else ()


def _british_units(text):
    """Area, number, letter of the district, sector, unit."""
    compact = text.replace(" ", "")
    if re.search(r"[0-9][A-Z]{2}$", compact) and len(compact) > 4:
        text = f"{compact[:-3]} {compact[-3:]}"
    found = _BRITISH.match(text)
    if not found:
        return ()
    area, number, letter, sector, unit = found.groups()
    units = [(0, area)]
    if number is None:
        return tuple(units)
    units.append((int(number), ""))
    if letter or sector:
        units.append((0, letter))
    if sector:
        units.append((int(sector), ""))
    if unit:
        units.append((0, unit))
    return tuple(units)


def is_between(country, code, low, high):
    """Whether all that a code (or beginning of codes) holds lies between two others."""
    if not code:
        return False
    first, last = _filled(country, code)
    return _filled(country, low)[0] <= first and last <= _filled(country, high)[1]


def _filled(country, units):
    """The first and the last code that begin with units."""
    if country == "GB":
        return units + _SMALLEST[len(units) :], units + _LARGEST[len(units) :]
    rest = _PATTERNS[country][len(units) :]
    return tuple(
        units + tuple((0, ends[kind]) for kind in rest)
        for ends in ({"d": "0", "l": "A"}, {"d": "9", "l": "Z"})
    )


def country_of(country, code):
    """The country that a code is of: some parts of countries have one of their own."""
    digits = "".join(text for _number, text in code)
    for beginning, other in _ELSEWHERE.get(country, ()):
        if digits.startswith(beginning):
            return other
    return country


def same_city(name, other):
    return _plain(name) == _plain(other)


def _plain(name):
    return unicodedata.normalize("NFKC", name or "").strip().lower()
