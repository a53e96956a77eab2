"""The message of a difference: what was done, the plan, the record, both answers."""

SHOWN = {
    "res.partner": (
        "name type is_company parent_id commercial_partner_id country_id state_id city"
        " zip industry_id category_id employee_number annual_revenue product_line_ids"
        " user_id company_id ref email active"
    ),
    "crm.lead": (
        "name type partner_id country_id state_id city zip tag_ids expected_revenue"
        " priority date_deadline stage_id employee_number annual_revenue"
        " product_line_ids user_id company_id partner_name email_from active won_status"
    ),
}


def explain(play, history, wrong):
    """Text about the first of the wrong records."""
    names = {territory.id: territory.name for territory in play.territories}
    lines = [f"{len(wrong)} record(s) in the wrong territories, after:"]
    lines += [f"  {step}" for step in history]
    lines += ["the plan:", *_tree(play)]
    for (model, record_id), verdict, (found, credited) in wrong[:3]:
        record = play.env[model].browse(record_id)
        lines += [f"{model} {record_id}:", *_values(record)]
        if model == "crm.lead" and record.partner_id:
            lines += [
                "  its account:",
                *_values(record.partner_id.commercial_partner_id),
            ]
        lines += [
            f"  expected {_named(verdict.territories, names)},"
            f" credited {names.get(verdict.credited)}",
            f"  got      {_named(found, names)}, credited {names.get(credited)}",
        ]
    return "\n".join(lines)


def _named(ids, names):
    return sorted(names.get(number, str(number)) for number in ids)


def _values(record):
    values = {name: record[name] for name in SHOWN[record._name].split()}
    shown = {n: getattr(v, "ids", v) for n, v in values.items() if v}
    yield f"    {record._name} {record.id} {shown}"
    for override in record.territory_override_ids:
        yield (
            f"    override {override.decision} {override.territory_id.name}"
            f" until {override.date_end}"
        )


def _tree(play):
    for territory in play.territories.sorted("parent_path"):
        indent = "  " * territory.parent_path.count("/")
        kind = territory.type_id
        yield (
            f"{indent}{territory.name} (id {territory.id}, plan {territory.plan_id.id}"
            f" of company {territory.company_id.id}, sequence {territory.sequence}"
            f"{f', priority {kind.priority}' if kind else ''}"
            f"{'' if territory.active else ', ARCHIVED'})"
        )
        for area in territory.area_ids:
            yield (
                f"{indent}  area {area.country_id.code} {area.state_id.code or ''}"
                f" {area.city or ''} {area.zip_from or ''}..{area.zip_to or ''}"
            )
        for rule in territory.rule_ids:
            yield (
                f"{indent}  rule {rule.applies_to} {rule.domain}"
                f"{' ANYWHERE' if rule.is_anywhere else ''}"
                f"{' BROKEN' if rule.error else ''}"
                f"{'' if rule.active else ' INACTIVE'}"
            )
        for member in territory.member_ids:
            yield (
                f"{indent}  member {member.user_id.id}"
                f" {member.date_start}..{member.date_end}"
            )
