"""Moves in the log of OCA's ``auditlog``, where that addon is installed.

It logs calls of ``write``. A lead that follows its account, and what a run moves, are
not written so; the record of such a call logs its territories itself.
"""

_NAMES = ("territory_set_id", "territory_id")


def log_moves(model, changed):
    """Log moves of records for the rule that says so, all in one call.

    :param model: res.partner or crm.lead
    :param changed: list of Decision that were carried out
    """
    if "auditlog.rule" not in model.env:
        return
    rules = model.env["auditlog.rule"].sudo()
    rule = rules.search(
        [
            ("model_id.model", "=", model._name),
            ("state", "=", "confirmed"),
            ("log_write", "=", True),
        ],
        limit=1,
    )
    if not rule or model.env.user in rule.users_to_exclude_ids:
        return
    in_call = _ids_in_call(model)
    moved = [d for d in changed if not d.is_new and d.record_id not in in_call]
    if moved:
        rules.create_logs(
            model.env.uid,
            model._name,
            [decision.record_id for decision in moved],
            "write",
            _values(model, moved, "before"),
            _values(model, moved, "after"),
            {"log_type": rule.log_type},
        )


def _ids_in_call(model):
    """The ids of the records whose ``write`` is being logged."""
    calls = model.env.context.get("auditlog_guard") or ()
    return {id_ for name, ids in calls if name == model._name for id_ in ids}


def _values(model, moved, when):
    """{record id: {field: value}} as ``read`` has them."""
    found = {decision.record_id: getattr(decision, when) for decision in moved}
    names = {}
    for position, name in enumerate(_NAMES):
        ids = {values[position] for values in found.values() if values[position]}
        comodel = model.env[model._fields[name].comodel_name]
        names[name] = {r.id: r.display_name for r in comodel.browse(ids).exists()}
    return {
        record_id: {
            name: (value, names[name].get(value, "")) if value else False
            for name, value in zip(_NAMES, values, strict=True)
        }
        for record_id, values in found.items()
    }
