"""The active plans, read once and compiled: the tree, the shapes, what is watched."""

import ast
from dataclasses import dataclass, field
from datetime import date

from odoo.fields import Domain
from odoo.tools import SQL

from . import criteria, matcher, tree
from .watch import Watch

# what a compilation reads
_READ_MODELS = (
    "crm.territory.plan",
    "crm.territory",
    "crm.territory.type",
    "crm.territory.rule",
    "crm.territory.area",
    "crm.territory.member",
)

MODEL_OF_OBJECT = {
    "account": "res.partner",
    "lead": "crm.lead",
    "opportunity": "crm.lead",
}


@dataclass
class Gates:
    """What accounts must meet for the rules of leads to be looked at below."""

    rules: matcher.Rules = field(default_factory=matcher.Rules)
    territory_ids: list = field(default_factory=list)


@dataclass
class Compiled:
    """Plans ready to judge. Holds no record and no cursor: shared by transactions."""

    plan_ids: list[int]
    revisions: dict[int, int]  # plan id -> revision that was compiled
    tree: tree.Tree
    rules: dict[str, matcher.Rules]
    gates: Gates
    area_kinds: list[matcher.AreaKind]
    policies: dict[int, tuple]  # territory id -> (owner policy, team id), if any
    errors: dict[int, str]  # rule id -> why it cannot be compiled, or matched
    today: date | None = None  # the day of the members and of the overrides in force
    # model -> field -> set of (judged model, path): what makes a record judged again
    watched: dict[str, dict[str, set]] = field(default_factory=dict)
    # the ids of the rules whose errors somebody was told of
    told: set[int] = field(default_factory=set)
    env: object = None

    def model(self, name):
        return self.env[name]

    def bind(self, env):
        """The same, for the environment of the caller: that of the rules' domains."""
        bound = Compiled(**self.__dict__)
        bound.env = env(su=True, context={"active_test": False})
        return bound


def nothing():
    """No plan: what judges before the tables of the plans exist."""
    rules = {"res.partner": matcher.Rules(), "crm.lead": matcher.Rules()}
    return Compiled([], {}, tree.Tree({}), rules, Gates(), [], {}, {})


def parse_domain(text):
    """The Domain that a rule's text stands for.

    >>> list(parse_domain("[('active', '=', True)]"))
    [('active', '=', True)]
    >>> parse_domain("[('active'")
    Traceback (most recent call last):
      ...
    ValueError: this is no domain: [('active'

    :raise ValueError: it is no domain
    """
    try:
        return Domain(ast.literal_eval(text or "[]"))
    except (ValueError, SyntaxError, TypeError, IndexError) as error:
        raise ValueError(f"this is no domain: {text}") from error


def rule_domain(env, applies_to, text):
    """The Domain of the records that a rule takes, checked against the model.

    :raise ValueError: it is no domain, or it reads a field that does not exist
    """
    domain = parse_domain(text)
    model = env[MODEL_OF_OBJECT[applies_to]]
    domain.validate(model)
    _check_reads_no_decision(env, applies_to, domain)
    if applies_to == "account":
        return domain
    return domain & Domain("type", "=", applies_to)


def _check_reads_no_decision(env, applies_to, domain):
    """Criteria that read what they decide would be judged again without an end.

    Accounts are judged before leads: rules of leads may read the account's territories.
    """
    read = Watch(env)
    read.add_domain(MODEL_OF_OBJECT[applies_to], domain)
    decided = ("crm.lead",) if applies_to != "account" else ("res.partner", "crm.lead")
    for model_name in decided:
        if not _DECISION_FIELDS.isdisjoint(read.fields.get(model_name, ())):
            raise ValueError("territories cannot depend on territories")


def compile_plans(env, plan_ids, today):
    """Read and compile plans: 5 queries, whatever the number of rules.

    :param plan_ids: the plans that judge together, of different companies
    :param date today: whose members the credited territory looks at, and whose
        overrides are in force
    :return: Compiled
    """
    env = env(su=True, context={"active_test": False})
    for name in _READ_MODELS:
        env[name].flush_model()
    plan_ids = list(plan_ids)
    revisions = dict(
        env.execute_query(
            SQL(
                "SELECT id, revision FROM crm_territory_plan WHERE id = ANY(%s)",
                plan_ids,
            )
        )
    )
    nodes = _read_nodes(env, plan_ids)
    rule_rows = [
        row for row in _read_rules(env, plan_ids) if row[1] in nodes
    ]  # of live territories
    rules = {"res.partner": matcher.Rules(), "crm.lead": matcher.Rules()}
    errors = {}
    compiled_rows = {}
    watches = []
    by_territory = {}
    for rule_id, territory_id, applies_to, text, _anywhere, error in rule_rows:
        # a broken rule still narrows its territory: it matches nothing
        kinds = by_territory.setdefault(territory_id, {})
        kinds.setdefault(applies_to, set()).add(rule_id)
        if error:
            continue
        try:
            domain, rows, watched = _compile_rule(env, applies_to, text)
        except Exception as error:  # noqa: BLE001 - whatever a field's search raises
            errors[rule_id] = str(error)
            continue
        watches.append(watched)
        compiled_rows[rule_id] = (territory_id, applies_to, domain, rows)
        _add_rule(rules[MODEL_OF_OBJECT[applies_to]], rule_id, domain, rows)
    members = _read_members(env, plan_ids, today)
    areas, area_kinds = _read_areas(env, plan_ids)
    policies = {}
    made = {}
    for node_id, values in nodes.items():
        policy = (values.pop("owner_policy"), values.pop("team_id"))
        if policy != ("none", None):
            policies[node_id] = policy
        made[node_id] = tree.Node(
            has_areas=node_id in areas,
            rules={
                kind: frozenset(ids)
                for kind, ids in by_territory.get(node_id, {}).items()
            },
            user_ids=frozenset(members.get(node_id, ())),
            **values,
        )
    anywhere = frozenset(row[0] for row in rule_rows if row[4])
    compiled_tree = tree.Tree(made, anywhere)
    return Compiled(
        plan_ids=plan_ids,
        revisions=revisions,
        tree=compiled_tree,
        rules=rules,
        gates=_gates(compiled_tree, compiled_rows),
        area_kinds=area_kinds,
        policies=policies,
        errors=errors,
        today=today,
        watched=_watched(env, plan_ids, area_kinds, watches),
    )


def _add_rule(rules, rule_id, domain, rows):
    code = tree.encode(rule_id, tree.RULE)
    if rows is None:
        rules.fallbacks.append((code, domain))
    else:
        rules.add(rows, code)


def _gates(compiled_tree, compiled_rows):
    """The account criteria at and above the territories that have rules for leads."""
    gating = {
        node_id
        for node in compiled_tree.nodes.values()
        if node.rules.get("lead") or node.rules.get("opportunity")
        for node_id in compiled_tree.line(node.id)
    }
    gates = Gates(
        territory_ids=[
            node_id for node_id in gating if compiled_tree.nodes[node_id].has_areas
        ]
    )
    for rule_id, (territory_id, applies_to, domain, rows) in compiled_rows.items():
        if applies_to == "account" and territory_id in gating:
            _add_rule(gates.rules, rule_id, domain, rows)
    return gates


def _read_nodes(env, plan_ids):
    """{territory id: values of its Node}, parents first, nothing below an archived."""
    rows = env.execute_query(
        SQL(
            """
            SELECT t.id, t.parent_id, t.plan_id, plan.company_id, t.depth,
                   type.priority, t.sequence, t.owner_policy, t.team_id
              FROM crm_territory AS t
              JOIN crm_territory_plan AS plan ON plan.id = t.plan_id
              LEFT JOIN crm_territory_type AS type ON type.id = t.type_id
             WHERE t.plan_id = ANY(%s) AND t.active
             ORDER BY t.depth
            """,
            plan_ids,
        )
    )
    names = (
        "id",
        "parent_id",
        "plan_id",
        "company_id",
        "depth",
        "priority",
        "sequence",
        "owner_policy",
        "team_id",
    )
    nodes = {}
    for row in rows:
        values = dict(zip(names, row, strict=True))
        if values["parent_id"] is None or values["parent_id"] in nodes:
            nodes[values["id"]] = values
    return nodes


def _read_rules(env, plan_ids):
    return env.execute_query(
        SQL(
            """
            SELECT id, territory_id, applies_to, domain, is_anywhere, error
              FROM crm_territory_rule
             WHERE plan_id = ANY(%s) AND active
             ORDER BY id
            """,
            plan_ids,
        )
    )


def _read_members(env, plan_ids, today):
    rows = env.execute_query(
        SQL(
            """
            SELECT member.territory_id, array_agg(member.user_id)
              FROM crm_territory_member AS member
             WHERE member.plan_id = ANY(%s)
               AND daterange(member.date_start, member.date_end, '[]') @> %s::date
             GROUP BY member.territory_id
            """,
            plan_ids,
            today,
        )
    )
    return dict(rows)


def _read_areas(env, plan_ids):
    """The territories that have areas, and the kinds of areas that there are."""
    rows = env.execute_query(
        SQL(
            """
            SELECT state_id IS NOT NULL, COALESCE(btrim(city), '') <> '',
                   length(zip_key),
                   EXISTS (SELECT FROM pg_collation WHERE collname = 'und-x-icu'),
                   array_agg(DISTINCT territory_id)
              FROM crm_territory_area
             WHERE plan_id = ANY(%s)
             GROUP BY 1, 2, 3, 4
            """,
            plan_ids,
        )
    )
    territory_ids = {territory_id for row in rows for territory_id in row[4]}
    return territory_ids, [matcher.AreaKind(*row[:4]) for row in rows]


def _compile_rule(env, applies_to, text):
    """The domain of a rule, its rows (or None) and what it reads.

    Kept with the registry, so that a change of one rule compiles only that one.

    :return: (Domain, list of Rows or None, {model: {field: targets}})
    """
    memory = env.registry.__dict__.setdefault(_MEMORY, {})
    key = (applies_to, text)
    if key not in memory:
        model_name = MODEL_OF_OBJECT[applies_to]
        domain = rule_domain(env, applies_to, text)
        rows = criteria.rows_of(env[model_name], domain)
        read = Watch(env)
        read.add_domain(model_name, parse_domain(text))
        memory[key] = (domain, rows, read.fields)
    return memory[key]


def forget_rules(registry):
    """Compile all rules anew: the fields of their models have changed."""
    registry.__dict__.pop(_MEMORY, None)


def _watched(env, plan_ids, area_kinds, watches):
    """All that the plans read: of areas, of rules, and whatever the criteria."""
    if not plan_ids:
        return {}
    read = Watch(env)
    for model_name, names in _ALWAYS_WATCHED.items():
        for name in (
            *names,
            *(name for kind in area_kinds for name in _address_fields(kind)),
        ):
            read.add_path(model_name, name)
    for model_fields in watches:
        for model_name, targets in model_fields.items():
            merged = read.fields.setdefault(model_name, {})
            for name, pairs in targets.items():
                merged.setdefault(name, set()).update(pairs)
    return read.fields


# the attribute of the registry that holds the compiled rules
_MEMORY = "_crm_territory_rules"
# what assignment writes
_DECISION_FIELDS = frozenset({"territory_set_id", "territory_id", "territory_ids"})
# what assignment reads of every record, whatever the criteria
_ALWAYS_WATCHED = {
    "res.partner": ("commercial_partner_id", "company_id", "user_id"),
    "crm.lead": ("partner_id", "type", "company_id", "user_id"),
}


def _address_fields(kind):
    yield "country_id"
    if kind.has_state:
        yield "state_id"
    if kind.has_city:
        yield "city"
    if kind.key_length is not None:
        yield "zip_normalized"
