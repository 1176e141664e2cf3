"""What a run of the tests may take: docs/CONTRIBUTING.md has the same table. It is only reported, and fails nothing."""

from __future__ import annotations

import os
from collections import Counter

import pytest

LONG_TESTS = os.environ.get("COURSE_LONG_TESTS") == "1"

# Seconds for each part, and what belongs to it by the beginning of its path; the first that fits counts.
PARTS = {
    "lint and types": (30, ("tests/unit/test_style.py",)),
    "lessons": (120, ("notebooks/", "tests/unit/test_exercises.py", "tests/unit/test_needs.py")),
    "unit and contract": (180, ("tests/unit/", "tests/contract/")),
    "browser and site": (150, ("tests/browser/",)),
    "all others": (240, ("tests/",)),
}


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "long(reason): runs only with COURSE_LONG_TESTS=1")


def pytest_runtest_setup(item: pytest.Item) -> None:
    long = item.get_closest_marker("long")
    if long and not LONG_TESTS:
        pytest.skip(f"{long.args[0]}: COURSE_LONG_TESTS=1 runs it")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seconds: Counter[str] = Counter()
    workers = set()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if isinstance(report, pytest.TestReport):
                seconds[part_of(report.nodeid)] += report.duration
                workers.add(getattr(report, "worker_id", "the only one"))
    if not seconds:
        return
    terminalreporter.section(f"seconds of tests, divided by {len(workers)} workers, and their budget")
    for part, (budget, _) in PARTS.items():
        if part in seconds:
            terminalreporter.line(f"{part:20}{seconds[part] / len(workers):5.0f} of {budget:4}")
    total = sum(budget for budget, _ in PARTS.values())
    terminalreporter.line(f"{'together':20}{seconds.total() / len(workers):5.0f} of {total:4}")


def part_of(nodeid: str) -> str:
    """The part that a test belongs to."""
    return next(part for part, (_, beginnings) in PARTS.items() if nodeid.startswith(beginnings))
