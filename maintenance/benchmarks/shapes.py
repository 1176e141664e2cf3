"""The shape of the lessons as notebooks, compared with courses that teachers recommend."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median, quantiles

from maintenance.lesson import Lesson, lines_of

HEAD = "| set | code cells | words | lines a cell, median / p90 / max | words between cells | adjacent | clean run |"
# Measured on the courses' own files in November 2026, in the same way.
ADMIRED = (
    "| INRIA scikit-learn-mooc | 12 | 755 | 4 / 13 / 53 | 31 | 22% | stripped |",
    "| PythonDataScienceHandbook | 21 | 1,184 | 2 / 7 / 150 | 30 | 15% | 91% |",
    "| LLMs-from-scratch | 45 | 2,576 | 4 / 20 / 68 | 23 | 20% | 100% |",
    "| claude-cookbooks managed_agents | 7 | 811 | 10 / 35 / 96 | 65 | 3% | 17% |",
)


def shapes(lessons: list[Lesson]) -> str:
    """Each lesson, all lessons together, and four admired courses, as a Markdown table."""
    rows = [_row(lesson.path.stem, [lesson]) for lesson in lessons]
    return "\n".join([HEAD, "|---" * 7 + "|", *rows, _row("**all lessons**", lessons), *ADMIRED])


def _row(name: str, lessons: list[Lesson]) -> str:
    cells = median(len(lesson.code) for lesson in lessons)
    words = median(sum(_words(text) for text in lesson.prose) for lesson in lessons)
    lines = [lines_of(cell) for lesson in lessons for cell in lesson.code]
    between = [words for lesson in lessons for words in _between(lesson)]
    adjacent = sum(words == 0 for words in between) / len(between)
    clean = sum(lesson.is_clean for lesson in lessons) / len(lessons)
    size = f"{median(lines):g} / {quantiles(lines, n=10)[-1]:.0f} / {max(lines)}"
    gaps = median(filter(None, between))
    return f"| {name} | {cells:g} | {words:,.0f} | {size} | {gaps:g} | {adjacent:.0%} | {clean:.0%} |"


def _words(text: str) -> int:
    return len(text.split())


def _between(lesson: Lesson) -> Iterator[int]:
    """For each code cell, the number of words since the previous code cell."""
    words = 0
    for cell in lesson.cells:
        if cell.cell_type == "code":
            yield words
            words = 0
        else:
            words += _words(cell.source)
