"""How fast the addons are, beside references that do the same; see setup/bench."""
