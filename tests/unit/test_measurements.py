"""The page of measurements says of every row whether its target is met, and why not."""

from __future__ import annotations

from datetime import date

import pytest

from maintenance.benchmarks.report import report
from maintenance.benchmarks.rows import Row, table

MET = Row("a call", 1.2, "an empty call", 1.0, most_ratio=1.5)
MISSED = Row("a start", 300.0, "a bare start", 1000.0, most=250)
EXPLAINED = Row("a start", 300.0, "a bare start", 1000.0, most=250, reason="it reads a file")
COMPARED = Row("a call", 4.0, "a loop", 1.0, unit="requests")


@pytest.mark.parametrize(
    ("row", "cells"),
    [
        (MET, ("a call", "1.2 ms", "an empty call", "1 ms", "1.20 ×", "≤ 1.5 ×", "yes")),
        (EXPLAINED, ("a start", "300 ms", "a bare start", "1,000 ms", "0.30 ×", "≤ 250 ms", "no: it reads a file")),
        (COMPARED, ("a call", "4 requests", "a loop", "1 requests", "4.00 ×", "–", "–")),
    ],
)
def test_a_row_tells_its_measures_and_its_target(row: Row, cells: tuple[str, ...]) -> None:
    assert row.cells() == cells


def test_the_table_is_markdown_whose_columns_stand_in_line() -> None:
    lines = table([MET, EXPLAINED]).splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len({line.count("|") for line in lines}) == 1
    assert set(lines[1]) == set("| -")


def test_the_page_holds_day_machine_and_rows() -> None:
    page = report([MET, EXPLAINED, COMPARED])
    assert date.today().isoformat() in page
    assert table([MET, EXPLAINED, COMPARED]) in page
    assert all(f"\n- {name}: " in page for name in ("processors", "system", "Python", "openai"))


def test_a_missed_target_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="a start"):
        report([MET, MISSED])
    assert "not known" in table([MISSED])
