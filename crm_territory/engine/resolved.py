"""Many records at once: what decides alike is resolved once, when it is asked for."""

from .codes import parse_signature
from .credit import credited
from .resolution import territories_of, territories_of_lead, with_lent_address


class Resolved(dict):
    """What records get: {what decides but the codes: Alike}.

    The keys are (kind, company id, user id, has an account, lends its address, id of
    the account's set, ids of territories that are left or None), see Matched.

    >>> from .codes import AREA, encode
    >>> from .cover import Cover
    >>> from .tree import Node, Tree
    >>> tree = Tree({1: Node(1, has_areas=True)}, cover=Cover({0: None}))
    >>> found = Resolved(tree, {})
    >>> found["account", None, 5, False, False, None, None]["{%s}" % encode(1, AREA)]
    (frozenset({1}), 1)

    :param Tree tree: the territories
    :param bases: {set id: ids of its territories}, of the sets of accounts of leads;
        read as they are asked for
    """

    def __init__(self, tree, bases):
        self.tree = tree
        self.bases = bases
        self.alike = {}

    def __missing__(self, key):
        # only of members does it matter who they are
        user_id = key[2] if key[2] in self.tree.member_ids else None
        alike_key = (*key[:2], user_id, *key[3:])
        if alike_key not in self.alike:
            self.alike[alike_key] = Alike(self.tree, self.bases, *alike_key)
        self[key] = self.alike[alike_key]
        return self[key]


class Alike(dict):
    """What records get that are alike but for their codes: {signature: (frozenset of
    territory ids, id of the credited one)}.

    Each is resolved once for all that differ in what does not matter.
    """

    def __init__(
        self, tree, bases, kind, company_id, user_id, has_account, lends, base_id, left
    ):
        cover, nodes = tree.cover, tree.nodes
        self.tree = tree
        self.kind = kind
        self.user_id = user_id
        self.has_account = has_account
        self.lends_address = lends
        self.plan_ids = cover.plans_of(company_id)
        self.base = bases.get(base_id, frozenset())
        left_plans = cover.left_plans_of(company_id) if left else ()
        self.left = {id_ for id_ in left or () if nodes[id_].plan_id in left_plans}
        self.relevant = tree.relevance(kind, has_account)
        self.by_codes = {}

    def __missing__(self, signature):
        codes = parse_signature(signature)
        if self.lends_address:
            codes = with_lent_address(self.tree, codes, self.plan_ids)
        else:
            codes = self.relevant(codes, self.base)
        if codes not in self.by_codes:
            self.by_codes[codes] = self._resolve(codes)
        self[signature] = self.by_codes[codes]
        return self[signature]

    def _resolve(self, codes):
        find = territories_of_lead if self.has_account else territories_of
        territories = find(self.tree, codes, self.kind, self.plan_ids) | self.left
        return territories, credited(self.tree, territories, codes, self.user_id)
