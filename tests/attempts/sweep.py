"""Every way to ask for, or to change, what is hidden: one user, one model."""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

from tests.attempts import rows

TOKEN = re.compile(r"[LA]Q\d{3}", re.IGNORECASE)
# Enough of the hidden: the first, the last and one between.
FEW = 3
# Odoo names the record of another company that it refuses.
OF_ODOO = "company inconsistencies"
RECORDS = ("partner_id", "lead_id")
TEXT = {"char", "text", "html"}


@dataclass
class Model:
    """What the attempts know of a model: its fields, and all rows of it."""

    name: str
    fields: dict
    rows: list = field(default_factory=list)

    def named(self, *types, writable=False):
        return [
            name
            for name, each in self.fields.items()
            if each["type"] in types and not (writable and each.get("readonly"))
        ]

    def specification(self):
        """As forms ask: what links to a record is told by its name."""
        return {
            name: {"fields": {"display_name": {}}}
            if each["type"] in ("many2one", "many2many", "one2many")
            else {}
            for name, each in self.fields.items()
        }


@dataclass
class Found:
    """What the attempts came to: ``leaks`` tell what is hidden, ``drafts`` of plans
    that are none yet, ``missing`` are refusals of what may be seen.
    """

    leaks: list = field(default_factory=list)
    drafts: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    methods: Counter = field(default_factory=Counter)

    def add(self, other):
        for name in ("leaks", "drafts", "missing"):
            getattr(self, name).extend(getattr(other, name))
        self.methods += other.methods


class Sweep:
    """All attempts of one user, under one setting."""

    def __init__(self, world, reading, name):
        self.world = world
        self.reading = reading
        self.name = name
        self.user = reading.user(name)
        self.caller = world.callers[name]
        self.found = Found()
        self.told_to = self.found.leaks
        self.told = self._tokens()

    def _tokens(self):
        """The tokens of what the user may be told of."""
        leads, accounts = self.world.lead_tokens(), self.world.account_tokens()
        return {
            leads[id_] for id_ in leads if self.reading.sees_lead(self.user, id_)
        } | {
            accounts[id_]
            for id_ in accounts
            if self.reading.is_told_of_account(self.user, id_)
        }

    def of(self, model, hidden):
        """Try everything on a model; ``hidden`` are ids by model."""
        drafts = {row["id"] for row in model.rows if self._is_draft(model, row)}
        own = hidden.get(model.name, [])
        if self.list_of(model):
            self._look(model)
        for told_to, ids in (
            (self.found.drafts, [id_ for id_ in own if id_ in drafts]),
            (self.found.leaks, [id_ for id_ in own if id_ not in drafts]),
        ):
            self.told_to = told_to
            self._ask_for(model, ids)
            self._change(model, ids)
        self._link(model, hidden)

    def ask(self, model, method, *args, **kwargs):
        """An Answer, that tells of nothing hidden."""
        self.found.methods[method] += 1
        answer = self.caller.ask(model.name, method, *args, **kwargs)
        assert "positional argument" not in answer.message, answer
        text = json.dumps(answer.value)
        if OF_ODOO not in answer.message:
            text += answer.message
        if secrets := {each.upper() for each in TOKEN.findall(text)} - self.told:
            self._leak(model, method, f"tells of {sorted(secrets)[:5]}", args)
        return answer

    def _leak(self, model, method, what, args=()):
        line = f"{self.name}: {model.name}.{method}{args}"[:300]
        self.told_to.append(f"{line} {what}")

    # -- what lists, groups and names tell

    def list_of(self, model):
        """The list of the model, as long as its count says; whether there is one."""
        words = {"context": {"active_test": False}}
        names = rows.FACTS.get(model.name, ())[1:]
        answer = self.ask(model, "search_read", [], ["id", *names], load=None, **words)
        count = self.ask(model, "search_count", [], **words)
        if model.name in rows.FACTS:
            self._compare(model, answer)
        if not answer.is_refused and count.value != len(answer.value):
            what = f"is {count}, the list has {len(answer.value)}"
            self._leak(model, "search_count", what)
        return not answer.is_refused

    def _look(self, model):
        self.ask(model, "search_read", [], list(model.fields), limit=100)
        self.ask(model, "web_search_read", [], model.specification(), limit=100)
        self.ask(model, "name_search", "Q0")
        links = model.named("many2one")[:1] or ["id"]
        self.ask(model, "formatted_read_group", [], links, ["__count"])
        self.ask(model, "read_group", [], ["__count"], links)
        self.ask(model, "web_read_group", [], links, aggregates=["__count"])

    def _may_see(self, model, row):
        return rows.FACTS[model.name][0](self.reading, self.user, row)

    def _compare(self, model, answer):
        """Neither more nor less than the reading says."""
        expected = [row for row in model.rows if self._may_see(model, row)]
        if answer.is_refused:
            if expected and model.name not in rows.MAY_BE_FEWER:
                self.found.missing.append(f"{self.name}: {model.name}: {answer}")
            return
        known = {row["id"]: row for row in model.rows}
        ids = set()
        for row in answer.value:
            if model.name not in rows.NUMBERED and row["id"] not in known:
                continue
            ids.add(row["id"])
            row = known.get(row["id"], row) if model.name not in rows.NUMBERED else row
            if not self._may_see(model, row):
                self._more(model, row)
        less = {row["id"] for row in expected} - ids
        if less and model.name not in rows.MAY_BE_FEWER:
            self.found.missing.append(f"{self.name}: {model.name}: {sorted(less)[:9]}")

    def _more(self, model, row):
        line = f"{self.name}: {model.name}.search_read tells of {row}"
        is_draft = self._is_draft(model, row)
        (self.found.drafts if is_draft else self.found.leaks).append(line)

    def _is_draft(self, model, row):
        """Whether a row is of a plan that is none yet, or of a simulation."""
        name = "id" if model.name == "crm.territory.plan" else "plan_id"
        draft = self.world.ids["plan"]["next"]
        return bool(row.get("is_dry")) or row.get(name) == draft

    # -- what is asked for by its id

    def _ask_for(self, model, own):
        if not own:
            return
        few = [*own[: FEW - 1], own[-1]]
        self._refused(model, "read", few, list(model.fields))
        self._refused(model, "read", few[-1:], ["id", "display_name"])
        self._refused(model, "web_read", few[-1:], model.specification())
        self._refused(model, "export_data", few, ["id", "display_name"])
        self._refused(model, "copy", few[:1])
        self._nothing(model, "name_search", "", [("id", "in", few)])

    def _refused(self, model, method, *args):
        answer = self.ask(model, method, *args)
        empty = not answer.value or answer.value == {"datas": []}
        if not answer.is_refused and not empty:
            self._leak(model, method, f"answers {answer}", args)

    def _nothing(self, model, method, *args):
        answer = self.ask(model, method, *args)
        if answer.value:
            self._leak(model, method, f"answers {answer}", args)

    # -- what would change it

    def _change(self, model, own):
        for id_ in own[:1]:
            values = self._text(model, "taken")
            self._refused(model, "write", [id_], values)
            self._refused(model, "web_save", [id_], values, model.specification())
            self._refused(model, "unlink", [id_])
            names = [".id", *values]
            answer = self.ask(model, "load", names, [[str(id_), *values.values()]])
            if not answer.is_refused and answer.value.get("ids"):
                self._leak(model, "load", f"imports over {id_}: {answer}")

    def _link(self, model, hidden):
        """A new record that links to hidden ones, on a form and made."""
        links = self._links(model, hidden)
        if not links:
            return
        of_records = {name: links[name] for name in RECORDS if name in links}
        for words in {1: links, 2: of_records}.values():
            if words:
                self.ask(
                    model, "onchange", [], words, list(words), model.specification()
                )
        self._create(model, links)

    def _text(self, model, text):
        names = [
            name
            for name in model.named("char", writable=True)
            if name not in ("lang", "tz")
        ]
        return {name: text for name in names[:1]}

    def _links(self, model, hidden):
        """Values that link a new record to hidden ones."""
        return {
            name: hidden[each["relation"]][0]
            for name, each in model.fields.items()
            if each["type"] == "many2one" and hidden.get(each.get("relation"))
        }

    def _create(self, model, links):
        """What is made of hidden records tells nothing of them."""
        values = {**self._required(model), **links}
        answer = self.ask(model, "create", values)
        if answer.is_refused:
            return
        ids = answer.value if isinstance(answer.value, list) else [answer.value]
        self.ask(model, "read", ids, list(model.fields))
        self.ask(model, "web_read", ids, model.specification())
        # who made a wizard is the only one who reaches it
        if self.world.admin.ask(model.name, "unlink", ids).is_refused:
            self.caller.ask(model.name, "unlink", ids)

    def _required(self, model):
        samples = {
            "char": "x",
            "text": "x",
            "html": "x",
            "integer": 1,
            "float": 1.0,
            "monetary": 1.0,
            "date": "2031-01-01",
            "datetime": "2031-01-01 00:00:00",
        }
        return {
            name: samples[each["type"]]
            for name, each in model.fields.items()
            if each.get("required")
            and not each.get("readonly")
            and each["type"] in samples
        }
