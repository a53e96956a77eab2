"""What the criteria of a rule may be: an Odoo domain, and the same for every reader."""

import ast
import json
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from odoo.fields import Domain
from odoo.tools import SQL

from .watch import Watch

MODEL_OF_OBJECT = {
    "account": "res.partner",
    "lead": "crm.lead",
    "opportunity": "crm.lead",
}
# what assignment writes
DECISION_FIELDS = frozenset({"territory_set_id", "territory_id", "territory_ids"})
# Criteria beyond these are somebody's mistake, and slow down whoever saves a record.
_MAX_LENGTH = 100_000
_MAX_SHOWN = 200
_MAX_CONDITIONS = 200
_MAX_STEPS = 12  # of a path, with those of domains within domains
# Fields of threads and activities that do not declare that they depend on who reads.
_OF_THE_READER = frozenset(
    {
        "activity_state",
        "activity_user_id",
        "message_has_error",
        "message_has_error_counter",
        "message_is_follower",
        "message_needaction",
        "message_needaction_counter",
    }
)
# What everybody reads, and what no record rule protects: criteria of managers may lead
# there, and to nothing else.
_MASTER_DATA = frozenset(
    {
        "crm.lost.reason",
        "crm.product.line",
        "crm.recurring.plan",
        "crm.stage",
        "crm.tag",
        "crm.team",
        "res.country",
        "res.country.group",
        "res.country.state",
        "res.currency",
        "res.lang",
        "res.partner.category",
        "res.partner.industry",
        "utm.campaign",
        "utm.medium",
        "utm.source",
    }
)
_BY_ID = frozenset({"=", "!=", "in", "not in"})


class Reading(NamedTuple):
    """How criteria are read, whoever asks (design 3.15).

    ``lang``: the language they were written in; ``company_id`` and ``tz``: of the plan
    """

    lang: str | None = None
    company_id: int | None = None
    tz: str | None = None

    def context(self):
        context = {"active_test": False, "lang": self.lang, "tz": self.tz}
        if self.company_id:
            context["allowed_company_ids"] = [self.company_id]
        return {name: value for name, value in context.items() if value is not None}


def parse_domain(env, text):
    """The Domain that a rule's text stands for.

    :raise ValueError: it is no domain
    """
    return domain_of(env, text, parse_literal(env, text))


def domain_of(env, text, criteria):
    """The same of what `parse_literal` made of the text."""
    with _refused(env, text):
        return Domain(criteria)


def parse_literal(env, text):
    """What a rule's text says: lists and tuples, if it is a domain.

    :raise ValueError: it is no literal
    """
    if len(text or "") > _MAX_LENGTH:
        raise ValueError(env._("this is longer than %s characters", _MAX_LENGTH))
    with _refused(env, text):
        return ast.literal_eval(text or "[]")


@contextmanager
def _refused(env, text):
    try:
        yield
    except (
        ValueError,
        SyntaxError,
        TypeError,
        IndexError,
        MemoryError,
        RecursionError,
    ) as error:
        shown = text if len(text) < _MAX_SHOWN else text[:_MAX_SHOWN] + "…"
        raise ValueError(env._("this is no domain: %s", shown)) from error


def rule_domain(env, applies_to, text, company_id=None):
    """The Domain of the records that a rule takes, checked against the model.

    :param company_id: of the plan; None: the plan is shared
    :raise ValueError: it is no domain, or see `checked`
    """
    return checked(env, applies_to, parse_domain(env, text), company_id)[0]


def checked(env, applies_to, domain, company_id=None):
    """The Domain of the records that a rule takes, the same optimised, and a Watch of
    what it reads.

    :param Domain domain: as the rule says it
    :raise ValueError: it reads a field that does not exist, or what it means depends on
        who reads it
    """
    model_name = MODEL_OF_OBJECT[applies_to]
    conditions = _conditions(env, model_name, domain)
    conditions = list(islice(conditions, _MAX_CONDITIONS + 1))
    if len(conditions) > _MAX_CONDITIONS:
        raise ValueError(env._("these are more than %s conditions", _MAX_CONDITIONS))
    for condition in conditions:
        if condition.steps > _MAX_STEPS:
            raise ValueError(env._("a path leads over more than %s fields", _MAX_STEPS))
    # what validates goes on from there
    optimized = domain.optimize(env[model_name])
    optimized.validate(env[model_name])
    for condition in conditions:
        _check_condition(env, condition, company_id)
    read = Watch(env)
    read.add_domain(model_name, domain)
    _check_reads_no_decision(env, applies_to, read)
    if conditions := kind_of(applies_to):
        of_kind = Domain(conditions)
        domain &= of_kind
        optimized = (optimized & of_kind).optimize(env[model_name])
    return domain, optimized, read


def kind_of(applies_to):
    """The conditions that all rules of a kind have beside their own: a list."""
    return [] if applies_to == "account" else [("type", "=", applies_to)]


def check_open(env, applies_to, domain):
    """Criteria are applied with all rights, so that where a record is tells what is in
    the fields that they read: those of territory managers may read the record's own
    columns and master data (design 5b).

    :raise ValueError: they read something else
    """
    for condition in _conditions(env, MODEL_OF_OBJECT[applies_to], domain):
        for number, field in enumerate(condition.fields):
            is_last = number == len(condition.fields) - 1
            if not field.store or not (
                not field.comodel_name
                or field.comodel_name in _MASTER_DATA
                or (is_last and field.type == "many2one" and condition.is_by_id())
            ):
                raise ValueError(
                    env._(
                        "rules of territory managers read the fields of the record"
                        " itself, and countries, industries, tags, teams and the like,"
                        " but not %s",
                        f"“{field.string}” ({field.name})",
                    )
                )


def is_relative(env, applies_to, domain):
    """Whether a domain compares with a day that moves, as in *today -30d*: what it
    takes changes without any change of a record.
    """
    return any(
        condition.fields
        and condition.fields[-1].type in ("date", "datetime")
        and any(not value[:1].isdigit() for value in condition.texts())
        for condition in _conditions(env, MODEL_OF_OBJECT[applies_to], domain)
    )


@dataclass(frozen=True)
class _Condition:
    """One condition, wherever it stands in a domain.

    ``fields``: those on its path, the model's own first; ``rest``: what of the path is
    no field (the name of a property); ``steps``: fields that lead there from the record
    """

    operator: str
    value: object
    fields: tuple
    rest: tuple
    steps: int

    def is_by_id(self):
        """Whether it compares with ids, and not with what these stand for."""
        values = self.value if isinstance(self.value, Iterable) else [self.value]
        return self.operator in _BY_ID and all(isinstance(v, int) for v in values)

    def texts(self):
        value = self.value
        if isinstance(value, str):
            return [value]
        values = value if isinstance(value, Iterable) else ()
        return [text for text in values if isinstance(text, str)]


def _conditions(env, model_name, domain, steps=0):
    """The conditions of a domain and of the domains within it: yields _Condition."""
    for condition in domain.iter_conditions():
        names = condition.field_expr.split(".")
        path = []
        comodel = model_name
        for name in names:
            field = env[comodel]._fields.get(name) if comodel else None
            if field is None:
                break
            path.append(field)
            comodel = field.comodel_name
        depth = steps + len(names)
        rest = tuple(names[len(path) :])
        value = condition.value
        yield _Condition(condition.operator, value, tuple(path), rest, depth)
        if comodel and condition.operator in ("any", "not any"):
            if isinstance(value, Domain | list | tuple):
                yield from _conditions(env, comodel, Domain(value), depth)


def _check_condition(env, condition, company_id):
    if condition.operator.endswith("like"):
        for text in condition.texts():
            _check_pattern(env, text)
    for field in condition.fields:
        _check_reader(env, field, company_id)
    if condition.fields and condition.fields[-1].type == "properties":
        _check_property(env, condition.fields[-1], *condition.rest[:1])


def _check_pattern(env, text):
    """PostgreSQL refuses a pattern whose escape has nothing to escape, but only once it
    meets a text that matches up to there.
    """
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise ValueError(
            env._("a pattern cannot end with a single backslash: %s", text)
        )


def _check_reader(env, field, company_id):
    """The same answer whoever asks (design 3.15)."""
    context = env.registry.field_depends_context[field]
    label = f"“{field.string}” ({field.name})"
    if "uid" in context or (not field.store and field.name in _OF_THE_READER):
        raise ValueError(env._("%s depends on who reads it", label))
    if (field.company_dependent or "company" in context) and not company_id:
        raise ValueError(
            env._(
                "%s is another in each company: only the plan of one company can read"
                " it",
                label,
            )
        )


def _check_property(env, field, name=None):
    """A property that nothing defines any more would match nothing, without a word."""
    if not name or not field.definition:
        return
    definitions = env[
        env[field.model_name]._fields[field.definition_record].comodel_name
    ]
    column = field.definition_record_field
    definitions.flush_model([column])
    found = env.execute_query(
        SQL(
            "SELECT FROM %s WHERE %s @> %s::jsonb LIMIT 1",
            SQL.identifier(definitions._table),
            SQL.identifier(column),
            json.dumps([{"name": name}]),
        )
    )
    if not found:
        raise ValueError(env._("the property %s is gone", name))


def _check_reads_no_decision(env, applies_to, read):
    """Criteria that read what they decide would be judged again without an end.

    Accounts are judged before leads: rules of leads may read the account's territories.
    """
    decided = ("crm.lead",) if applies_to != "account" else ("res.partner", "crm.lead")
    for model_name in decided:
        if not DECISION_FIELDS.isdisjoint(read.fields.get(model_name, ())):
            raise ValueError(env._("territories cannot depend on territories"))
