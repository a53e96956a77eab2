"""The tests of the whole system; the addons have their own."""
