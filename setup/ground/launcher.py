"""Starts a command: gets what it needs, then runs it in the Python environment."""

import importlib
import os
import sys

OLDEST = (3, 11)


def launch(command):
    """Run the command of that name with the words that the user typed."""
    if sys.version_info < OLDEST:
        sys.exit("setup/%s: Python 3.11 or newer is needed." % command)
    from ground import console, paths, python_env

    module = importlib.import_module(f"ground.commands.{command}")
    with console.errors_without_traceback(f"setup/{command}"):
        options = module.parse(sys.argv[1:])
        if not python_env.is_current():
            from ground import surroundings

            surroundings.ensure(for_tests=getattr(module, "FOR_TESTS", False))
            os.execv(paths.VENV_PYTHON, [paths.VENV_PYTHON, *sys.argv])
        sys.exit(module.main(options))
