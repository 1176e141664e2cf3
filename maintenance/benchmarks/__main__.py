"""Run the benchmarks, all or those named, and print one table; all of them also write MEASUREMENTS.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from maintenance.lesson import COURSE

from .calls import create, retrieve
from .cassettes import cassette
from .connecting import connect
from .documents import documents
from .lessons import lessons
from .live import live
from .pages import pages
from .report import report
from .rows import Row, table
from .searching import search
from .sessions import python
from .waiting import wait

# A benchmark takes nothing and returns its rows of the table.
BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "retrieve": retrieve,
    "create": create,
    "pages": pages,
    "wait": wait,
    "live": live,
    "lessons": lessons,
    "cassette": cassette,
    "connect": connect,
    "python": python,
    "documents": documents,
    "search": search,
}
PAGE = COURSE / "docs" / "MEASUREMENTS.md"


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m maintenance.benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    as_learners_have_it()
    rows = [row for name in names or BENCHMARKS for row in measured(name)]
    print(table(rows))
    if not names:
        write(rows)


def as_learners_have_it() -> None:
    """Let the processes that are started be in recorded mode and keep their compiled modules, as usual."""
    os.environ["COURSE_MODE"] = "recorded"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def measured(name: str) -> list[Row]:
    """The rows of one benchmark."""
    print(f"measuring {name} ...", file=sys.stderr)
    return BENCHMARKS[name]()


def write(rows: list[Row]) -> None:
    """Write the page, unless it would leave a missed target unexplained."""
    try:
        PAGE.write_text(report(rows), encoding="utf-8")
    except ValueError as why:
        sys.exit(f"{PAGE.name} is not written. {why} Run it on a quiet machine, or write the reason beside the row.")
    print(f"written to {PAGE.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
