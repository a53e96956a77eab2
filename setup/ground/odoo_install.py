"""odoo-bin, except that what pages load is made once the addons are installed.

Odoo makes it when a page first asks for it, and a test forgets it with its rollback.
"""

import odoo.cli
from odoo import SUPERUSER_ID, api
from odoo.modules.registry import Registry
from odoo.service import server

# {bundle: whether it has scripts, styles}; of those for other pages there are many
BUNDLES = {
    "web.assets_web": (True, True),
    "web.assets_web_print": (False, True),
    "web.assets_backend_lazy": (True, True),
    "web.assets_frontend": (False, True),
    "web.assets_frontend_minimal": (True, False),
    "web.assets_frontend_lazy": (True, False),
    "web.assets_tests": (True, False),
}

install = server.preload_registries


def preload_registries(names):
    code = install(names)
    for name in names:
        with Registry(name).cursor() as cr:
            pages = api.Environment(cr, SUPERUSER_ID, {})["ir.qweb"]
            for bundle, (has_scripts, has_styles) in BUNDLES.items():
                if has_scripts:
                    pages._get_asset_bundle(bundle, css=False).js()
                if has_styles:
                    pages._get_asset_bundle(bundle, js=False).css()
    return code


server.preload_registries = preload_registries

if __name__ == "__main__":
    odoo.cli.main()
