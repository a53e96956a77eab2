"""One module per command: ``parse`` reads the words typed, ``main`` does the work."""
