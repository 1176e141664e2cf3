"""The budget that a run reports is the one that CONTRIBUTING.md promises."""

from __future__ import annotations

import re

import pytest

from budget import PARTS, part_of
from maintenance.lesson import COURSE


def test_the_page_names_each_part_with_its_budget() -> None:
    page = (COURSE / "docs" / "CONTRIBUTING.md").read_text(encoding="utf-8")
    promised = dict(re.findall(r"(?m)^\| ([a-z ]+) \|.*\| (\d+) s \|$", page))
    assert promised == {part: str(seconds) for part, (seconds, _) in PARTS.items()}
    assert sum(map(int, promised.values())) == 12 * 60


@pytest.mark.parametrize(("test", "part"), [
    ("tests/unit/test_style.py::test_x[mypy]", "lint and types"),
    ("tests/unit/test_needs.py::test_x", "lessons"),
    ("notebooks/01_basics.ipynb::Cell 0", "lessons"),
    ("tests/unit/test_states.py::test_x", "unit and contract"),
    ("tests/browser/test_playground.py::test_x", "browser and site"),
    ("tests/server/test_crash.py::test_x", "all others"),
])  # fmt: skip
def test_a_test_belongs_to_the_first_part_that_fits(test: str, part: str) -> None:
    assert part_of(test) == part
