"""What random forecasts are made of, as hypothesis draws it."""

from datetime import date

from hypothesis import strategies as st

# days and moments on which something ends
DAYS = [
    date(2016, 12, 31),
    date(2017, 1, 1),
    date(2017, 1, 31),
    date(2017, 3, 31),
    date(2017, 4, 1),
    date(2017, 6, 15),
    date(2017, 9, 30),
    date(2017, 10, 1),
    date(2017, 12, 31),
    date(2018, 1, 1),
    date(2018, 2, 28),
]
HOURS = [0, 3, 12, 22, 23]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]
PLACES = 9  # territories: the first five of the active plan, the others of the archived
CATEGORIES = ["pipeline", "best", "commit", "omitted"]

_numbers = st.integers(0, 1000)
_places = st.integers(0, PLACES - 1)
# most are somewhere, most of those in the active plan
_maybe_place = st.sampled_from([*range(PLACES), *range(5), None])
_people = st.integers(0, 3)
_deal = st.fixed_dictionaries(
    {
        "amount": st.sampled_from([1000, 0, 10, 99.99, 12345.67]),
        "category": st.sampled_from(CATEGORIES),
        "probability": st.sampled_from([0, 10, 33, 80, 99]),
        "owner": st.sampled_from([0, 1, 2, 3, None]),
        "territory": _maybe_place,
        "account": st.sampled_from([0, 1, 2, 3, None]),
        "day": st.sampled_from([*DAYS, None]),
        "hour": st.sampled_from(HOURS),
        "company": st.sampled_from([None, 0, 0, 1]),
        # whether its owner has a target there, or in the territory above, in its period
        "goal": st.sampled_from([None, None, "here", "above"]),
        # who won it, if it is not its owner of today
        "won_by": st.sampled_from([None, None, 0, 1, 2, 3]),
        # what happens to it after a period is frozen
        "later": st.sampled_from([None, None, "slipped", "won", "reopened", "lost"]),
        # what happens to it: it may close, slip, be lost, be opened again
        "story": st.sampled_from(
            ["won", "won", "won", "won", "open", "lost", "archived", "lead"]
            + ["slipped", "reopened", "restored", "overridden", "filed", "stuck"]
        ),
    }
)
WORLDS = st.fixed_dictionaries(
    {
        "parents": st.lists(_numbers, min_size=PLACES, max_size=PLACES),
        # which of the active plan each of the archived one was copied to
        "twins": st.lists(
            st.sampled_from([0, 1, 2, 3, 4, None, None]),
            min_size=PLACES - 5,
            max_size=PLACES - 5,
        ),
        "archived": st.sets(_places, max_size=2),
        "with_rules": st.sets(_places, max_size=3),
        "members": st.lists(
            st.tuples(_places, _people, st.booleans()), min_size=2, max_size=6
        ),
        "accounts": st.lists(_maybe_place, min_size=4, max_size=4),
        "deals": st.lists(_deal, min_size=5, max_size=9),
        "targets": st.lists(
            st.tuples(
                _places,
                st.none() | _people,
                st.sampled_from(DAYS),
                st.sampled_from([0, 50, 1000, 99.99]),
            ),
            min_size=2,
            max_size=8,
        ),
        "reports_to": st.none() | st.just(0),
        "frozen": st.lists(st.sampled_from(DAYS), max_size=2),
        "period": st.sampled_from(["month", "quarter", "year"]),
        "fiscal_month": st.integers(1, 12),
        "zone": st.sampled_from(ZONES),
        "left_out_territory": st.sampled_from([None, None, None, *range(PLACES)]),
        "left_out_user": st.sampled_from([None, None, None, 0, 1, 2, 3]),
        "rates": st.lists(
            st.tuples(st.sampled_from(DAYS), st.sampled_from([2, 4, 5])),
            max_size=3,
            unique_by=lambda rate: rate[0],
        ),
    }
)
