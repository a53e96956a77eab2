"""What the engine decides, no client writes.

The list comes from the registry: fields of both addons, in any model, that are stored
and that no view lets one change. Each is tried by writing, creating and a default of
the context, as a salesperson, a territory manager and a sales manager: refused, or
without effect.
"""

from collections import Counter
from dataclasses import dataclass
from itertools import count

import pytest

from tests.attempts import cast

OURS = {"crm_territory", "crm_territory_forecast"}
AUTHORS = ("writer", "large", "manager")
LOGGED = ("create_uid", "create_date", "write_uid", "write_date", "id")
DAY = (cast.TODAY + 999 * cast.DAY).isoformat()
NUMBERS = count(1)


@dataclass(frozen=True)
class Decided:
    """A field that the engine decides."""

    model: str
    name: str
    type: str
    relation: str

    def __str__(self):
        return f"{self.model}.{self.name}"


@pytest.fixture(scope="module")
def decided(world):
    """Each Decided field of a table."""
    found = [Decided(row["model"], *row["what"]) for row in _registered(world)]
    print(f"\n{len(found)} fields:", *map(str, found), sep="\n   ")
    return found


def _registered(world):
    """Stored fields of ours that are readonly; and where trees are kept."""
    domain = [("store", "=", True), ("name", "not in", LOGGED)]
    domain += ["|", ("readonly", "=", True), ("name", "=", "parent_path")]
    domain += [("model_id.transient", "=", False), ("model_id.abstract", "=", False)]
    names = ["model", "name", "ttype", "relation", "modules"]
    reachable = {}
    for row in world.call("ir.model.fields", "search_read", domain, names):
        if row["modules"] and set(row["modules"].split(", ")) <= OURS:
            model = row["model"]
            if model.endswith(tables_of_reports(world)):
                continue
            if model not in reachable:
                reachable[model] = world.call(model, "fields_get", [], ["type"])
            # Odoo lets nobody read or write those that are of no group
            if row["name"] in reachable[model]:
                row["what"] = row["name"], row["ttype"], row["relation"]
                yield row


def tables_of_reports(world):
    """Models that are queries: nothing can be written there."""
    return (
        ".report",
        "forecast.movement",
        "forecast.accuracy",
        "forecast.attainment",
    )


class Forger:
    """One author, who says of a record what only the engine may say."""

    def __init__(self, world, author, decided):
        self.world = world
        self.author = author
        self.decided = decided
        self.caller = world.callers[author]
        self.tries = Counter()
        self.forged = []
        self.made = {}

    def records(self, model):
        """A record of the model, which the author may write where there is one."""
        # what is closed to everybody has none
        found = self.world.admin.ask(
            model, "search", [], context={"active_test": False}
        )
        ids = found.value or []
        if model == "res.partner":
            ids = [id_ for id_ in ids if id_ in self.world.accounts]
        if self._may_write(model, []):
            for id_ in ids:
                if self._may_write(model, [id_]):
                    return id_
        return ids[0] if ids else None

    def _may_write(self, model, ids):
        return self.caller.ask(model, "has_access", ids, "write").value

    def stored(self, field, id_):
        row = self._row(field.model, id_, [field.name])
        return row[field.name] if row else None

    def _row(self, model, id_, names):
        rows = self.world.admin.call(model, "read", [id_], names, load=None)
        return rows[0] if rows else None

    def write(self, field, id_):
        before = self.stored(field, id_)
        value = self.other_value(field, before)
        answer = self._try("write", field, [id_], {field.name: value})
        if not answer.is_refused:
            after = self.stored(field, id_)
            if after != before:
                self._note("write", field, before, after)
                self.world.admin.ask(field.model, "write", [id_], {field.name: before})

    def create(self, field, values):
        """By its values, and by a default."""
        if not values:
            return
        if field.model not in self.made:
            names = [each.name for each in self.decided if each.model == field.model]
            self.made[field.model] = self._made(field, values(), names)
        if not self.made[field.model]:
            return
        usual = self.made[field.model][field.name]
        value = self.other_value(field, usual)
        by_value = {**values(), field.name: value}
        by_default = {f"default_{field.name}": value}
        for words, context in ((by_value, {}), (values(), by_default)):
            made = self._made(field, words, [field.name], **context)
            found = made and made[field.name]
            if made and found == self.told(field, value):
                self._note("default" if context else "create", field, usual, found)

    def _made(self, field, values, names, **context):
        """The row of a new record, that is gone again; None if refused."""
        answer = self._try("create", field, values, context=context)
        if answer.is_refused:
            return None
        id_ = answer.value[0] if isinstance(answer.value, list) else answer.value
        found = self._row(field.model, id_, names)
        self.world.admin.ask(field.model, "unlink", [id_])
        return found

    def told(self, field, value):
        """A value as it is read."""
        if field.type in ("many2many", "one2many"):
            return value[0][2]
        return value

    def _try(self, method, field, *args, **kwargs):
        self.tries[method] += 1
        answer = self.caller.ask(field.model, method, *args, **kwargs)
        assert not answer.is_fault, f"{field} {method}{args}: {answer.traceback}"
        return answer

    def _note(self, how, field, before, after):
        self.forged.append(f"{self.author}: {how} {field}: {before!r} → {after!r}")

    def other_value(self, field, value):
        """One that the field could hold, and does not."""
        if field.type in ("many2one", "many2many", "one2many"):
            ids = self.world.call(field.relation, "search", [], limit=3)
            current = value if isinstance(value, list) else [value]
            other = [id_ for id_ in ids if id_ not in current][:1]
            if field.type == "many2one":
                return other[0] if other else False
            return [(6, 0, other)]
        if field.type == "selection":
            domain = [("field_id.model", "=", field.model)]
            domain += [("field_id.name", "=", field.name), ("value", "!=", value)]
            rows = self.world.call(
                "ir.model.fields.selection", "search_read", domain, ["value"]
            )
            return rows[0]["value"]
        return {
            "boolean": lambda: not value,
            "integer": lambda: (value or 0) + 77,
            "float": lambda: (value or 0) + 77.0,
            "monetary": lambda: (value or 0) + 77.0,
            "char": lambda: "77",
            "text": lambda: "77",
            "date": lambda: DAY,
            "datetime": lambda: f"{DAY} 00:00:00",
        }[field.type]()


def values_of(world, author, model):
    """A function that gives values for a new record of the model that the author may
    create; None where he may not.
    """
    place = world.territories["germany" if author != "writer" else "smallest"]
    of_place = {"territory_id": place}
    of_period = {
        "forecast_id": world.forecasts["alder"],
        **of_place,
        "user_id": world.users["olga"],
        "date_start": cast.MONTH.replace(month=1, day=1).isoformat(),
        "amount": 1.0,
    }
    domain = "[('country_id.code', '=', 'AQ')]"
    override = {**of_place, "partner_id": world.customers["Berlin"], "reason": "x"}
    return {
        "crm.territory.member": lambda: {**of_place, "user_id": world.users["otto"]},
        "crm.territory.rule": lambda: {**of_place, "domain": domain},
        "crm.territory.area": lambda: {
            **of_place,
            "country_id": world.countries["de"],
            "zip_from": "99",
        },
        "crm.territory.override": lambda: override,
        "crm.territory": lambda: {"name": f"New {next(NUMBERS)}", "parent_id": place},
        "crm.territory.plan": lambda: {"name": "New", "tz": "UTC"},
        "crm.territory.run": lambda: {"plan_id": world.ids["plan"]["one"]},
        "crm.territory.forecast": lambda: {"name": "New"},
        "crm.territory.forecast.target": lambda: of_period,
        "crm.territory.forecast.call": lambda: of_period,
        "crm.lead": lambda: {
            "name": "New",
            "user_id": world.users[author],
            "partner_id": world.customers["Berlin"],
        },
        "res.partner": lambda: {
            "name": "New",
            "is_company": True,
            "country_id": world.countries["de"],
        },
    }.get(model)


@pytest.fixture(scope="module")
def forgers(world, decided):
    """Each Forger, after all attempts."""
    found = []
    for author in AUTHORS:
        forger = Forger(world, author, decided)
        ids = {
            model: forger.records(model) for model in {each.model for each in decided}
        }
        for field in decided:
            if ids[field.model]:
                forger.write(field, ids[field.model])
            forger.create(field, values_of(world, author, field.model))
        print(f"\n{author}: {dict(forger.tries)}", *forger.forged, sep="\n   ")
        found.append(forger)
    return found


@pytest.mark.parametrize("way", ["write", "create", "default"])
@pytest.mark.parametrize("author", AUTHORS)
def test_no_client_writes_what_the_engine_decides(forgers, author, way):
    [forger] = [each for each in forgers if each.author == author]
    assert [line for line in forger.forged if line.split()[1] == way] == []


def test_there_is_a_list(decided):
    """Of the kinds that the design names, some at least are in it."""
    names = {each.name for each in decided}
    assert len(decided) > 70
    assert {"error", "is_expired", "revision", "territory_set_id"} <= names
    assert {"place_code", "company_id", "plan_id", "parent_path"} <= names
