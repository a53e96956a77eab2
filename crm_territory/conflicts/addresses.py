"""Places and records in a few words."""

import re

from ..engine import places

_ZERO_OF_UNIT = re.compile(r"(?<=[A-Z])-?0(?=\d)")


def code_words(country, key):
    """A code of which a key is the beginning, as people write it.

    >>> code_words("DE", "80"), code_words("GB", "M-01-1AE"), code_words("GB", "SW01")
    ('80000', 'M1 1AE', 'SW1')

    :param country: ISO code
    :param key: the beginning of keys, see places
    """
    if not key:
        return ""
    try:
        text = places.understood(country, key).partition("–")[0]
    except places.NotUnderstood:
        return key
    written = _ZERO_OF_UNIT.sub("", text).replace("-", " ")
    return written if places.code_key(country, written).startswith(key) else text


class Addresses:
    """Words for places, in the language of the reader."""

    def __init__(self, env):
        self.env = env
        self._countries = {}

    def country(self, code):
        """The country of an ISO code."""
        if not self._countries:
            found = self.env["res.country"].sudo().search([])
            self._countries = {country.code: country for country in found}
        return self._countries.get(code, self.env["res.country"])

    def of_place(self, prefix, state_id=None, city=None):
        """France 75000, of the beginning of a place code."""
        state = self.env["res.country.state"].sudo().browse(state_id or ())
        country = self.country(prefix[:2])
        words = (
            country.name,
            state.name,
            code_words(prefix[:2], prefix[2:]),
            (city or "").strip(),
        )
        return " ".join(filter(None, words))

    def of_record(self, record):
        """Its name, and where it lies, as its reader sees it."""
        place = " ".join(
            filter(None, (record.country_id.name, record.zip, record.city))
        )
        name = record.display_name or ""
        return f"{name} ({place})" if place else name
