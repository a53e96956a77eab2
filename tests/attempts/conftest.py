"""One world for all attempts, made once; each file of tests has a copy of its own."""

import pytest

from tests.attempts.world import World


@pytest.fixture(scope="session")
def made(make_server):
    """The world, and no server on it: its database can be copied."""
    server = make_server()
    world = World(server)
    server.stop()
    return world


@pytest.fixture(scope="module")
def world(made, databases_run, make_server):
    database = databases_run.copy_of(made.database, "attempts")
    server = make_server(database)
    yield made.on(server)
    server.stop()


@pytest.fixture
def ask(world):
    """A function that asks as somebody, and gives the Answer."""

    def answer(name, model, method, *args, **kwargs):
        return world.callers[name].ask(model, method, *args, **kwargs)

    return answer


@pytest.fixture
def made_by(world, ask):
    """A function that makes a record as somebody: its id, or None when refused. What
    was made is gone after the test.
    """
    made = []

    def make(name, model, /, **values):
        found = ask(name, model, "create", values)
        if found.is_refused:
            assert not found.is_fault, found.traceback
            return None
        id_ = found.value[0] if isinstance(found.value, list) else found.value
        made.append((model, id_))
        return id_

    yield make
    for model, id_ in reversed(made):
        world.admin.ask(model, "unlink", [id_])


@pytest.fixture
def by_territory(world):
    """Accounts are seen by their territories' line."""
    world.show_accounts_to("territory")
    yield
    world.show_accounts_to("everyone")
