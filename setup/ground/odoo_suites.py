"""odoo-bin, except that all tests run when all addons are loaded.

Odoo runs a module's ``at_install`` tests before it loads the modules that extend it.
So that Odoo's own tests meet our addons, this program moves them to the end.
"""

import odoo.cli
from odoo.tests import loader
from odoo.tests.suite import OdooSuite

tests_of_position = loader.make_suite


class Suite(OdooSuite):
    def has_http_case(self):
        """Odoo would make what all pages load; templates have what tests open."""
        return False


def make_suite(module_names, position="at_install"):
    if position == "at_install":
        return OdooSuite()
    positions = ("at_install", "post_install")
    return Suite(
        test for each in positions for test in tests_of_position(module_names, each)
    )


loader.make_suite = make_suite

if __name__ == "__main__":
    odoo.cli.main()
