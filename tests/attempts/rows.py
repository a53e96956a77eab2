"""Of each model: what its rows are about, and so who may be told of them."""

SALES = ("own", "all", "manager")
_RECORDS = ("lead_id", "partner_id")


def of_leads(reading, user, row):
    return reading.sees_lead(user, row["id"])


def of_partners(reading, user, row):
    return reading.sees_partner(user, row["id"])


def of_records(reading, user, row):
    """A row about a lead, or an account, or neither."""
    if user.kind not in SALES:
        return False
    if row.get("lead_id"):
        return reading.sees_lead(user, row["lead_id"])
    if row.get("partner_id"):
        return reading.sees_partner(user, row["partner_id"])
    company = row.get("company_id")
    return not company or company in user.companies


def of_moves(reading, user, row):
    """Simulations, here of the plan of next year, are for its planners."""
    if row["is_dry"] and not (
        user.kind == "manager" and reading.sees_plan(user, "next")
    ):
        return False
    return of_records(reading, user, row)


def of_overrides(reading, user, row):
    return of_parts(reading, user, row) and of_records(reading, user, row)


def of_plans(reading, user, row):
    [name] = [n for n, each in reading.ids["plan"].items() if each == row["id"]]
    return reading.sees_plan(user, name)


def of_territories(reading, user, row):
    return reading.sees_territory(user, row["id"])


def of_parts(reading, user, row):
    """A row that belongs to a territory."""
    return reading.sees_territory(user, row["territory_id"])


def of_planning(reading, user, row):
    """A row that planners see: of a plan."""
    if user.kind != "manager":
        return False
    return of_plans(reading, user, {"id": row["plan_id"]})


def of_forecasts(reading, user, row):
    return user.kind in SALES and row["company_id"] in user.companies


def of_targets(reading, user, row):
    return user.kind in SALES and reading.sees_target(user, row)


def of_chatter(reading, user, row):
    return row["res_model"] != "crm.lead" or reading.sees_lead(user, row["res_id"])


_TARGET = ("territory_id", "user_id", "company_id")
# what tells who sees the rows of a model; the first function says who
FACTS = {
    "crm.lead": (of_leads,),
    "res.partner": (of_partners,),
    "crm.territory.plan": (of_plans,),
    "crm.territory": (of_territories, "plan_id"),
    "crm.territory.member": (of_parts, "territory_id", "plan_id"),
    "crm.territory.rule": (of_parts, "territory_id", "plan_id"),
    "crm.territory.area": (of_parts, "territory_id", "plan_id"),
    "crm.territory.override": (of_overrides, "territory_id", *_RECORDS),
    "crm.territory.move": (of_moves, "is_dry", *_RECORDS),
    "crm.territory.run": (of_planning, "plan_id"),
    "crm.territory.judgement": (of_planning, "plan_id"),
    "crm.activity.report": (of_records, "lead_id"),
    "crm.territory.revenue.report": (of_records, "lead_id"),
    "crm.territory.duration.report": (of_records, "lead_id"),
    "crm.territory.stage.report": (of_records, "lead_id"),
    "crm.territory.load.report": (of_records, "lead_id", "company_id"),
    "crm.territory.coverage.report": (of_records, *_RECORDS),
    "crm.territory.map.report": (of_records, *_RECORDS),
    "crm.territory.change.report": (of_records, *_RECORDS),
    "crm.territory.forecast": (of_forecasts, "company_id"),
    "crm.territory.forecast.snapshot": (of_forecasts, "company_id"),
    "crm.territory.forecast.target": (of_targets, *_TARGET),
    "crm.territory.forecast.target.change": (of_targets, *_TARGET),
    "crm.territory.forecast.snapshot.target": (of_targets, *_TARGET),
    "crm.territory.forecast.call": (of_targets, *_TARGET),
    "crm.territory.forecast.snapshot.line": (of_records, "lead_id"),
    "crm.territory.forecast.movement": (of_records, "lead_id"),
    "crm.territory.forecast.accuracy": (of_records, "lead_id"),
    "crm.territory.forecast.attainment": (of_records, "lead_id"),
    "mail.activity": (of_chatter, "res_model", "res_id"),
    "ir.attachment": (of_chatter, "res_model", "res_id"),
    "mail.message": (of_chatter, "model", "res_id"),
}
# Of these some users are told less than they might be: of a line, of followed records.
# Their numbers are those of the user's own query, so that rows go by their lead.
MAY_BE_FEWER = {
    "crm.territory.forecast.snapshot.line",
    "crm.territory.forecast.movement",
    "crm.territory.forecast.accuracy",
    "crm.territory.forecast.attainment",
    "mail.activity",
    "ir.attachment",
    "mail.message",
}
NUMBERED = {name for name in FACTS if name.endswith((".movement", ".accuracy"))} | {
    "crm.territory.forecast.attainment"
}


def facts(world, model):
    """All rows of a model, as far as they tell who sees them: list of dicts."""
    names = FACTS[model][1:]
    rows = world.call(
        model,
        "search_read",
        [],
        ["id", *names],
        load=None,
        context={"active_test": False},
    )
    if model == "res.partner":
        known = world.accounts | world.contacts
        rows = [row for row in rows if row["id"] in known]
    if "model" in names:
        rows = [{**row, "res_model": row["model"]} for row in rows]
    return rows
