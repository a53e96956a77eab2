"""When leads without salesperson are given out (design 3.11).

A lead that comes into a territory is given out in the transaction that brings it, if
few are, and nobody else is giving out there: a person sees at once who has it. All
others wait, and are given out in short transactions of their own: nobody's request is
refused, or waits for an import, because somebody else gives out leads.
"""

import logging
import random
import time
from collections import Counter, defaultdict

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

from .compat import memory_of_transaction
from .handout import Busy, HandOut

_logger = logging.getLogger(__name__)

# More leads than these are given out after the transaction that brings them.
AT_ONCE = 50
# The leads of one short transaction: others wait for it.
CHUNK = 500
# A short transaction that loses against another one is tried again, after a pause that
# grows: in the worst case they take turns.
_FIRST_PAUSE = 0.01  # seconds, doubled each time
_LONGEST_PAUSE = 1.0
_GIVEN_AT_ONCE = "crm_territory.given_at_once"


def give_at_once(env, lead_ids):
    """Give leads out in this transaction, if they are few and nobody else gives out to
    the same people; else as soon as it is committed: few by this process, many by the
    scheduled job.
    """
    hand_out = HandOut(env)
    if not hand_out.policies:
        return
    waiting = hand_out.waiting(lead_ids)
    if not waiting:
        return
    given = memory_of_transaction(env, _GIVEN_AT_ONCE, Counter)
    given["leads"] += len(waiting)
    if given["leads"] > AT_ONCE or env.context.get("import_file"):
        give_by_job(env)
        return
    try:
        hand_out.give(waiting)
    except Busy:
        registry, lead_ids = env.registry, [lead.id for lead in waiting]
        if registry.ready:
            env.cr.postcommit.add(lambda: _give_after(registry, lead_ids))


def give_by_job(env):
    """Let the scheduled job give out whatever waits, as soon as this is committed."""
    env.ref("crm_territory.crm_territory_hand_out_cron").sudo()._trigger()


def _give_after(registry, lead_ids):
    """The transaction that brought the leads is committed: nothing here may fail it,
    lose what it has to tell other workers, or let a visitor wait for long.
    """

    def give(env):
        hand_out = HandOut(env)
        hand_out.give(hand_out.waiting(lead_ids), patiently=True)

    try:
        registry.signal_changes()
        try:
            in_short_transaction(registry, give, True, attempts=3, lock_timeout="1s")
        except OperationalError:
            in_short_transaction(registry, give_by_job)
    except Exception:
        _logger.exception("leads could not be given out: %s", lead_ids)


def give_all(registry):
    """Give out whatever waits, in short transactions, and tell everybody once."""
    given = defaultdict(list)
    after_id = 0

    def give_chunk(env):
        """The id of the last lead that was looked at, 0 if none is left; and what was
        given: in this transaction, so that one that is tried again counts once.
        """
        hand_out = HandOut(env, tells=False)
        waiting = hand_out.waiting(after_id=after_id, limit=CHUNK)
        gift = hand_out.give(waiting, patiently=True)
        return (waiting[-1].id if waiting else 0), gift.leads_of_user

    while True:
        after_id, leads_of_user = in_short_transaction(registry, give_chunk, True)
        for user_id, lead_ids in leads_of_user.items():
            given[user_id] += lead_ids
        if not after_id:
            break

    def tell(env):
        for lead_ids in given.values():
            env["crm.lead"].browse(lead_ids).exists()._tell_salesperson()

    if given:
        in_short_transaction(registry, tell)


def take_turn(env):
    """Let only one short transaction at a time give out leads.

    It has to be the first statement of its transaction: that sees all that was given
    out before it, and loses against none of those before. (What is locked is a table
    that is hardly ever written; who reads it or points at it does not wait.)
    """
    env.cr.execute("LOCK TABLE crm_territory_role IN SHARE ROW EXCLUSIVE MODE")


def in_short_transaction(registry, work, gives=False, attempts=20, lock_timeout="30s"):
    """Do ``work(env)`` as superuser in a transaction of its own, again after a pause
    when it loses against another one.

    :param bool gives: whether it gives out leads
    :raise psycopg2.OperationalError: it lost each time
    :return: what ``work`` returns
    """
    for attempt in range(1, attempts + 1):
        try:
            with registry.cursor() as cr:
                cr.execute(SQL("SET LOCAL lock_timeout = %s", lock_timeout))
                env = api.Environment(cr, SUPERUSER_ID, {})
                if gives:
                    take_turn(env)
                result = work(env)
            registry.signal_changes()
            return result
        except OperationalError:
            registry.reset_changes()
            if attempt == attempts:
                raise
            pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
            time.sleep(random.uniform(0, pause))
