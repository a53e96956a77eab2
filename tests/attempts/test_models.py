"""No way to ask for a record gives what the design hides from who asks.

Every model of both addons, and Odoo's that they share, as every kind of user, under
both settings of who sees accounts. Each of them lists each model; all other ways are
tried for one in three, and for all when somebody searches (``setup/test system --search
1``).
"""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.attempts import cast, rows
from tests.attempts.reading import Reading
from tests.attempts.sweep import Found, Model, Sweep
from tests.oracle.searching import SEARCHED, is_tried

ALSO = ("crm.lead", "res.partner", "crm.activity.report")
CHATTER = ("mail.message", "mail.activity", "ir.attachment")
AT_ONCE = 4
# Of a user, a setting and a model: every way to ask.
ONE_IN = 3
# What the figures of the project rest on.
CALLS = 15_000 if SEARCHED else 6_000
# The models whose rows are about accounts: the setting changes nothing else.
OF_ACCOUNTS = {
    "crm.lead",
    "res.partner",
    "crm.territory.access",
    "crm.territory.assign",
    *(name for name, facts in rows.FACTS.items() if "partner_id" in facts),
}


@pytest.fixture(scope="module")
def models(world):
    """Each Model by its name."""
    found = {}
    for name in [*models_of(world), *ALSO, *CHATTER]:
        fields = world.call(
            name, "fields_get", [], ["type", "relation", "readonly", "required"]
        )
        found[name] = Model(name, fields)
        if name in rows.FACTS:
            found[name].rows = rows.facts(world, name)
    return found


def models_of(world):
    """The names of the models that our addons define, and that hold records."""
    domain = [("abstract", "=", False), "|", ("model", "=", "crm.product.line")]
    domain += [
        "|",
        ("model", "=", "crm.territory"),
        ("model", "=like", "crm.territory.%"),
    ]
    found = world.call("ir.model", "search_read", domain, ["model"])
    return sorted(row["model"] for row in found)


@pytest.fixture(scope="module")
def found(world, models):
    """What all users found, under both settings."""
    total = Found()
    for setting in ("everyone", "territory"):
        world.show_accounts_to(setting)
        total.add(_found(world, models, setting))
    world.show_accounts_to("everyone")
    print(f"\n{sum(total.methods.values())} calls:", dict(total.methods))
    for name in ("leaks", "drafts", "missing"):
        lines = getattr(total, name)
        print(f"{len(lines)} {name}", *lines[:200], sep="\n   ")
    return total


def _found(world, models, setting):
    reading = Reading(world, setting)
    names = list(cast.INSIDERS)
    if setting == "territory":
        # it is for those who see their own documents only
        names = [name for name in names if reading.user(name).kind == "own"]
        models = {name: model for name, model in models.items() if name in OF_ACCOUNTS}

    def sweep(name):
        each = Sweep(world, reading, name)
        number = list(cast.INSIDERS).index(name)
        hidden = {
            model.name: [
                row["id"]
                for row in model.rows
                if model.name not in rows.NUMBERED
                and not rows.FACTS[model.name][0](reading, each.user, row)
            ]
            for model in models.values()
            if model.rows
        }
        for model in models.values():
            if is_tried(f"{setting} {model.name}", ONE_IN, number):
                each.of(model, hidden)
            else:
                each.list_of(model)
        print(name, setting, sum(each.found.methods.values()), flush=True)
        return each.found

    total = Found()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for part in pool.map(sweep, names):
            total.add(part)
    return total


def test_nothing_hidden_is_told(found):
    assert sum(found.methods.values()) >= CALLS
    assert not found.leaks


def test_drafts_are_for_their_planners(found):
    assert not found.drafts


def test_all_that_is_shared_can_be_seen(found):
    assert not found.missing


def test_the_world_is_as_it_was(world, models, found):
    """Whatever was tried on hidden records changed none. (Leads that were made, and are
    gone again, have been judged.)
    """
    for name, model in models.items():
        if model.rows and name != "crm.territory.judgement":
            assert rows.facts(world, name) == model.rows, name
    taken = [("name", "ilike", "taken")]
    assert not world.call("crm.lead", "search_count", taken)
    assert not world.call("res.partner", "search_count", taken)
