"""The public methods of our addons, read from their source: what a client may call."""

import ast
import functools
from collections import defaultdict
from dataclasses import dataclass

from ground import paths

ADDONS = ("crm_territory", "crm_territory_forecast")
# What Odoo defines, and we extend: what is wrong with its words is Odoo's.
OF_ODOO = {
    "create",
    "write",
    "unlink",
    "copy",
    "copy_data",
    "default_get",
    "fields_get",
    "name_search",
    "search",
    "message_subscribe",
    "load",
    "init",
    "modified",
    "web_read",
    "web_save",
    "web_save_multi",
    "message_new",
    "formatted_read_group",
    "formatted_read_grouping_sets",
    "db_id_for",
    "action_archive",
    "action_unarchive",
}
# Functions of ours that look up the key that they are given.
READERS = ("weeks_of", "day_of")


@dataclass(frozen=True)
class Method:
    name: str
    parameters: tuple
    is_of_model: bool  # called without ids


def by_class():
    """{name of a class of the ORM: (its parents, its own public methods)}."""
    found = defaultdict(lambda: (set(), {}))
    for addon in ADDONS:
        for file in sorted((paths.ROOT / addon).rglob("*.py")):
            if not {"tests", "migrations"} & set(file.parts):
                for node in ast.parse(file.read_text()).body:
                    if isinstance(node, ast.ClassDef):
                        _read_class(node, found)
    return found


def _read_class(node, found):
    said = {
        statement.targets[0].id: ast.literal_eval(statement.value)
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and getattr(statement.targets[0], "id", "") in ("_name", "_inherit")
    }
    parents = said.get("_inherit", [])
    parents = [parents] if isinstance(parents, str) else list(parents)
    name = said.get("_name") or (parents[0] if parents else None)
    if not name:
        return
    found[name][0].update(set(parents) - {name})
    for each in node.body:
        if isinstance(each, ast.FunctionDef) and not each.name.startswith("_"):
            words = [a.arg for a in each.args.args if a.arg != "self"]
            marks = {ast.unparse(mark) for mark in each.decorator_list}
            of_model = bool(marks & {"api.model", "api.model_create_multi"})
            if "property" not in marks and "api.private" not in marks:
                found[name][1][each.name] = Method(each.name, tuple(words), of_model)


def of_models(models):
    """{model: its Methods}, for the models that hold records: those inherited too."""
    classes = by_class()

    def of(name, seen):
        if name in seen or name not in classes:
            return {}
        seen.add(name)
        parents, own = classes[name]
        found = {}
        for parent in sorted(parents):
            found |= of(parent, seen)
        return found | own

    return {name: list(of(name, set()).values()) for name in sorted(models)}


@functools.cache
def context_keys():
    """The keys that our addons look up in the context: a client may send them all."""
    keys = set()
    for addon in ADDONS:
        for file in (paths.ROOT / addon).rglob("*.py"):
            if "tests" not in file.parts:
                keys |= set(_keys_of(ast.parse(file.read_text())))
    return sorted(keys)


def _keys_of(tree):
    named = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        key = None
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(
            ("env.context.get", "context.get")
        ):
            key = node.args[0]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in READERS:
            key = node.args[1]
        elif isinstance(node, ast.Compare) and ast.unparse(
            node.comparators[0]
        ).endswith("env.context"):
            key = node.left
        if isinstance(key, ast.Constant):
            yield key.value
        elif isinstance(key, ast.Name) and isinstance(named.get(key.id), str):
            yield named[key.id]
