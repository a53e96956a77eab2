from lxml import etree

from odoo.tests import TransactionCase, tagged


@tagged("post_install", "-at_install")
class TestExportNames(TransactionCase):
    """What is exported is called as the report is, not *Pivot Untitled*."""

    def test_pivots_and_graphs_have_names(self):
        ours = self.env["ir.model.data"].search(
            [("module", "=like", "crm_territory%"), ("model", "=", "ir.ui.view")]
        )
        views = self.env["ir.ui.view"].search(
            [
                ("id", "in", ours.mapped("res_id")),
                ("type", "in", ("pivot", "graph")),
                ("mode", "=", "primary"),
            ]
        )
        self.assertTrue(views)
        for view in views:
            if not view.inherit_id:
                self.assertTrue(etree.fromstring(view.arch).get("string"), view.name)
