"""What a simulation would change, in figures: kept when it is done.

``found.py`` sums up the records by where they are and would be; from that
``territories.py`` and ``people.py`` make a row for each territory, and each person.
All is SQL: a simulation of a million records is summed up by three statements.
"""

from . import found, people, territories


def compare(scope):
    """Keep the figures of a simulation that is done. 3 statements, each of which reads
    what the one before has written.

    :param scope: the records of the run, which has all rights
    """
    run = scope.run
    found.write(scope)
    # else PostgreSQL takes it for a handful of rows, and joins with loops
    run.env.cr.execute("ANALYZE crm_territory_comparison")
    territories.write(run)
    people.write(run)
