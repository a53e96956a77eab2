"""The criteria of rules in the words of who reads them, and what a record has.

Criteria are applied with all rights, and whoever sees a record sees in which
territories it is. Which of several conditions holds tells more: that is told of fields
that the reader may read, and of records that he sees.
"""

from collections import defaultdict

from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import format_amount, format_date, format_datetime, format_list

from ..compat import DomainAnd, DomainBool, DomainCondition, DomainNot, DomainOr
from ..matching.compiler import as_reader
from ..matching.criteria import MODEL_OF_OBJECT, check_open, parse_domain

# of a long list, so many are named
_NAMED = 5


def parts_of(env, text):
    """What all has to hold of a rule's criteria: list of Domain.

    :raise ValueError: the text is no domain
    """
    domain = parse_domain(env, text)
    if isinstance(domain, DomainAnd):
        return list(domain.children)
    return [] if domain.is_true() else [domain]


def holds(record, part, reading):
    """Whether a part of criteria takes a record: asked as the matcher asks.

    :param Reading reading: how the criteria are read
    """
    model = as_reader(record.env, reading)[record._name]
    with record.env.cr.savepoint():
        return bool(model.search_count(Domain("id", "=", record.id) & part, limit=1))


def may_know(env, applies_to, part):
    """Whether the reader may know if a part of criteria takes a record that he sees."""
    if env.su:
        return True
    try:
        if not env.user._shapes_all_territories():
            check_open(env, applies_to, part)
        env[MODEL_OF_OBJECT[applies_to]]._search(part)
    except (AccessError, ValueError):
        return False
    return True


def may_know_rule(rule):
    """The same of all that a rule asks."""
    try:
        parts = parts_of(rule.env, rule.sudo().domain)
    except ValueError:
        return True  # it matches nothing, and says so
    return all(may_know(rule.env, rule.sudo().applies_to, part) for part in parts)


def names_of(env, domains):
    """What the records are called that domains name, as the reader sees them, read
    together: {(model, id): name}. About 2 queries for each model.

    :param domains: list of (model name, Domain)
    """
    ids = defaultdict(set)
    for model_name, domain in domains:
        for condition in domain.iter_conditions():
            _labels, field = _path(env, model_name, condition.field_expr)
            if field is not None and field.comodel_name:
                found = _values_of(condition.value)
                ids[field.comodel_name].update(i for i in found if type(i) is int and i)
    names = {}
    for model_name, found in ids.items():
        existing = env[model_name].browse(found).exists()
        readable = existing._filtered_access("read")
        hidden = env._("something that you do not see")
        names.update(((model_name, id_), hidden) for id_ in existing.ids)
        names.update(((model_name, each.id), each.display_name) for each in readable)
    return names


def worded(env, model_name, domain, names=None):
    """The domain in words, of the language of the reader.

    :param names: what is known of the records that it names, see `names_of`
    """
    if isinstance(domain, DomainBool):
        return env._("anything") if domain.is_true() else env._("nothing")
    if isinstance(domain, DomainNot):
        return env._("not (%s)", worded(env, model_name, ~domain, names))
    if isinstance(domain, DomainAnd | DomainOr):
        words = [worded(env, model_name, child, names) for child in domain.children]
        is_and = isinstance(domain, DomainAnd)
        return format_list(env, words, "standard" if is_and else "or")
    if isinstance(domain, DomainCondition):
        return _condition(env, model_name, domain, names or {})
    return str(list(domain))


def value_of(record, part):
    """What a record has in the fields that a part of criteria reads, as its reader sees
    it; empty where this is not to be told in a few words.
    """
    names = {condition.field_expr for condition in part.iter_conditions()}
    told = [
        (record._fields[name]._description_string(record.env), _value(record, name))
        for name in sorted(names)
        if name in record._fields
        and record._has_field_access(record._fields[name], "read")
    ]
    if len(told) != 1:
        return ", ".join(
            record.env._("%(name)s: %(words)s", name=label, words=value)
            for label, value in told
        )
    return told[0][1]


def _value(record, name):
    field, value, env = record._fields[name], record[name], record.env
    if field.relational:
        names = [
            each.display_name for each in value.sudo(False)._filtered_access("read")
        ]
        hidden = len(value) - len(names)
        if hidden:
            names.append(env._("%s that you do not see", hidden))
        return _list(env, names) or env._("none")
    if field.type == "boolean":
        return env._("yes") if value else env._("no")
    if field.type in ("integer", "float"):
        return f"{value:g}"
    if field.type == "monetary":
        currency = record[field.get_currency_field(record)]
        return format_amount(env, value, currency) if currency else f"{value:g}"
    if not value:
        return env._("empty")
    if field.type == "selection":
        return dict(field._description_selection(env)).get(value, value)
    if field.type == "date":
        return format_date(env, value)
    if field.type == "datetime":
        return format_datetime(env, value)
    return str(value)


def _condition(env, model_name, condition, names):
    labels, field = _path(env, model_name, condition.field_expr)
    words = {"field": " ▸ ".join(labels)}
    operator, values = condition.operator, _values_of(condition.value)
    if operator.rstrip("!") in ("any", "not any") and field:
        words["value"] = worded(env, field.comodel_name, Domain(condition.value), names)
    elif operator in ("=", "!=", "in", "not in") and _is_plain(field, values):
        return _plain(env, field, words, operator, values, names)
    else:
        words["value"] = _named_list(env, field, values, names)
    pattern = _patterns(env).get(operator.rstrip("!"))
    return (
        pattern % words
        if pattern
        else " ".join((words["field"], operator, words["value"]))
    )


def _is_plain(field, values):
    """Whether a comparison is with yes and no, or with nothing."""
    return (field and field.type == "boolean") or not any(values)


def _plain(env, field, words, operator, values, names):
    is_not = operator in ("!=", "not in")
    if field and field.type == "boolean":
        is_yes = any(values) != is_not
        words["value"] = env._("yes") if is_yes else env._("no")
        return env._("%(field)s is %(value)s", **words)
    if not values:
        return env._("anything") if is_not else env._("nothing")
    if all(each is False or each is None for each in values):
        if is_not:
            return env._("%s is set", words["field"])
        return env._("%s is not set", words["field"])
    words["value"] = _named_list(env, field, values, names)
    return _patterns(env)[operator] % words


def _patterns(env):
    """How conditions of each operator are worded."""
    contains = env._("%(field)s contains “%(value)s”")
    contains_not = env._("%(field)s does not contain “%(value)s”")
    like = env._("%(field)s is like “%(value)s”")
    like_not = env._("%(field)s is not like “%(value)s”")
    is_, is_not = env._("%(field)s is %(value)s"), env._("%(field)s is not %(value)s")
    return {
        "=": is_,
        "in": is_,
        "!=": is_not,
        "not in": is_not,
        ">=": "%(field)s ≥ %(value)s",
        "<=": "%(field)s ≤ %(value)s",
        ">": "%(field)s > %(value)s",
        "<": "%(field)s < %(value)s",
        "like": contains,
        "ilike": contains,
        "not like": contains_not,
        "not ilike": contains_not,
        "=like": like,
        "=ilike": like,
        "not =like": like_not,
        "not =ilike": like_not,
        "child_of": env._("%(field)s is %(value)s, or below"),
        "parent_of": env._("%(field)s is %(value)s, or above"),
        "any": env._("%(field)s with (%(value)s)"),
        "not any": env._("no %(field)s with (%(value)s)"),
    }


def _path(env, model_name, expression):
    """The labels of the fields on a path, and the last field."""
    labels, field = [], None
    for name in expression.split("."):
        field = env[model_name]._fields.get(name) if model_name else None
        labels.append(field._description_string(env) if field else name)
        model_name = field.comodel_name if field else None
    return labels, field


def _values_of(value):
    if isinstance(value, str | bytes) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def _named_list(env, field, values, names):
    return _list(env, [_named(env, field, each, names) for each in values])


def _named(env, field, value, names):
    """A value of a condition, in words."""
    if value is False or value is None:
        return env._("empty")
    if field is not None and field.comodel_name and isinstance(value, int):
        if known := names.get((field.comodel_name, value)):
            return known
        found = env[field.comodel_name].browse(value).exists()
        if not found:
            return env._("something that was deleted")
        if not found.has_access("read"):
            return env._("something that you do not see")
        return found.display_name
    if field is not None and field.type == "selection":
        return dict(field._description_selection(env)).get(value, str(value))
    return str(value)


def _list(env, words):
    if len(words) > _NAMED:
        words = [*words[:_NAMED], env._("%s more", len(words) - _NAMED)]
    return format_list(env, words) if words else ""
