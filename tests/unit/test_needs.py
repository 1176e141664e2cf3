"""Recorded code runs for real: when it computes something else, the lesson fails and does not tell the old tale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from nbclient.exceptions import CellExecutionError

from maintenance.lesson import COURSE, kernel, load, run

BREAKS = {
    "another operation": ("numbers[-1] + numbers[-2]", "numbers[-1] - numbers[-2]"),
    "another statistic": (".corr(", ".cov("),
    "no picture": ("plt.show()", "plt.close()"),
    "no file": ('diary.to_csv(\\"/mnt/data/practice_clean.csv\\", index=False)\\n', ""),
    "no error": ('int(row[\\"연습(분)\\"])', 'int(row[\\"연습(분)\\"] or 0)'),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_operation_fails_the_lesson(name: str, tmp_path: Path) -> None:
    recording = (COURSE / "data" / "recordings" / "03_code_interpreter.json").read_text(encoding="utf-8")
    old, new = BREAKS[name]
    assert old in recording
    (tmp_path / "03_code_interpreter.json").write_text(recording.replace(old, new), encoding="utf-8")
    json.loads(recording.replace(old, new))
    lesson = load(COURSE / "notebooks" / "03_code_interpreter.ipynb")
    with (
        kernel(lesson, COURSE_RECORDINGS=str(tmp_path)) as client,
        pytest.raises(CellExecutionError, match="The recorded reply is true only if the tools give"),
    ):
        run(client, lesson.code)
