"""A formula of few numbers of an account, as SQL: "annual_revenue * 0.02 + 500"."""

import ast

from odoo.exceptions import UserError
from odoo.tools import SQL

_OPERATORS = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_NUMBERS = frozenset({"integer", "float", "monetary"})


def formula_sql(model, text, alias):
    """The value of a formula: SQL, NULL where it divides by zero.

    :param model: whose fields it names: stored numbers that the user may read
    :raise UserError: it is no formula, and why
    """
    try:
        tree = ast.parse((text or "").strip(), mode="eval").body
        return _sql(model, tree, alias)
    except (SyntaxError, ValueError, RecursionError) as error:
        raise UserError(
            model.env._(
                "“%(formula)s” is not understood. A formula has numbers, the technical"
                " names of number fields of contacts (as annual_revenue), + - * / and"
                " parentheses.",
                formula=text or "",
            )
        ) from error


def _sql(model, node, alias):
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = (_sql(model, part, alias) for part in (node.left, node.right))
        if isinstance(node.op, ast.Div):
            right = SQL("NULLIF(%s, 0)", right)
        return SQL("(%s %s %s)", left, SQL(_OPERATORS[type(node.op)]), right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return SQL("(- %s)", _sql(model, node.operand, alias))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return SQL("%s::float8", node.value)
    if isinstance(node, ast.Name):
        return _field_sql(model, node.id, alias)
    raise ValueError(ast.dump(node))


def _field_sql(model, name, alias):
    field = model._fields.get(name)
    if not field or field.type not in _NUMBERS or not field.store:
        raise ValueError(name)
    model._check_field_access(field, "read")
    model.flush_model([name])
    return SQL("COALESCE(%s, 0)::float8", model._field_to_sql(alias, name))
