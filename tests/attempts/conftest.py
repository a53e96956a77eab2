"""One world for all attempts, made once; each file of tests has a copy of its own."""

import pytest

from tests.attempts.world import World

WORKERS = ["--workers", "2"]


@pytest.fixture(scope="session")
def made(make_server):
    """The world, and no server on it: its database can be copied."""
    server = make_server(options=WORKERS)
    world = World(server)
    server.stop()
    return world


@pytest.fixture(scope="module")
def world(made, databases_run, make_server):
    database = databases_run.copy_of(made.database, "attempts")
    server = make_server(database, options=WORKERS)
    yield made.on(server)
    server.stop()
