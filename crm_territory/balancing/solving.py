"""Asks the solver, which is a program of its own and need not be installed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from odoo.exceptions import UserError

_PROGRAM = Path(__file__).with_name("fewest_moves.py")
_LIBRARY = "highspy"
# beyond what it may search: to start, to read, to write
_SECONDS_MORE = 30


def check_installed(env):
    """
    :raise UserError: the library is missing
    """
    if not find_spec(_LIBRARY):
        raise UserError(
            env._(
                "Proposals need the solver HiGHS, which is not installed on the server:"
                " “pip install %s”. Figures can be measured without it.",
                _LIBRARY,
            )
        )


def fewest_moves(env, problem):
    """
    :param dict problem: see the program
    :return: its proposal
    :raise UserError: it is not installed, or failed
    """
    check_installed(env)
    # one thread: the others are for people
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    try:
        done = subprocess.run(  # noqa: S603 - our own program, with plain numbers
            [sys.executable, str(_PROGRAM)],
            input=json.dumps(problem),
            capture_output=True,
            check=True,
            env=environment,
            text=True,
            timeout=problem["seconds"] + _SECONDS_MORE,
        )
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, ValueError) as error:
        told = (getattr(error, "stderr", None) or str(error)).strip().splitlines()
        raise UserError(
            env._(
                "The solver failed: %s. Try fewer measures, wider tolerances, or a part"
                " of the plan.",
                told[-1] if told else error,
            )
        ) from error
