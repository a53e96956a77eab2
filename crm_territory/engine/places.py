"""Postal codes as places (design 3.6): one key for each code, and areas as the fewest
beginnings of keys that make them up.

A *place code* is the country and the key of a code: ``DE10117``, ``GBM-01-1AE``. A
record lies in an area if its place code begins with one of the area's prefixes.
"""

import re
import unicodedata
from functools import cache, lru_cache, partial

from .countries import FACTS, PARTS, PARTS_BY_STATE
from .postal_forms import form_of

_DASHES = re.compile(r"[‐‑‒–—―−﹣－~〜]")
_BETWEEN = re.compile(r"\s*(?:\.\.+|->|→|(?<=[0-9A-Z])\s+(?:TO|BIS)\s+)\s*")
_LIST = re.compile(r"[,;|\n\r\t、]+|\s/\s")
_SIGNS = re.compile(r"(?:[*%?…_]+|\.\.\.+)$")
_WILD = re.compile(r"(?:[*%?…_]+|(?<=[0-9 -])X+|\.\.\.+)[*%?…_X]*$")
_NOT_CODE = re.compile(r"[^0-9A-Z]+")
_OWN_LETTERS = re.compile(r"([A-Z]{1,3})[ -]?(?=\d)")
_PERUVIAN = re.compile(r"(LIMA|CALLAO)(\d)")
_MOST = 1000  # codes in one list


class NotUnderstood(ValueError):
    """A text that is no postal code, list or range of the country.

    :param reason: "no_codes", "code", "only_to", "two_ranges", "order", "too_many"
    :param text: the part of the text that is wrong
    """

    def __init__(self, reason, text=""):
        super().__init__(f"{reason}: {text}")
        self.reason = reason
        self.text = text


@cache
def _forms(country):
    return [form_of(text) for text in FACTS[country].forms]


def plain(text):
    """In compatibility form, capitals, digits of every script as 0-9, one kind of dash.

    >>> plain("１００－０００１"), plain(" sw1a  1aa "), plain("٣١٧")
    ('100-0001', 'SW1A 1AA', '317')
    """
    text = unicodedata.normalize("NFKC", _DASHES.sub("-", text or "")).upper()
    text = _DASHES.sub("-", text)
    if not text.isascii():
        text = "".join(
            str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text
        )
    return re.sub(r"[^\S\n\r\t]+", " ", text).strip()


def _without_own_letters(country, text):
    """Without the letters of the country before its code.

    >>> _without_own_letters("DE", "D-10117"), _without_own_letters("NL", "1012 AB")
    ('10117', '1012 AB')
    """
    facts = FACTS[country]
    found = _OWN_LETTERS.match(text)
    if not found or "0" not in _forms(country)[0].alphabets[0]:
        return text
    letters = found[1]
    if letters in facts.own or ("?" in facts.own and len(letters) == 1):
        return text[found.end() :]
    return text


def _compact(country, text):
    code = _NOT_CODE.sub("", text)
    return _PERUVIAN.sub(r"\g<1>0\2", code) if len(code) in (5, 7) else code


def _first(country, ask):
    return next((key for form in _forms(country) if (key := ask(form))), None)


def _with_zeros(country, code):
    """A code with the zeros that a spreadsheet took away, or None.

    >>> _with_zeros("US", "2139"), _with_zeros("DE", "1067"), _with_zeros("DE", "106")
    ('02139', '01067', None)
    """
    zeros = FACTS[country].zeros
    if zeros and code.isdigit():
        for form in _forms(country):
            for length in sorted({form.main_length, len(form.alphabets)}):
                if form.is_digits and 0 < length - len(code) <= zeros:
                    return code.zfill(length)
    return None


@lru_cache(maxsize=100_000)
def code_key(country, text):
    """The key of the code of an address; "" without one, or if it is not understood.

    >>> [code_key("GB", code) for code in ("m1 1ae", "M14 5RT", "PA6 7LN", "SW1")]
    ['M-01-1AE', 'M-14-5RT', 'PA06-7LN', 'SW01']
    >>> code_key("FR", "6000"), code_key("FR", "75 008 CEDEX 08")
    ('06000', '75008')
    >>> code_key("US", "190100"), code_key("HK", "999077")
    ('', '')

    :param country: ISO code
    """
    if country not in FACTS:
        return ""
    text = _without_own_letters(country, plain(text))
    code = _compact(country, text)
    if not code:
        return ""
    return (
        _first(country, lambda form: form.complete(code))
        or _first(country, lambda form: _beyond_main(form, code))
        or _of_first_words(country, text)
        or _with_zeros(country, code)
        or _beginning(country, text, code)
        or ""
    )


def _beyond_main(form, code):
    """The key of a code of which a part is there that may be missing, but not all."""
    if form.is_digits or len(code) <= form.main_length:
        return None
    return form.beginning(code)


def _of_first_words(country, text):
    """The key of the first words if these are a whole code: what follows tells more."""
    words = [word for word in _NOT_CODE.split(text) if word]
    for count in range(len(words) - 1, 0, -1):
        code = "".join(words[:count])
        if key := _first(country, lambda form, code=code: form.complete(code)):
            return key
    return None


def _beginning(country, text, code):
    return _first(country, lambda form: form.spaced(text) or form.beginning(code))


def place_code(country, state, text):
    """Where an address is: the country (or part of one) and the key of its code.

    >>> place_code("FR", "", "97410"), place_code("RE", "", "97410")
    ('RE97410', 'RE97410')
    >>> place_code("US", "PR", ""), place_code("US", "TX", "75001")
    ('PR', 'US75001')

    :param country, state: ISO code, and code of the state; "" where there is none
    """
    if not country:
        return ""
    key = code_key(country, text or "")
    for beginning, part in PARTS.get(country, ()):
        if key.startswith(beginning):
            return part + key
    part = PARTS_BY_STATE.get(country, {}).get(state)
    if part and not key:
        return part
    return country + key


# -- what a person or a file says of an area


def parse(country, zip_from, zip_to=""):
    """What was typed, as ranges: one or several, of codes or beginnings of codes.

    >>> parse("CH", "6000 – 6999"), parse("CH", "1000, 1001"), parse("FR", "75;77")
    ([('6000', '6999')], [('1000', ''), ('1001', '')], [('75', ''), ('77', '')])
    >>> parse("FR", "75xxx"), parse("BR", "01000-000–05999-999"), parse("DE", "")
    ([('75', '')], [('01000-000', '05999-999')], [])
    >>> parse("GB", "SW1-SW20"), parse("JP", "100-0001"), parse("CH", "1000 1001")
    ([('SW1', 'SW20')], [('100-0001', '')], [('1000', ''), ('1001', '')])

    :return: list of (from, to); to is "" where the codes begin with ``from``
    :raise NotUnderstood:
    """
    first, last = plain(zip_from), plain(zip_to)
    if not first and not last:
        return []
    if country not in FACTS:
        raise NotUnderstood("no_codes", first or last)
    if not first:
        raise NotUnderstood("only_to", last)
    if last:
        found = [tuple(_without_wildcard(country, end) for end in (first, last))]
    else:
        parts = [part.strip() for part in _LIST.split(first) if part.strip(" -.")]
        found = [one for part in parts for one in _parse_part(country, part)]
    if not found or not all(low for low, _high in found):
        raise NotUnderstood("code", first)
    if len(found) > _MOST:
        raise NotUnderstood("too_many", first[:20])
    for low, high in found:
        _bounds(country, low, high)
    return found


def _without_wildcard(country, text):
    """What a pattern begins with. An X can be of the code itself.

    >>> [_without_wildcard("FR", code) for code in ("75XXX", "75*", "75")]
    ['75', '75', '75']
    >>> _without_wildcard("CA", "V4X"), _without_wildcard("GB", "SW1X*")
    ('V4X', 'SW1X')
    """
    shorter = _SIGNS.sub("", text).strip()
    if shorter and _is_single(country, shorter):
        return shorter
    return _WILD.sub("", text).strip()


def _parse_part(country, part):
    """What has no comma in it."""
    single = _without_wildcard(country, part)
    if single and _is_single(country, single):
        return [(single, "")]
    if found := _range_in(country, part):
        return [found]
    words = part.split(" ")
    if len(words) > 1:
        return [one for word in words for one in _parse_part(country, word)]
    raise NotUnderstood("code", part)


def _range_in(country, part):
    pieces = [piece.strip() for piece in _BETWEEN.sub("-", part).split("-")]
    for position in range(1, len(pieces)):
        low, high = "-".join(pieces[:position]), "-".join(pieces[position:])
        low, high = (_without_wildcard(country, end) for end in (low, high))
        if low and high and _is_single(country, low) and _is_single(country, high):
            return low, high
    return None


def _is_single(country, text):
    """Whether a text is one code or what codes begin with. A hyphen may be where the
    country writes one, or in a whole code with letters; else it is a range.
    """
    text = _without_own_letters(country, text)
    if "-" in text:
        joint = len(_NOT_CODE.sub("", text.partition("-")[0]))
        code = _compact(country, text)
        return text.count("-") == 1 and any(
            form.beginning(code)
            if joint in form.joints
            else not form.is_digits and form.complete(code)
            for form in _forms(country)
        )
    return _entry(country, text) is not None


def _entry(country, text):
    """The form of a code, or of what codes begin with, and its key; or None."""
    text = _without_own_letters(country, plain(text))
    if _LIST.search(text):
        return None
    code = _compact(country, text)
    if FACTS[country].is_number and code.isdigit():
        code = code.zfill(_forms(country)[0].main_length)
    for form in _forms(country):
        key = form.complete(code) or form.spaced(text) or form.beginning(code)
        if key:
            return form, key
    return None


def _bounds(country, zip_from, zip_to):
    """The form and the keys between which an area lies.

    :raise NotUnderstood:
    """
    low = _entry(country, zip_from)
    high = _entry(country, zip_to) if zip_to else low
    for found, text in ((low, zip_from), (high, zip_to)):
        if not found or not _is_single(country, text or zip_from):
            raise NotUnderstood("code", text or zip_from)
    form, first = low
    last = high[1]
    if first == last:
        return form, first, last
    in_order = high[0] == form and first[: len(last)] <= last
    if not in_order or not all(map(partial(_is_regular, form), (first, last))):
        raise NotUnderstood("order", f"{zip_from}–{zip_to}")
    return form, first, last


def _is_regular(form, key):
    """Whether a key has what its positions can have: some old codes have not."""
    return all(
        character in alphabet
        for character, alphabet in zip(key, form.alphabets, strict=False)
    )


def cover(alphabets, first, last, head=""):
    """The fewest beginnings of all keys from ``first`` to ``last``, and of no other.

    >>> digits = ["0123456789"] * 4
    >>> list(cover(digits, "1000", "1999")), list(cover(digits, "1098", "12"))
    (['1'], ['1098', '1099', '11', '12'])

    :param alphabets: the characters of each position, in their order
    :param first, last: keys or beginnings of keys; ``last`` with all that begin with it
    :return: generator of str, O(length × characters of a position)
    """
    start = len(head)
    while first and first[-1] == alphabets[start + len(first) - 1][0]:
        first = first[:-1]
    while last and last[-1] == alphabets[start + len(last) - 1][-1]:
        last = last[:-1]
    if not first and not last:
        yield head
        return
    for character in alphabets[start]:
        if first and character < first[0] or last and character > last[0]:
            continue
        yield from cover(
            alphabets,
            first[1:] if first and character == first[0] else "",
            last[1:] if last and character == last[0] else "",
            head + character,
        )


def area_prefixes(country, state="", zip_from="", zip_to=""):
    """What the place codes of an area begin with: none begins with another.

    >>> area_prefixes("DE"), area_prefixes("DE", "", "80000", "85999")
    (['DE'], ['DE80', 'DE81', 'DE82', 'DE83', 'DE84', 'DE85'])
    >>> area_prefixes("GB", "", "SW1"), area_prefixes("IE", "", "D6W")
    (['GBSW01'], ['IED06W'])
    >>> area_prefixes("FR", "", "974"), area_prefixes("US", "PR")
    (['RE974'], ['PR'])

    :param state: code of the state that records must be in, too
    :raise NotUnderstood:
    """
    if not zip_from:
        part = PARTS_BY_STATE.get(country, {}).get(state)
        if state and not part:  # the state tells; its codes may be those of a part
            return sorted({country, *(part for _key, part in PARTS.get(country, ()))})
        return [part or country]
    form, first, last = _bounds(country, plain(zip_from), plain(zip_to))
    keys = [first]
    if first != last:
        keys = list(cover(form.alphabets, first, last))
    return sorted({code for key in keys for code in _with_parts(country, key)})


def _with_parts(country, key):
    """A beginning of keys as those of place codes, parts of the country included."""
    for beginning, part in PARTS.get(country, ()):
        if key.startswith(beginning):
            yield part + key
            return
    yield country + key
    for beginning, part in PARTS.get(country, ()):
        if beginning.startswith(key):
            yield part + beginning


def understood(country, zip_from, zip_to=""):
    """The codes of an area in words.

    >>> understood("DE", "80", "85"), understood("GB", "sw1", "SW9")
    ('80000–85999', 'SW1–SW9')
    >>> understood("FR", "75001"), understood("US", "902")
    ('75001', '90200–90299')
    """
    form, first, last = _bounds(country, plain(zip_from), plain(zip_to))
    if not form.is_digits:
        return "–".join(filter(None, (plain(zip_from), plain(zip_to))))
    length = form.main_length
    ends = first.ljust(length, "0"), last.ljust(length, "9")
    return "–".join(dict.fromkeys(ends))


def lost_zeros(country, zip_from):
    """The code that a beginning of codes may have been, before a spreadsheet.

    >>> lost_zeros("DE", "1067"), lost_zeros("DE", "01067")
    ('01067', None)
    """
    return _with_zeros(country, _compact(country, plain(zip_from)))


def is_part_by_state(country, state):
    """Whether a state is a part of the country that has an ISO code of its own."""
    return state in PARTS_BY_STATE.get(country, {})
