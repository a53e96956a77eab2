import polib

from odoo.tests import TransactionCase
from odoo.tools.misc import file_path
from odoo.tools.translate import TranslationModuleReader


class TestTerms(TransactionCase):
    """The templates have the terms of today: French is asked of those."""

    def test_templates_are_current(self):
        for addon in ("crm_territory", "crm_territory_forecast"):
            template = polib.pofile(file_path(f"{addon}/i18n/{addon}.pot"))
            told = {entry.msgid for entry in template}
            rows = TranslationModuleReader(self.env.cr, modules=[addon])
            terms = {source for *_, source, _value, _comments in rows}
            self.assertEqual(terms - told, set(), f"export the template of {addon}")
            self.assertEqual(told - terms, set(), f"export the template of {addon}")
