class LoadError(Exception):
    """The data set cannot be loaded; the message says why and what to do."""
