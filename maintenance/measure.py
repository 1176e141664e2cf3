"""`python course.py measure [NAME ...]`: run the benchmarks and print a table; without names, write MEASUREMENTS.md."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable

from .benchmarks.calls import create, retrieve
from .benchmarks.cassettes import cassette
from .benchmarks.connecting import connect
from .benchmarks.documents import documents
from .benchmarks.lessons import lessons
from .benchmarks.live import live
from .benchmarks.pages import pages
from .benchmarks.report import report
from .benchmarks.rows import Row, table
from .benchmarks.searching import search
from .benchmarks.serving import serving
from .benchmarks.sessions import python
from .benchmarks.waiting import wait
from .lesson import COURSE

# A benchmark takes no arguments and returns its rows of the table.
BENCHMARKS: dict[str, Callable[[], list[Row]]] = {
    "retrieve": retrieve,
    "create": create,
    "pages": pages,
    "wait": wait,
    "live": live,
    "lessons": lessons,
    "cassette": cassette,
    "connect": connect,
    "serving": serving,
    "python": python,
    "documents": documents,
    "search": search,
}
PAGE = COURSE / "docs" / "MEASUREMENTS.md"


def main() -> None:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(prog="python course.py measure", description=__doc__)
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
    """Have the processes started here run in recorded mode and keep their compiled modules, as usual."""
    os.environ["COURSE_MODE"] = "recorded"
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)


def measured(name: str) -> list[Row]:
    """Run one benchmark and return its rows."""
    print(f"measuring {name} ...", file=sys.stderr)
    return BENCHMARKS[name]()


def write(rows: list[Row]) -> None:
    """Write the page, unless a missed target has no explanation."""
    try:
        PAGE.write_text(report(rows), encoding="utf-8")
    except ValueError as why:
        sys.exit(f"{PAGE.name} was not written. {why} Run it on a quiet machine, or give the row its reason.")
    print(f"written to {PAGE.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
