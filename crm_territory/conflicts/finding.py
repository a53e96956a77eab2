"""One thing that somebody should look at."""

from dataclasses import dataclass, field

OVERLAP, GAP, NEVER = "1_overlap", "2_gap", "3_never"
UNCREDITED, WITHIN, MEMBER, MISSING = "4_uncredited", "5_within", "6_member", "7_value"
KINDS = (OVERLAP, GAP, NEVER, UNCREDITED, WITHIN, MEMBER, MISSING)
# what the records need not be matched for: found in a moment, however many there are
AT_ONCE = (NEVER, WITHIN, MISSING)
BY_RECORDS = tuple(kind for kind in KINDS if kind not in AT_ONCE)
REPAIR, CHECK, KNOW = SEVERITIES = "1_repair", "2_check", "3_know"


@dataclass
class Tally:
    """Records, counted by what they are.

    :param amount: expected revenue of the opportunities, in one currency
    :param samples: {model: id of one of them}
    :param ids: {model: their ids}, where these are asked for
    """

    accounts: int = 0
    leads: int = 0  # and opportunities
    amount: float = 0.0
    samples: dict = field(default_factory=dict)
    ids: dict = field(default_factory=dict)

    def add(self, group, amount):
        """Count the records of a grouped.Group, whose amount was converted."""
        if group.kind == "account":
            model = "res.partner"
            self.accounts += group.count
        else:
            model = "crm.lead"
            self.leads += group.count
            self.amount += amount
        sample = self.samples.get(model, group.sample_id)
        self.samples[model] = min(sample, group.sample_id)
        self.ids.setdefault(model, []).extend(group.ids or ())

    def merge(self, other):
        """Count the records of another, too."""
        self.accounts += other.accounts
        self.leads += other.leads
        self.amount += other.amount
        for model, sample in other.samples.items():
            self.samples[model] = min(sample, self.samples.get(model, sample))
        for model, ids in other.ids.items():
            if ids:
                self.ids.setdefault(model, []).extend(ids)

    @property
    def count(self):
        return self.accounts + self.leads

    @property
    def sample(self):
        """(model, id) of one of them: an account if there is any; None without one."""
        for model in ("res.partner", "crm.lead"):
            if model in self.samples:
                return model, self.samples[model]
        return None


def sample_records(env, tallies):
    """A record of each tally, read together: list of records."""
    samples = [tally.sample for tally in tallies]
    ids = {}
    for model, id_ in samples:
        ids.setdefault(model, []).append(id_)
    return [env[model].browse(id_).with_prefetch(ids[model]) for model, id_ in samples]


@dataclass
class Finding:
    """What is found, for who asks.

    :param key: what it is about, the same whenever it is found again
    :param territory_ids: those that it is about
    :param opens: (model, id) of the criterion to repair, where there is one
    :param place: of a gap, the values of the area that closes it
    :param name: of a gap, what a territory for it is called
    :param below_id: of a gap, the territory below which one for it takes its records
    """

    kind: str
    severity: str
    key: tuple
    text: str
    territory_ids: tuple = ()
    example: str = ""
    tally: Tally = field(default_factory=Tally)
    opens: tuple | None = None
    place: dict | None = None
    name: str = ""
    below_id: int | None = None
