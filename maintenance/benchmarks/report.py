"""MEASUREMENTS.md: all rows, with the date and the machine of the run."""

from __future__ import annotations

import os
import platform
from datetime import date
from pathlib import Path

import openai

from maintenance.lesson import PATHS, load

from .rows import Row, table
from .shapes import shapes

TEXT = """# Measurements

Written by `python course.py measure` on {date}; do not edit by hand.

{machine}

The two values in a row were measured in the same run, alternately. Each is the median of all rounds, or the worst where
the row says "worst". The ratio is our value divided by the other. Times vary from machine to machine, ratios much less.
A row without a target is for comparison only.

{table}

## The lessons as notebooks

Compared with four courses that teachers cite as models, whose own files were measured in the same way in November 2026.
Code cells and words are counted per notebook; for a set of notebooks, the median is shown. Blank lines don't count.
"Adjacent" is the share of code cells with no prose before them. A run is clean if the cells ran 1, 2, 3 to the end.

{shapes}
"""


def report(rows: list[Row]) -> str:
    """The page as Markdown.

    Raises:
        ValueError: a target is missed without a reason; the message names the rows.
    """
    if unexplained := [row.what for row in rows if not row.is_explained]:
        raise ValueError(f"These miss their target, and have no reason: {'; '.join(unexplained)}.")
    return TEXT.format(
        date=date.today().isoformat(),
        machine=machine(),
        table=table(rows),
        shapes=shapes([load(path) for path in PATHS]),
    )


def machine() -> str:
    """What the numbers depend on: the machine and the versions, as a Markdown list."""
    facts = {
        "processors": f"{os.cpu_count()} × {processor()}",
        "system": system(),
        "Python": f"{platform.python_implementation()} {platform.python_version()}",
        "openai": openai.__version__,
    }
    return "\n".join(f"- {name}: {fact}" for name, fact in facts.items())


def processor() -> str:
    """The processor's model, or else its architecture."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(models), platform.processor() or platform.machine())


def system() -> str:
    """The operating system with its version."""
    if platform.system() == "Linux":
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    return f"{platform.system()} {platform.mac_ver()[0] or platform.release()}"
