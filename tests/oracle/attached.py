"""What hangs on leads and accounts, and who may read it."""

from itertools import cycle

# on every so-manieth record
_EVERY = 5


class Attached:
    """Messages, activities, attachments, moves and overrides of some records.

    ``of`` is {model: {id: (model, id of the record)}}.

    :param env: of who may do everything; it writes them by SQL
    :param World world: whose leads and partners they hang on
    :param users: who is assigned activities, by turns
    """

    def __init__(self, env, world, users):
        self.env = env
        self.of = {}
        rows = [
            (model, env["ir.model"]._get_id(model), id_, number)
            for model, records in (
                ("crm.lead", world.leads),
                ("res.partner", world.partners),
            )
            for number, id_ in enumerate(sorted(records))
            if number % _EVERY == 0
        ]
        territories = [
            env["crm.territory"].browse(id_)
            for id_, territory in world.territories.items()
            if territory.name in ("EMEA", "Idea")
        ]
        self._make_messages(rows)
        self._make_activities(rows, users)
        self._make_attachments(rows)
        self._make_moves(rows, territories[0])
        self._make_overrides(
            [
                row
                for row in rows
                if row[0] == "crm.lead" or world.partners[row[2]].account == row[2]
            ],
            territories,
        )
        overrides = env["crm.territory.override"].browse(
            self.of["crm.territory.override"]
        )
        self._decided_for = {
            override.id: world.territories[override.territory_id.id]
            for override in overrides
        }
        activities = env["mail.activity"].browse(self.of["mail.activity"])
        self._assignee = {activity.id: activity.user_id.id for activity in activities}

    def readable(self, model, user, may, oracle):
        """The ids of those of a model that a user may read.

        :param may: {(model, "read"): ids of the records that the user may read}
        """
        return {
            id_
            for id_, (name, record_id) in self.of[model].items()
            if record_id in may[name, "read"]
            and (
                model != "crm.territory.override"
                or oracle.knows_plan_of(user, self._decided_for[id_])
            )
            or (model == "mail.activity" and self._assignee.get(id_) == user.id)
        }

    def _call(self):
        return self.env.ref("mail.mail_activity_data_call").id

    def _make_messages(self, rows):
        comment = self.env.ref("mail.mt_comment").id
        author = self.env["res.partner"].create({"name": "Author", "active": False})
        call = self._call()
        self._insert(
            "mail.message",
            "model, res_id, message_type, subtype_id, mail_activity_type_id,"
            " author_id, body, date, is_internal",
            [(m, i, "comment", comment, call, author.id, m) for m, _mid, i, _n in rows],
            "(%s, %s, %s, %s, %s, %s, %s, now(), false)",
            rows,
        )

    def _make_activities(self, rows, users):
        assignees = [None, *(user.id for user in users if user.kind != "portal")]
        call = self._call()
        self._insert(
            "mail.activity",
            "res_model, res_model_id, res_id, user_id, activity_type_id,"
            " date_deadline, active",
            [
                (m, mid, i, assignees[n // _EVERY % len(assignees)], call)
                for m, mid, i, n in rows
            ],
            "(%s, %s, %s, %s, %s, now(), true)",
            rows,
        )

    def _make_attachments(self, rows):
        self._insert(
            "ir.attachment",
            "res_model, res_id, name, type, create_uid",
            [(m, i, "secret.txt", "binary", 1) for m, _mid, i, _n in rows],
            "(%s, %s, %s, %s, %s)",
            rows,
        )

    def _make_moves(self, rows, territory):
        sets = self.env["crm.territory.set"]._intern([frozenset(territory.ids)])
        [set_id] = sets.values()
        self._insert(
            "crm.territory.move",
            "lead_id, partner_id, set_after_id, reasons, date",
            [(*_columns(m, i), set_id, '{"text": "why"}') for m, _mid, i, _n in rows],
            "(%s, %s, %s, %s, now())",
            rows,
        )

    def _make_overrides(self, rows, territories):
        """Not on contacts, which follow their account."""
        self._insert(
            "crm.territory.override",
            "lead_id, partner_id, territory_id, plan_id, company_id, decision, reason",
            [
                (*_columns(m, i), t.id, t.plan_id.id, t.company_id.id, "in", "why")
                for (m, _mid, i, _n), t in zip(rows, cycle(territories), strict=False)
            ],
            "(%s, %s, %s, %s, %s, %s, %s)",
            rows,
        )

    def _insert(self, model, columns, values, template, rows):
        """Note what each of them hangs on."""
        found = self.env.cr.execute_values(
            f"INSERT INTO {self.env[model]._table} ({columns}) VALUES %s RETURNING id",
            values,
            template=template,
            page_size=10_000,
            fetch=True,
        )
        self.of[model] = {
            id_: (name, record_id)
            for (id_,), (name, _mid, record_id, _n) in zip(found, rows, strict=True)
        }


def _columns(model, record_id):
    """The values of the columns lead_id and partner_id."""
    return (record_id, None) if model == "crm.lead" else (None, record_id)
