"""Records that lack what the criteria of the plan read."""

from odoo.fields import Domain

from .addresses import Addresses
from .finding import CHECK, KNOW, MISSING, Finding, Tally

# of these, nothing is missing
_NEVER_EMPTY = frozenset({"id", "type", "active", "commercial_partner_id"})


def of_values(conflicts):
    """List of Finding: of the plan as a whole."""
    found = []
    for model_name, name, domain, of_place in _wanted(conflicts):
        model = conflicts.env[model_name].with_context(active_test=True)
        field = model._fields[name]
        if not model._has_field_access(field, "read"):
            continue
        empty = domain & Domain(name, "=", False)
        if finding := _finding(conflicts, model, field, empty, of_place):
            found.append(finding)
    return found


def _finding(conflicts, model, field, domain, of_place):
    env = conflicts.env
    domain &= conflicts.population.domain(model._name)
    count = model.search_count(domain)
    if not count:
        return None
    words = {"count": count, "field": field._description_string(env)}
    is_account = model._name == "res.partner"
    if is_account:
        text = env._(
            "%(count)s accounts have no %(field)s, which criteria read.", **words
        )
    else:
        text = env._(
            "%(count)s leads and opportunities have no %(field)s, which criteria read.",
            **words,
        )
    ids = model.search(domain).ids if conflicts.population.matcher.with_ids else []
    tally = Tally(
        accounts=count if is_account else 0,
        leads=0 if is_account else count,
        ids={model._name: ids},
    )
    return Finding(
        MISSING,
        CHECK if of_place else KNOW,
        (MISSING, model._name, field.name),
        text,
        example=Addresses(env).of_record(model.search(domain, limit=1)),
        tally=tally,
    )


def _wanted(conflicts):
    """(model, field, which of its records, whether it says where they lie)"""
    places = list(_of_places(conflicts))
    for name, domain in places:
        yield "res.partner", name, domain, True
        alone = Domain("partner_id", "=", False)
        yield "crm.lead", name, domain & alone, True
    rules = conflicts.population.compiled.rules
    known = {name for name, _domain in places}
    for model_name, of_model in (
        ("res.partner", rules.accounts),
        ("crm.lead", rules.leads),
    ):
        fields = conflicts.env[model_name]._fields
        names = {
            term.field
            for shape in of_model.shapes
            for term in shape
            if term.operator not in ("unset", "!=")
        }
        for name in sorted(names - _NEVER_EMPTY - known):
            if fields[name].type != "boolean":
                yield model_name, name, Domain.TRUE, False


def _of_places(conflicts):
    """(field, the records whose areas need it)"""
    places = conflicts.overlaps.places
    if not places:
        return
    yield "country_id", Domain.TRUE
    by_field = {
        "zip": [place for place in places if len(place.prefix) > 2],
        "state_id": [place for place in places if place.state_id],
        "city": [place for place in places if place.city],
    }
    addresses = Addresses(conflicts.env)
    for name, found in by_field.items():
        codes = {place.prefix[:2] for place in found}
        ids = [addresses.country(code).id for code in codes]
        if ids:
            yield name, Domain("country_id", "in", ids)
