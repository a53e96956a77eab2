from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import SQL, groupby

ADDED, CHANGED, REMOVED = "added", "changed", "removed"
_KINDS = {
    "crm.territory.plan": "plan",
    "crm.territory": "territory",
    "crm.territory.member": "member",
    "crm.territory.area": "area",
    "crm.territory.rule": "rule",
    "crm.territory.type": "type",
    "ir.config_parameter": "setting",
}
# a message in the chatter tells so many changes; the list has all
_TOLD = 20


class CrmTerritoryChange(models.Model):
    """One change of how territories are set up: who, when, of what, from what to what.

    Rows are only added, by the addon itself. They outlive what they tell of, so what
    names it is kept as words, in the language of who changed it.
    """

    _name = "crm.territory.change"
    _description = "Change of a Territory"
    _order = "id desc"
    _rec_name = "subject"
    _log_access = False

    date = fields.Datetime(required=True, readonly=True, index=True)
    user_id = fields.Many2one(
        "res.users", "Changed By", readonly=True, index=True, ondelete="set null"
    )
    author = fields.Char(readonly=True, help="The name of who changed it, at the time.")
    plan_id = fields.Many2one("crm.territory.plan", readonly=True, ondelete="set null")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    territory_id = fields.Many2one(
        "crm.territory", readonly=True, index="btree_not_null", ondelete="set null"
    )
    territory_name = fields.Char("Territory at the Time", readonly=True)
    kind = fields.Selection(
        [
            ("plan", "Plan"),
            ("territory", "Territory"),
            ("member", "Member"),
            ("area", "Area"),
            ("rule", "Rule"),
            ("type", "Type"),
            ("setting", "Setting"),
        ],
        string="What",
        readonly=True,
    )
    action = fields.Selection(
        [(ADDED, "Added"), (CHANGED, "Changed"), (REMOVED, "Removed")],
        string="Change",
        readonly=True,
    )
    subject = fields.Char("Which", readonly=True)
    field_name = fields.Char(readonly=True)
    aspect = fields.Char("Field", readonly=True, help="What of it has changed.")
    old = fields.Text("Before", readonly=True)
    new = fields.Text("After", readonly=True)
    message_id = fields.Many2one(
        "mail.message",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="What the chatter of the territory says of it.",
    )
    transaction = fields.Char(
        readonly=True,
        index="btree_not_null",
        help="The same for all that was changed at once, as by an import.",
    )

    @api.model
    def _told_by_user(self):
        """The model in the language of the user, with all rights."""
        user = self.env.user.sudo()
        return self.sudo().with_context(lang=user.lang, tz=user.tz, active_test=False)

    # -- written down

    @api.model
    def _write_down_noted(self, noted, memory):
        """Write down what has changed since it was noted, and say so in the chatter.

        Called when the transaction is about to end, and before each savepoint in it: so
        an import comes here with each part of its file.

        :param noted: {(model, id): State before, None where it is new}
        :param memory: what holds it until now
        """
        memory.pop(self.env.uid, None)
        rows = self._rows_of_noted(noted)
        if rows:
            self._insert(rows)
            self._tell("territory_id", "crm.territory")
            self._tell("plan_id", "crm.territory.plan")
            self.env.flush_all()

    def _rows_of_noted(self, noted):
        """The rows of what has changed: a few queries for each model."""
        rows = []
        for model_name, keys in groupby(noted, lambda key: key[0]):
            ids = [id_ for _model_name, id_ in keys]
            existing = self.env[model_name].browse(ids).exists()
            after = {record.id: record._audit_state() for record in existing}
            for id_ in ids:
                before = noted[model_name, id_]
                rows += self._rows_of(model_name, before, after.get(id_))
        return rows

    def _rows_of(self, model_name, before, after):
        """The rows of one record, from its States before and after; None: no record."""
        if model_name == "ir.config_parameter" and (before or after):
            return self._rows_of_setting(before, after)
        if before and after and not _has_left(model_name, before, after):
            return [
                self._row(
                    model_name,
                    after,
                    CHANGED,
                    subject=before.subject,
                    field_name=name,
                    aspect=self._label_of(model_name, name),
                    old=before.values[name],
                    new=after.values[name],
                )
                for name in after.values
                if before.values[name] != after.values[name]
            ]
        rows = []
        if before:
            rows.append(self._row(model_name, before, REMOVED, old=before.line))
        if after:
            rows.append(self._row(model_name, after, ADDED, new=after.line))
        return rows

    def _rows_of_setting(self, before, after):
        """A setting without value has its default: it is changed, never added."""
        old, new = (
            state.line if state else self.env._("(default)")
            for state in (before, after)
        )
        if old == new:
            return []
        return [
            self._row("ir.config_parameter", after or before, CHANGED, old=old, new=new)
        ]

    def _row(self, model_name, state, action, **values):
        return {
            "plan_id": state.plan_id,
            "company_id": state.company_id,
            "territory_id": state.territory_id,
            "territory_name": state.territory_name,
            "kind": _KINDS[model_name],
            "action": action,
            "subject": state.subject,
            "field_name": None,
            "aspect": None,
            "old": None,
            "new": None,
            **values,
        }

    def _label_of(self, model_name, name):
        return self.env[model_name]._fields[name]._description_string(self.env)

    def _insert(self, rows):
        """3 queries, whatever the number of rows."""
        for name in ("territory_id", "plan_id"):
            model = self.env[self._fields[name].comodel_name]
            existing = set(
                model.browse({row[name] for row in rows if row[name]}).exists().ids
            )
            for row in rows:
                if row[name] not in existing:
                    row[name] = None
        names = list(rows[0])
        self.env.execute_query(
            SQL(
                """
                INSERT INTO crm_territory_change
                       (%(names)s, date, user_id, author, transaction)
                SELECT row.*, %(now)s, %(user_id)s, %(author)s,
                       pg_current_xact_id()::text
                  FROM unnest(%(columns)s) AS row
                RETURNING id
                """,
                names=SQL(", ").join(map(SQL.identifier, names)),
                columns=SQL(", ").join(
                    SQL(
                        "%s::%s[]",
                        [row[name] for row in rows],
                        SQL(self._fields[name].column_type[1]),
                    )
                    for name in names
                ),
                now=fields.Datetime.now(),
                user_id=self.env.uid,
                author=self.env.user.name,
            )
        )
        self.invalidate_model(flush=False)

    # -- told in the chatter

    def _tell(self, column, model_name):
        """One message of each territory, or plan, that tells all of this transaction.

        What Odoo tracks it tells itself, and that a territory was made. That one is
        gone, its plan tells.
        """
        told = self._rows_to_tell(column, model_name)
        if not told:
            return
        messages = {id_: rows[0]["message_id"] for id_, rows in told.items()}
        self._tell_more(
            {messages[id_]: rows for id_, rows in told.items() if messages[id_]}
        )
        new = [id_ for id_ in told if not messages[id_]]
        if new:
            logged = (
                self.env[model_name]
                .browse(new)
                ._message_log_batch(
                    {id_: self._worded(told[id_]) for id_ in new},
                    author_id=self.env.user.partner_id.id,
                )
            )
            messages.update(zip(new, logged.ids, strict=True))
        self._keep_messages(column, model_name, messages)

    def _tell_more(self, told):
        """Let messages of this transaction tell what came since.

        :param told: {message id: rows}
        """
        for message in self.env["mail.message"].browse(told).exists():
            message.body = self._worded(told[message.id])

    def _rows_to_tell(self, column, model_name):
        """{territory or plan id: its first rows of this transaction, the message that
        tells of them in each}, of those with a row that no message tells. 1 query.
        """
        rows = self.env.execute_query_dict(
            SQL(
                """
                SELECT * FROM (
                    SELECT %(column)s AS about_id, kind, action, subject, aspect,
                           old, new,
                           max(message_id) OVER about AS message_id,
                           bool_or(message_id IS NULL) OVER about AS is_news,
                           count(*) OVER about AS number,
                           row_number() OVER (PARTITION BY %(column)s ORDER BY id)
                           AS place
                      FROM crm_territory_change
                     WHERE transaction = pg_current_xact_id()::text
                       AND user_id = %(user_id)s
                       AND %(column)s IS NOT NULL AND (%(told)s)
                    WINDOW about AS (PARTITION BY %(column)s)) AS found
                 WHERE is_news AND place <= %(limit)s
                 ORDER BY about_id, place
                """,
                column=SQL.identifier(column),
                user_id=self.env.uid,
                told=self._told_condition(column, model_name),
                limit=_TOLD,
            )
        )
        return dict(groupby(rows, lambda row: row["about_id"]))

    def _told_condition(self, column, model_name):
        """Which rows the chatter of a territory, or a plan, tells: SQL."""
        tracked = [
            name
            for name, field in self.env[model_name]._fields.items()
            if getattr(field, "tracking", None)
        ]
        if column == "territory_id":
            return SQL(
                "kind IN ('member', 'area', 'rule') OR kind = 'territory'"
                " AND action = 'changed' AND NOT field_name = ANY(%s)",
                tracked,
            )
        return SQL(
            "kind = 'territory' AND action = 'removed' OR kind = 'plan'"
            " AND action = 'changed' AND NOT field_name = ANY(%s)",
            tracked,
        )

    def _keep_messages(self, column, model_name, messages):
        """Let the rows know the message that tells of them. 1 query."""
        self.env.execute_query(
            SQL(
                """
                UPDATE crm_territory_change AS change
                   SET message_id = told.message_id
                  FROM unnest(%(ids)s::int4[], %(message_ids)s::int4[])
                       AS told(about_id, message_id)
                 WHERE change.transaction = pg_current_xact_id()::text
                   AND change.user_id = %(user_id)s
                   AND change.%(column)s = told.about_id
                   AND change.message_id IS NULL AND (%(told)s)
                RETURNING change.id
                """,
                ids=list(messages),
                message_ids=list(messages.values()),
                user_id=self.env.uid,
                column=SQL.identifier(column),
                told=self._told_condition(column, model_name),
            )
        )
        self.invalidate_model(["message_id"], flush=False)

    def _worded(self, rows):
        """What a message says: HTML."""
        lines = [
            line
            for _same, changes in groupby(rows, _of_one_record)
            for line in self._lines_of(changes)
        ]
        if rows[0]["number"] > len(rows):
            more = rows[0]["number"] - len(rows)
            lines.append(
                self.env._("And %s more: see Changes of Territories.", f"{more:,}")
            )
        items = Markup().join(Markup("<li>%s</li>") % line for line in lines)
        return Markup("<ul>%s</ul>") % items

    def _lines_of(self, changes):
        """The lines that tell of one record."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        first = changes[0]
        kind = kinds[first["kind"]]
        if first["action"] == ADDED:
            return [
                self.env._("%(kind)s added: %(what)s", kind=kind, what=row["new"])
                for row in changes
            ]
        if first["action"] == REMOVED:
            return [
                self.env._("%(kind)s removed: %(what)s", kind=kind, what=row["old"])
                for row in changes
            ]
        nothing = self.env._("none")
        values = "; ".join(
            f"{row['aspect']} {row['old'] or nothing} → {row['new'] or nothing}"
            for row in changes
        )
        if first["kind"] in ("territory", "plan"):
            return [values]
        return [
            self.env._(
                "%(kind)s “%(name)s” changed: %(values)s",
                kind=kind,
                name=first["subject"],
                values=values,
            )
        ]


def _has_left(model_name, before, after):
    """Whether a line has gone to another territory: removed there, and added here."""
    return model_name != "crm.territory" and before.territory_id != after.territory_id


def _of_one_record(row):
    return row["kind"], row["action"], row["subject"]
