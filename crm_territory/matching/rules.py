"""The rules of plans, compiled: tables of what shapes are compared with."""

from dataclasses import dataclass, field
from functools import cached_property

from ..engine import codes


def array_literal(values):
    """An array in PostgreSQL's notation.

    >>> print(array_literal([1, 2.5, True]), array_literal(["a", 'b "c" \\\\ d']))
    {"1","2.5","True"} {"a","b \\"c\\" \\\\ d"}
    """
    texts = (str(value).replace("\\", r"\\").replace('"', r"\"") for value in values)
    return "{%s}" % ",".join(f'"{text}"' for text in texts)


@dataclass(frozen=True)
class OwnQuery:
    """A rule that no shape can express.

    :param context: the language and company that its domain is read in
    """

    code: int
    domain: object
    context: dict

    @property
    def rule_id(self):
        return self.code // codes.KINDS


@dataclass
class Rules:
    """The rules for one model, compiled."""

    # shape -> [(code, values)]
    shapes: dict = field(default_factory=dict)
    own_queries: list[OwnQuery] = field(default_factory=list)
    # shape -> the columns of its table as arrays in PostgreSQL's notation, written
    # once: for one record the server takes longer to read parameters than to match them
    literals: dict = field(default_factory=dict)
    # shape -> {its values that are compared by equality: rows}
    _by_equality: dict = field(default_factory=dict)

    def add(self, rows, code):
        """Add a rule that shapes express.

        :param rows: list of shapes.Rows
        """
        for row in rows:
            table = self.shapes.setdefault(row.shape, [])
            table += [(code, values) for values in row.values]

    def columns(self, shape):
        """The codes and values of a shape's table, one text for each column."""
        if shape not in self.literals:
            table = self.shapes[shape]
            rule_codes = [code for code, _values in table]
            values = zip(*(values for _code, values in table), strict=True)
            self.literals[shape] = [
                array_literal(column) for column in (rule_codes, *values)
            ]
        return self.literals[shape]

    def columns_by_way(self, shape, ways):
        """The same with a row for each way of a rule, and these as the last column.

        :param ways: {code: its ways}
        """
        rows = [
            (code, *values, way)
            for code, values in self.shapes[shape]
            for way in ways[code]
        ]
        return list(map(array_literal, zip(*rows, strict=True)))

    def by_equality(self, shape):
        """The rows of a shape's table by what the column of a record has to equal:
        {values of its equal terms: rows}.
        """
        if shape not in self._by_equality:
            with_value = [term for term in shape if term.has_value]
            places = [n for n, term in enumerate(with_value) if term.is_equality]
            found = {}
            for row in self.shapes[shape]:
                key = tuple(row[1][place] for place in places)
                found.setdefault(key, []).append(row)
            self._by_equality[shape] = found
        return self._by_equality[shape]

    @cached_property
    def row_count(self):
        return sum(map(len, self.shapes.values()))

    def fields(self):
        """The columns that the shapes read."""
        return {
            term.field
            for shape in self.shapes
            for term in shape
            if term.operator != "linked"
        }

    @cached_property
    def may_fail(self):
        """Whether the database can refuse a query of these rules: a pattern that is
        none, or what a field's own search makes.
        """
        return bool(self.own_queries) or any(
            term.operator.endswith("like") for shape in self.shapes for term in shape
        )

    @cached_property
    def rule_ids(self):
        found = {query.rule_id for query in self.own_queries}
        for table in self.shapes.values():
            found.update(code // codes.KINDS for code, _values in table)
        return found

    def only(self, rule_ids):
        """The same, of some of the rules."""
        shapes = {}
        for shape, table in self.shapes.items():
            rows = [row for row in table if row[0] // codes.KINDS in rule_ids]
            if rows:
                shapes[shape] = rows
        queries = [query for query in self.own_queries if query.rule_id in rule_ids]
        return Rules(shapes, queries)


@dataclass(frozen=True)
class RulesOfModels:
    """The rules of plans.

    :param accounts: those for accounts
    :param leads: those for leads and opportunities
    :param gates: of those for accounts, what the rules for leads are below: of the
        territories that have such rules, and of those above them
    :param has_accounts: whether some of the leads that are asked have an account
    """

    accounts: Rules = field(default_factory=Rules)
    leads: Rules = field(default_factory=Rules)
    gates: Rules = field(default_factory=Rules)
    has_accounts: bool = True

    @cached_property
    def beside_gates(self):
        """The rules for accounts that no rules for leads are below."""
        return self.accounts.only(self.accounts.rule_ids - self.gates.rule_ids)

    @property
    def has_own_queries(self):
        return any(
            rules.own_queries for rules in (self.accounts, self.leads, self.gates)
        )

    def may_fail(self):
        return self.accounts.may_fail or self.leads.may_fail

    def rule_ids(self):
        return self.accounts.rule_ids | self.leads.rule_ids

    def only(self, rule_ids):
        """The same, of some of the rules."""
        return RulesOfModels(
            self.accounts.only(rule_ids),
            self.leads.only(rule_ids),
            self.gates.only(rule_ids),
            self.has_accounts,
        )

    def without(self, rule_ids):
        """The same, without some of the rules."""
        if not rule_ids:
            return self
        kept = self.rule_ids().difference(rule_ids)
        return self if kept == self.rule_ids() else self.only(kept)
