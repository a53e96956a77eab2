from lxml import etree

from odoo.fields import Domain
from odoo.tools.safe_eval import safe_eval


class FigureChecks:
    """Whether a figure that counts records opens exactly these, for a test case.

    The figures are found in the views: a field whose name ends with *_count* within a
    button. Filters that an action switches on count, too.
    """

    def counted_buttons(self, model_name):
        """[(field, type of the button, its name)] of all views of a model."""
        views = self.env["ir.ui.view"].sudo().search([("model", "=", model_name)])
        found = set()
        for view in views.filtered(lambda view: not view.inherit_id):
            if view.type == "search":
                continue
            arch = etree.fromstring(view.get_combined_arch())
            for button in arch.xpath("//*[@type='object' or @type='action'][@name]"):
                for field in button.xpath(".//field/@name"):
                    if field.endswith("_count"):
                        found.add((field, button.get("type"), button.get("name")))
        return sorted(found)

    def action_of_button(self, record, kind, name):
        """The action of a button, as the user of the record gets it."""
        if kind == "object":
            return getattr(record, name)()
        actions = record.env["ir.actions.actions"].sudo()
        action = actions._for_xml_id(name) if "." in name else None
        if action is None:
            [action] = self.env["ir.actions.act_window"].sudo().browse(int(name)).read()
        return action

    def number_opened(self, record, action):
        """How many records the user sees in what the action opens."""
        names = {
            "active_id": record.id,
            "active_ids": record.ids,
            "uid": record.env.uid,
        }
        domain, context = (
            safe_eval(value, names) if isinstance(value, str) else value
            for value in (action.get("domain") or [], action.get("context") or {})
        )
        model = record.env[action["res_model"]].with_context(**context)
        domain = Domain(domain) & self._filters_switched_on(action, context)
        return model.search_count(domain)

    def _filters_switched_on(self, action, context):
        names = [
            name.removeprefix("search_default_")
            for name, value in context.items()
            if name.startswith("search_default_") and value
        ]
        if not names:
            return Domain.TRUE
        view_id = (action.get("search_view_id") or [False])[0]
        model = self.env[action["res_model"]]
        arch = etree.fromstring(model.get_view(view_id, "search")["arch"])
        domain = Domain.TRUE
        for name in names:
            [node] = arch.xpath(f"//filter[@name='{name}'] | //field[@name='{name}']")
            if node.tag == "field":
                value = context[f"search_default_{name}"]
                domain &= Domain(name, node.get("operator") or "=", value)
            else:
                domain &= Domain(safe_eval(node.get("domain") or "[]"))
        return domain

    def assertFiguresOpen(self, records, users, buttons):
        """Each figure of the records is the number of what its button opens, whoever
        looks at it; and somebody sees one that is not 0.

        :param buttons: as ``counted_buttons``
        """
        told = set()
        for user in users:
            for record in records.with_user(user):
                for field, kind, name in buttons:
                    self.env.invalidate_all()
                    number = record[field]
                    action = self.action_of_button(record, kind, name)
                    with self.subTest(
                        user=user.login, record=record.display_name, figure=field
                    ):
                        self.assertEqual(self.number_opened(record, action), number)
                    if number:
                        told.add(field)
        self.assertEqual(told, {field for field, _kind, _name in buttons})
