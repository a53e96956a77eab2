"""What a record meets, as numbers: what SQL returns and plain Python reads.

A code is ``identifier * 8 + kind``. All codes of one record are its *signature*.
"""

AREA = 0  # one of the areas of the territory holds the address
RULE = 1  # the rule (not the territory) matches
PUT_IN = 2  # an override of the record puts it into the territory
KEEP_OUT = 3  # an override of the record keeps it out
ACCOUNT_PUT_IN = 4  # the same two, of the account of a lead
ACCOUNT_KEEP_OUT = 5
BASE = 6  # the account of a lead is in the territory

KINDS = 8


def encode(identifier, kind):
    """
    >>> encode(5, RULE)
    41
    """
    return identifier * KINDS + kind


def codes_in(signature):
    """The codes of an array as PostgreSQL writes it: iterable.

    >>> list(codes_in("{8,17,8}")), list(codes_in("{}"))
    ([8, 17, 8], [])
    """
    inner = signature[1:-1]
    return map(int, inner.split(",")) if inner else ()


def parse_signature(signature):
    """The codes of an array as PostgreSQL writes it, each once.

    >>> sorted(parse_signature("{8,17,8}"))
    [8, 17]
    """
    return frozenset(codes_in(signature))


def place_kind(prefix, has_state, has_city):
    """What a place compares of a record, as a number: of places with the same number,
    each is found by one equality.

    >>> place_kind("DE80", False, False), place_kind("DE", True, False)
    (16, 10)
    >>> parts_of_place_kind(10)
    (2, True, False)
    """
    return len(prefix) * 4 + 2 * bool(has_state) + bool(has_city)


def parts_of_place_kind(kind):
    """(length of the prefixes, whether there is a state, and a city)"""
    return kind // 4, bool(kind & 2), bool(kind & 1)


class Matches:
    """The codes of one record, by kind.

    >>> matches = Matches([encode(5, RULE), encode(7, RULE)])
    >>> sorted(matches[RULE]), sorted(matches[AREA])
    ([5, 7], [])
    """

    __slots__ = ("by_kind",)

    def __init__(self, codes):
        self.by_kind = {}
        for code in codes:
            self.by_kind.setdefault(code % KINDS, set()).add(code // KINDS)

    def __getitem__(self, kind):
        return self.by_kind.get(kind, frozenset())
