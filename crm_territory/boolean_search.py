"""What the search method of a computed boolean answers."""


def boolean_search(operator, value, domain):
    """The domain of the records of which a computed boolean is, or is not, true.

    :param domain: of the records of which it is true
    :return: Domain; NotImplemented for operators that Odoo derives from ``in``

    >>> from odoo.fields import Domain
    >>> list(boolean_search("in", [True], Domain("state", "=", "active")))
    [('state', '=', 'active')]
    >>> list(boolean_search("in", [False], Domain("state", "=", "active")))
    [('state', '!=', 'active')]
    >>> boolean_search("not in", [True], Domain("state", "=", "active"))
    NotImplemented
    """
    if operator != "in":
        return NotImplemented
    return domain if True in value else ~domain
