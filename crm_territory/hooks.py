def uninstall_hook(env):
    """Nothing of ours stays in the caches of what Odoo goes on running."""
    env.registry.clear_cache("stable")
