from typing import NamedTuple

from ..engine.codes import codes_in


class Matched(NamedTuple):
    """One row of the answer: a record and what speaks for its territories."""

    id: int
    set_id: int | None  # what the database holds now
    territory_id: int | None
    is_closed: bool
    is_locked: bool
    is_unread: bool  # its address, or its account's: places do not hold it
    # what decides: records that are alike in all that follows get the same
    kind: str  # "account", "lead" or "opportunity"
    company_id: int | None
    user_id: int | None
    has_account: bool  # a lead's
    # of a lead: whether its account has no country, so that the lead's own counts; not
    # if the account is locked, and is where it is whatever that means
    lends_address: bool
    base_set_id: int | None  # the territories of a lead's account
    signature: str  # the codes as an array of PostgreSQL

    @property
    def deciding(self):
        """All of that but the signature."""
        return self[6:-1]


class Alike(NamedTuple):
    """Records that are alike in all that decides, and in what they have now."""

    ids_text: str  # as an array of PostgreSQL
    count: int
    matched: Matched  # what they have in common; of no id, and no user but a member

    @property
    def ids(self):
        return list(codes_in(self.ids_text))

    def up_to(self, last_id):
        """The same, of the records up to an id."""
        ids = [id_ for id_ in self.ids if id_ <= last_id]
        return self._replace(ids_text="{%s}" % ",".join(map(str, ids)), count=len(ids))
