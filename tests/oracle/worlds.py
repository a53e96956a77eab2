"""Hypothesis strategies: random plans, records and changes, as plain data.

A world names its own parts by position and the cast by id, so that hypothesis can
shrink it and print it. ``play.py`` makes records of it.
"""

from hypothesis import strategies as st

from .cast import CITIES, CITY_AREAS, DATES, ZIP_AREAS, ZIPS
from .criteria import account_conditions, lead_conditions

NUMBERS = st.integers(0, 59)
# Few records, so that several things meet on one.
FEW = st.integers(0, 4)
REVENUES = (0.0, 2500.5, 2500.49, 1e6)
EXPECTED = (0.0, 999.99, 1000.0, 10000.0, 250000.0)
EMPLOYEES = (0, 7, 99, 100, 5000)


def pick(*values):
    return st.sampled_from(values)


class Worlds:
    """The strategies; ``world`` is the one that the test draws."""

    days_of_overrides = ("always", "always", "today", "past")

    def __init__(self, cast):
        self.cast = cast
        self.conditions = {
            "account": self.conditions_of(account_conditions(cast)),
            "lead": self.conditions_of(lead_conditions(cast)),
            "opportunity": self.conditions_of(lead_conditions(cast)),
        }
        self.domains = {
            name: _domains(conditions) for name, conditions in self.conditions.items()
        }

    def conditions_of(self, conditions):
        return st.sampled_from(conditions)

    # plans

    def area(self):
        return pick("us", "us", "fr", "fr", "ca", "uk", "nl").flatmap(self._area_of)

    def _area_of(self, country):
        narrower = {
            "zip": st.sampled_from(ZIP_AREAS[country]),
            "state_id": st.sampled_from(self._states_of(country) or [False]),
            "city": st.sampled_from(CITY_AREAS),
        }
        names = pick("", "", "", "zip", "zip", "state_id", "city", "zip city")
        country_id = st.just(self.cast.countries[country])
        return names.flatmap(
            lambda chosen: st.fixed_dictionaries(
                {"country_id": country_id}
                | {name: narrower[name] for name in chosen.split()}
            )
        )

    def _states_of(self, country):
        return {"us": self.cast.states[:3], "ca": self.cast.states[3:]}.get(country)

    def rule(self):
        kinds = pick("account", "account", "account", "lead", "opportunity")
        return kinds.flatmap(
            lambda kind: st.fixed_dictionaries(
                {
                    "applies_to": st.just(kind),
                    "domain": self.domains[kind],
                    "is_anywhere": pick(False, False, True),
                    "broken": pick(*[False] * 9, True),
                    "active": pick(*[True] * 9, False),
                }
            )
        )

    def member(self):
        return st.fixed_dictionaries(
            {
                "user_id": st.sampled_from(self.cast.users),
                "when": pick("always", "always", "past", "future", "today"),
            }
        )

    def territory(self):
        return st.fixed_dictionaries(
            {
                "parent": st.just(-1) | NUMBERS,
                "type": st.integers(-1, 2),
                "sequence": pick(10, 10, 5),
                "active": pick(*[True] * 14, False),
                "areas": pick(0, 0, 1, 3).flatmap(lambda n: many(self.area(), n)),
                "rules": pick(0, 0, 1, 1, 2, 3).flatmap(lambda n: many(self.rule(), n)),
                "members": pick(0, 1).flatmap(lambda n: many(self.member(), n)),
            }
        )

    def trees(self, sizes=(1, 3, 6, 12, 24, 40)):
        return st.tuples(
            pick("shared", "shared", "first", "both"),
            pick(*sizes).flatmap(lambda n: many(self.territory(), n)),
        )

    # records

    def address(self):
        countries = self.cast.countries
        places = [("", False, zip_code) for zip_code in (None, "75001")]
        for key, country in countries.items():
            often = 3 if key in ("us", "fr") else 1
            for zip_code in (*ZIPS[key], None) * often:
                places.append((key, country, zip_code))
        return st.tuples(
            st.sampled_from(places), st.integers(-1, 2), st.sampled_from(CITIES)
        ).map(self._address_values)

    def _address_values(self, drawn):
        (key, country, zip_code), state, city = drawn
        states = self._states_of(key) or []
        inside = 0 <= state < len(states)
        return {
            "country_id": country,
            "zip": zip_code,
            "state_id": states[state] if inside else False,
            "city": city,
        }

    def _both(self):
        """Values that accounts and leads share."""
        return {
            "address": self.address(),
            "user_id": st.sampled_from([False, *self.cast.users]),
            "employee_number": pick(*EMPLOYEES),
            "annual_revenue": pick(*REVENUES),
            "product_line_ids": _some(self.cast.lines),
            "active": pick(*[True] * 9, False),
            "name": pick("one 1", "two 2", "three"),
        }

    def account_values(self):
        return self._both() | {
            "industry_id": st.sampled_from([False, *self.cast.industries]),
            "category_id": _some(self.cast.categories),
            "is_company": pick(True, True, False),
            "ref": pick(None, "A-1", "A-2", "B-1"),
            "email": pick(None, "x@acme.test", "y@other.test"),
            "type": pick("contact", "invoice"),
            "partner_latitude": pick(0.0, 45.5, 48.8),
        }

    def lead_values(self):
        return self._both() | {
            "type": pick("lead", "opportunity", "opportunity"),
            "tag_ids": _some(self.cast.tags),
            "expected_revenue": pick(*EXPECTED),
            "priority": pick("0", "1", "2", "3"),
            "date_deadline": st.sampled_from(DATES),
            "stage_id": st.sampled_from(self.cast.stages),
            "partner_name": pick(None, "Acme Ltd"),
            "email_from": pick(None, "x@acme.test"),
        }

    def account(self):
        return st.fixed_dictionaries(
            self.account_values() | {"company": pick(None, None, 0, 1)}
        )

    def contact(self):
        return st.fixed_dictionaries(
            {
                "account": NUMBERS,
                "city": st.sampled_from(CITIES),
                "active": pick(*[True] * 9, False),
            }
        )

    def lead(self):
        return st.fixed_dictionaries(
            self.lead_values()
            | {
                "customer": st.tuples(pick(None, "account", "account", "contact"), FEW),
                "company": pick(None, None, 0, 1),
                "outcome": pick(*["open"] * 4, "won", "lost"),
            }
        )

    def override(self):
        return st.fixed_dictionaries(
            {
                "on": pick("account", "lead"),
                "record": FEW,
                "territory": NUMBERS,
                "decision": pick("in", "out"),
                "when": pick(*self.days_of_overrides),
            }
        )

    # changes

    def change(self):
        return st.one_of(
            st.tuples(st.just("write_account"), NUMBERS, self._one(self._account_part)),
            st.tuples(st.just("write_lead"), NUMBERS, self._one(self._lead_part)),
            st.tuples(
                pick("write_contact", "write_category", "write_country"),
                NUMBERS,
                st.sampled_from(CITIES),
            ),
            st.tuples(pick(*ACCOUNT_CHANGES), NUMBERS, NUMBERS),
            st.tuples(pick(*LEAD_CHANGES), NUMBERS, NUMBERS),
            st.tuples(pick(*LEAD_CHANGES), NUMBERS, NUMBERS),
            st.tuples(pick(*OVERRIDE_CHANGES), NUMBERS, NUMBERS),
            st.tuples(st.just("add_override"), self.override()),
            st.tuples(pick("add_account"), self.account()),
            st.tuples(pick("add_lead"), self.lead()),
        )

    def _account_part(self):
        return self.account_values()

    def _lead_part(self):
        values = self.lead_values()
        del values["type"]
        return values

    @staticmethod
    def _one(values_of):
        values = values_of()
        return st.sampled_from(sorted(values)).flatmap(
            lambda name: st.fixed_dictionaries({name: values[name]})
        )

    def edit(self):
        """A change of the criteria: it acts with the next run."""
        return st.one_of(
            st.tuples(st.just("add_rule"), NUMBERS, self.rule()),
            st.tuples(st.just("replace_rule"), NUMBERS, self.rule()),
            st.tuples(st.just("add_area"), NUMBERS, self.area()),
            st.tuples(st.just("add_member"), NUMBERS, self.member()),
            st.tuples(pick(*EDITS), NUMBERS, NUMBERS),
        )

    def world(self):
        return st.fixed_dictionaries(
            {
                "plans": self.trees(),
                "accounts": pick(1, 4, 12, 24).flatmap(
                    lambda n: many(self.account(), n)
                ),
                "contacts": pick(0, 4, 8).flatmap(lambda n: many(self.contact(), n)),
                "leads": pick(1, 4, 14, 28).flatmap(lambda n: many(self.lead(), n)),
                "overrides": pick(3, 6, 12).flatmap(lambda n: many(self.override(), n)),
                "changes": st.lists(self.change(), min_size=5, max_size=16),
                "edits": st.lists(self.edit(), min_size=1, max_size=5),
                "run": pick("at_once", "in_batches"),
            }
        )


ACCOUNT_CHANGES = (
    "move_contact",
    "account_below_account",
    "archive_account",
    "account_company",
    "merge_accounts",
    "delete_account",
    "delete_contact",
    "move_category",
    "lock_account",
    "lock_account",
    "hire_account",
)
LEAD_CHANGES = (
    "lead_customer",
    "convert_lead",
    "win_lead",
    "lose_lead",
    "reopen_lead",
    "reopen_lead",
    "win_and_move_lead",
    "archive_lead",
    "lead_company",
    "merge_leads",
    "lock_lead",
)
OVERRIDE_CHANGES = (
    "delete_override",
    "expire_override",
    "renew_override",
    "turn_override",
)
EDITS = (
    "archive_rule",
    "remove_rule",
    "remove_area",
    "remove_members",
    "archive_territory",
    "move_territory",
    "resequence_territory",
    "retype_territory",
    "reprioritise_type",
)


def many(strategy, count):
    return st.lists(strategy, min_size=count, max_size=count)


def _some(ids):
    return st.sampled_from([[], ids[:1], ids[1:2], ids[:2], ids])


def _domains(conditions):
    """Domains of up to three conditions, joined and negated in several ways."""
    one = conditions.map(lambda a: [a])
    join = pick("&", "|")
    two = st.tuples(join, conditions, conditions)
    three = st.tuples(join, join, conditions, conditions, conditions)
    negated = st.tuples(pick("&", "|"), st.just("!"), conditions, conditions)
    not_both = st.tuples(st.just("!"), pick("&", "|"), conditions, conditions)
    built = st.one_of(one, one, two, two, three, negated, not_both)
    return st.one_of(st.just([]), *[built.map(list)] * 2)
