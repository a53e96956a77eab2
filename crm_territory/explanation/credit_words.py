"""Why one of several territories is credited, and who gets a lead there, in words."""


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


def given_words(env, user, team, gives_user, owner):
    """Who gets a new lead of a territory, in sentences.

    :param user, team: that it would get, empty for none
    :param bool gives_user: whether the policy of the territory gives leads at all
    :param owner: the salesperson that it has already
    """
    words = []
    if owner:
        words.append(env._("It stays with %s.", owner.sudo().name))
    elif user:
        words.append(env._("%s would get it.", user.sudo().name))
    elif gives_user:
        words.append(env._("Nobody can get it now: it would wait for somebody."))
    else:
        words.append(env._("The territory gives it to nobody."))
    if team:
        words.append(env._("Its sales team would be %s.", team.sudo().name))
    return " ".join(words)
