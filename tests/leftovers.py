"""A folder for temporary files that is a run's own: what is left in it at the end fails the run.

It is looked at when the workers have ended, since some things are deleted by a process's last act. So a run without
workers (-n0) is not checked.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from pathlib import Path

import pytest

LEFT = pytest.StashKey[list[str]]()
FOLDER = pytest.StashKey[Path]()

# nbval kills the kernels of notebooks, which then delete nothing. Their files are kept apart, and not looked at.
KILLED = "killed"
# The folders of a process that was ended by force, which the next program deletes: test_bounded_sessions.py.
SWEPT = re.compile(r"(local_api|python)-\d+-")


def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        config.stash[FOLDER] = Path(tempfile.gettempdir())
        return
    # pytest's own folders stay where they are: those of the latest runs are kept for people to look at.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())
    config.stash[FOLDER] = Path(tempfile.mkdtemp(prefix="t-"))  # short, as paths of sockets must be
    (config.stash[FOLDER] / KILLED).mkdir()
    _use(config.stash[FOLDER])


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    _use(item.config.stash[FOLDER] / KILLED if item.path.suffix == ".ipynb" else item.config.stash[FOLDER])


@pytest.hookimpl(trylast=True)  # after the workers have ended
def pytest_sessionfinish(session: pytest.Session) -> None:
    config = session.config
    if hasattr(config, "workerinput"):
        return
    if config.getoption("numprocesses", None):
        names = sorted(left.name for left in config.stash[FOLDER].iterdir() if left.name != KILLED)
        config.stash[LEFT] = [name for name in names if not SWEPT.match(name)]
        if config.stash[LEFT]:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if left := config.stash.get(LEFT, []):
        terminalreporter.section("left in the folder for temporary files", red=True)
        for name in left:
            terminalreporter.line(name)


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        shutil.rmtree(config.stash[FOLDER], ignore_errors=True)


def _use(folder: Path) -> None:
    """Have this process, and those that it starts from now on, put temporary files there."""
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
