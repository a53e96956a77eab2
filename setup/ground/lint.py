"""The checks of the source text. Each tool counts as one."""

import subprocess

from . import node_env, paths, programs
from .console import say, step
from .pytest_run import Outcome

SHOWN_LINES = 60


def run_checks():
    """Run every tool on every addon and our own files; returns the Outcome."""
    node_env.ensure()
    outcome = Outcome()
    for name, argv in _checks():
        with step(f"  {name}"):
            problems = _problems(name, argv)
        if problems is None:
            outcome.passed += 1
        else:
            outcome.failed += 1
            say(problems)
    return outcome


def _checks():
    """Names and command lines of the tools."""
    yield "ruff check", [_program("ruff"), "check", "--no-fix", "."]
    yield "ruff format", [_program("ruff"), "format", "--diff", "."]
    addons = [addon.name for addon in paths.addons()]
    if not addons:
        return
    yield "pylint-odoo", [_program("pylint"), *addons]
    for addon in addons:
        check = _program("oca-checks-odoo-module")
        yield f"oca-checks {addon}", [check, f"{addon}/__manifest__.py"]
    with_ground = ["env", f"PYTHONPATH={paths.SETUP}", _program("python")]
    yield "readme", [*with_ground, "-m", "ground.readme", "--check"]
    yield "table", [*with_ground, "-m", "ground.bench_table", "--check"]
    yield "french", [*with_ground, "-m", "ground.french", *addons]
    yield "prettier", _prettier(addons)
    yield "eslint", _eslint(addons)


def _prettier(addons):
    config = "setup/lint/prettier.config.cjs"
    files = [f"{addon}/**/*.{{xml,js,css,scss}}" for addon in addons]
    words = ["--check", "--config", config, "--no-error-on-unmatched-pattern"]
    return [node_env.program("prettier"), *words, *files]


def _eslint(addons):
    config = "setup/lint/eslint.config.cjs"
    words = ["--config", config, "--no-error-on-unmatched-pattern"]
    return [node_env.program("eslint"), *words, *addons]


def _problems(name, argv):
    """What the tool found, or None."""
    done = subprocess.run(
        argv,
        capture_output=True,
        text=True,
        cwd=paths.ROOT,
        env=node_env.environment(),
    )
    if done.returncode == 0:
        return None
    text = done.stdout + done.stderr
    log = programs.log_path(f"lint-{name.replace(' ', '-')}")
    log.write_text(text)
    lines = text.splitlines()
    if len(lines) > SHOWN_LINES:
        lines[SHOWN_LINES:] = [f"... the rest is in {paths.short(log)}"]
    return "\n".join(lines)


def _program(name):
    return str(paths.VENV_PYTHON.parent / name)
