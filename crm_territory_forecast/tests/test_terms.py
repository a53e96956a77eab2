import polib

from odoo.tests import TransactionCase
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader


class TestTerms(TransactionCase):
    """The templates of both addons have the terms of today: French is asked of those."""

    def test_templates_are_current(self):
        for addon in ("crm_territory", "crm_territory_forecast"):
            template = polib.pofile(file_path(f"{addon}/i18n/{addon}.pot"))
            told = {entry.msgid for entry in template}
            terms = {source for *_, source, _, _ in self._rows(addon)}
            self.assertEqual(terms - told, set(), f"export the template of {addon}")
            self.assertEqual(told - terms, set(), f"export the template of {addon}")

    def _rows(self, addon):
        return TranslationModuleReader(self.env.cr, modules=[addon])
