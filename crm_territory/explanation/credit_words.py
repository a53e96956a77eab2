"""Why one of several territories is credited, in words."""


def deciding_words(env, name):
    """
    :param name: one of credit.DECIDING
    """
    return {
        "put_in": env._("it was put in by hand"),
        "account_put_in": env._("its account was put in by hand"),
        "member": env._("its salesperson is a member"),
        "priority": env._("the type of the territory comes first"),
        "depth": env._("the territory lies deepest"),
        "sequence": env._("the territory comes first among its neighbours"),
        "id": env._("the territory was made first"),
    }[name]
