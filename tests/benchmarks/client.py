"""What the web client asks for."""


def aggregates(report, measures):
    """The aggregates of a pivot with these measures."""
    found = []
    for name in measures:
        field = report._fields[name]
        found.append(f"{name}:{field.aggregator}")
        if field.type == "monetary":
            currency = field.get_currency_field(report)
            found += [f"{currency}:array_agg_distinct", f"{name}:sum_currency"]
    return [*dict.fromkeys(found), "__count"]
