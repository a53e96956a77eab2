"""The active plans, read once and compiled: the tree, the shapes, what is watched."""

from dataclasses import dataclass, field, replace
from datetime import date

from odoo import SUPERUSER_ID

from ..compat import forget_memory_of_registry, memory_of_registry
from ..engine import codes, cover, shapes
from ..engine.forms import Form, form_of
from ..engine.owner_policy import policies_of
from ..engine.tree import Node, Tree
from . import reader
from .criteria import (
    MODEL_OF_OBJECT,
    Reading,
    checked,
    domain_of,
    is_relative,
    kind_of,
    parse_literal,
)
from .pieces import Place
from .rules import OwnQuery, RulesOfModels
from .watch import Watch


@dataclass
class Compiled:
    """Plans ready to judge. Holds no record and no cursor: shared by transactions."""

    days: dict[int, date] = field(default_factory=dict)  # plan id -> its day
    revisions: dict[int, int] = field(default_factory=dict)  # that were compiled
    tree: Tree = field(default_factory=lambda: Tree({}))
    rules: RulesOfModels = field(default_factory=RulesOfModels)
    # the territories with rules for leads, and those above them
    gate_ids: frozenset[int] = frozenset()
    places: list[Place] = field(default_factory=list)
    # territory id -> what its leads without salesperson or team get, if anything
    policies: dict = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)  # of rules that do not compile
    # rule id -> what is wrong, of those that failed while they were asked
    broken: dict[int, str] = field(default_factory=dict)
    # the plans with rules that take others on another day
    relative_plan_ids: frozenset[int] = frozenset()
    # model -> field -> set of (judged model, path): what makes a record judged again
    watched: dict[str, dict[str, set]] = field(default_factory=dict)
    reported_rule_ids: set[int] = field(default_factory=set)

    @property
    def plan_ids(self):
        return list(self.days)


def as_reader(env, reading=Reading()):  # noqa: B008 - a tuple
    """The environment that criteria are read in: the same for everybody."""
    return env(user=SUPERUSER_ID, su=True, context=reading.context())


def compile_plans(plans, days):
    """Read and compile plans: 7 queries, whatever the number of rules.

    :param plans: those that judge together, of different companies
    :param dict days: {plan id: the day of its members and overrides}
    :return: Compiled
    """
    env = as_reader(plans.env)
    plans = plans.with_env(env)
    for name in reader.READ_MODELS:
        env[name].flush_model()
    judging = {plan.id: plan._covers() for plan in plans}
    inactive = reader.read_inactive(env, plans.ids)
    left = env["crm.territory.plan"].browse(cover.without_successor(inactive, judging))
    nodes = reader.read_nodes(env, plans.ids, left.ids)
    rules = _CompiledRules(plans, nodes)
    places = plans._match_pieces()
    compiled_tree = Tree(
        _nodes_of_tree(nodes, rules, places, reader.read_members(env, days)),
        frozenset(rules.anywhere),
        cover.Cover(judging, {plan.id: plan._covers() for plan in left}),
    )
    gate_ids = _gate_ids(compiled_tree)
    return Compiled(
        days=days,
        revisions=reader.read_revisions(env, plans.ids),
        tree=compiled_tree,
        rules=rules.of_models(gate_ids),
        gate_ids=gate_ids,
        places=places,
        policies=policies_of(nodes),
        errors=rules.errors,
        relative_plan_ids=frozenset(rules.relative_plan_ids),
        watched=_watched(env, places, rules.reads) if plans else {},
    )


def _nodes_of_tree(nodes, rules, places, members):
    with_place = frozenset().union(*(place.territory_ids for place in places))
    names = ("id", "parent_id", "plan_id", "depth", "priority", "sequence")
    return {
        node_id: Node(
            has_areas=node_id in with_place,
            rules={
                kind: frozenset(ids)
                for kind, ids in rules.by_territory.get(node_id, {}).items()
            },
            user_ids=frozenset(members.get(node_id, ())),
            **{name: values[name] for name in names},
        )
        for node_id, values in nodes.items()
    }


def _gate_ids(compiled_tree):
    return frozenset(
        node_id
        for node in compiled_tree.nodes.values()
        if node.rules.get("lead") or node.rules.get("opportunity")
        for node_id in compiled_tree.line(node.id)
    )


@dataclass(frozen=True)
class _CompiledRule:
    """What one text stands for.

    :param domain: of a rule that needs a query of its own
    :param rows: list of shapes.Rows, or None: it needs one
    :param context: the language and company that it is read in
    :param reads: frozenset of (model, field, target), the same object where it is equal
    """

    domain: object
    rows: list | None
    context: dict
    is_relative: bool
    reads: frozenset


class _CompiledRules:
    """The rules of plans, read and compiled."""

    def __init__(self, plans, nodes):
        self.by_territory = {}  # territory id -> object -> rule ids
        self.anywhere = set()
        self.relative_plan_ids = set()
        self.errors = {}
        self.compiled = []  # (rule id, territory id, object, _CompiledRule)
        of_plans = {plan.id: plan._reading() for plan in plans}
        readings = {}  # (plan id, language) -> Reading
        for row in reader.read_rules(plans.env, plans.ids):
            rule_id, territory_id, plan_id, applies_to, text, lang, anywhere, error = (
                row
            )
            if territory_id not in nodes:
                continue
            # a broken rule still narrows its territory: it matches nothing
            kinds = self.by_territory.setdefault(territory_id, {})
            kinds.setdefault(applies_to, set()).add(rule_id)
            if anywhere:
                self.anywhere.add(rule_id)
            if error:
                continue
            try:
                if (plan_id, lang) not in readings:
                    reading = of_plans[plan_id]._replace(lang=lang)
                    readings[plan_id, lang] = reading
                reading = readings[plan_id, lang]
                rule = compile_rule(plans.env, applies_to, text, reading)
            except Exception as error:  # noqa: BLE001 - whatever a field's search raises
                self.errors[rule_id] = str(error)
                continue
            self.compiled.append((rule_id, territory_id, applies_to, rule))
            if rule.is_relative:
                self.relative_plan_ids.add(plan_id)

    @property
    def reads(self):
        """What they read, each once."""
        found = {id(rule.reads): rule.reads for *_ids, rule in self.compiled}
        return frozenset().union(*found.values())

    def of_models(self, gate_ids):
        found = RulesOfModels()
        for rule_id, territory_id, applies_to, rule in self.compiled:
            if applies_to != "account":
                _add_rule(found.leads, rule_id, rule)
                continue
            _add_rule(found.accounts, rule_id, rule)
            if territory_id in gate_ids:
                _add_rule(found.gates, rule_id, rule)
        return found


def _add_rule(rules, rule_id, rule):
    code = codes.encode(rule_id, codes.RULE)
    if rule.rows is None:
        rules.own_queries.append(OwnQuery(code, rule.domain, rule.context))
    else:
        rules.add(rule.rows, code)


def compile_rule(env, applies_to, text, reading):
    """What a rule stands for. Kept with the registry, so that a change of one rule
    compiles only that one.

    :param Reading reading: how it is read
    :raise ValueError: see criteria.parse_domain and criteria.checked
    """
    memory = memory_of_registry(env.registry, _MEMORY)
    key = (applies_to, text, reading)
    if key not in memory:
        criteria = parse_literal(env, text)
        form = form_of(criteria)
        of_form = (Form, applies_to, form, reading)
        rule = form and _of_known_form(env, applies_to, criteria, memory.get(of_form))
        if not rule:
            written = domain_of(env, text, criteria)
            rule = _compiled(env, applies_to, written, reading, memory)
            if form and of_form not in memory:
                memory[of_form] = _form(env, applies_to, criteria, rule), rule
        memory[key] = rule
    return memory[key]


def _compiled(env, applies_to, written, reading, memory):
    env = as_reader(env, reading)
    domain, optimized, read = checked(env, applies_to, written, reading.company_id)
    rows = shapes.rows_of(env[MODEL_OF_OBJECT[applies_to]], optimized)
    return _CompiledRule(
        domain,
        rows and [replace(row, shape=_once(memory, row.shape)) for row in rows],
        reading.context(),
        is_relative(env, applies_to, written),
        _once(memory, _as_reads(read.fields)),
    )


def _form(env, applies_to, criteria, rule):
    """The Form of a rule that is compiled, if it has one."""
    return Form.of(
        env[MODEL_OF_OBJECT[applies_to]], criteria, kind_of(applies_to), rule.rows
    )


def _of_known_form(env, applies_to, criteria, known):
    """A rule that differs in nothing but values from one that is compiled.

    :param known: (Form, that rule), or None
    :return: _CompiledRule, or None: it has to be compiled itself
    """
    form, rule = known or (None, None)
    rows = form and form.rows(env[MODEL_OF_OBJECT[applies_to]], criteria)
    return rows and replace(rule, domain=None, rows=rows)


def _as_reads(fields):
    return frozenset(
        (model_name, name, target)
        for model_name, targets_of in fields.items()
        for name, targets in targets_of.items()
        for target in targets
    )


def _once(memory, value):
    """The same object for what is the same: that of thousands of rules is compared by
    who it is.
    """
    return memory.setdefault((_once, value), value)


def is_settled(env, applies_to, text, reading):
    """Whether a rule compiled since the fields of its model changed, and reads nothing
    but columns: nothing can be wrong with it then. No query.

    :param: as of `compile_rule`
    """
    memory = memory_of_registry(env.registry, _MEMORY)
    rule = memory.get((applies_to, text, reading))
    return rule is not None and rule.rows is not None


def forget_rules(registry):
    """Compile all rules anew: the fields of their models have changed."""
    forget_memory_of_registry(registry, _MEMORY)


def _watched(env, places, reads):
    """All that the plans read: of places, of rules, and whatever the criteria."""
    read = Watch(env)
    for model_name, names in _ALWAYS_WATCHED.items():
        for name in names:
            read.add_path(model_name, name)
        for place in places:
            for name in place.fields.get(model_name, ()):
                read.add_path(model_name, name)
    for model_name, name, target in reads:
        targets = read.fields.setdefault(model_name, {})
        targets.setdefault(name, set()).add(target)
    return read.fields


# the attribute of the registry that holds the compiled rules
_MEMORY = "_crm_territory_rules"
# what assignment reads of every record, whatever the criteria
_ALWAYS_WATCHED = {
    "res.partner": (
        "commercial_partner_id",
        "company_id",
        "user_id",
        "partner_share",
    ),
    "crm.lead": ("partner_id", "type", "company_id", "user_id"),
}
