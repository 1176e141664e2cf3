"""Run the benchmarks, all or those named, and print one table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

from .calls import create, retrieve
from .connecting import connect
from .lessons import lessons
from .live import live
from .measure import Row
from .pages import pages
from .searching import search
from .waiting import wait

# A benchmark takes nothing and returns its row of the table, or several.
BENCHMARKS: dict[str, Callable[[], Row | list[Row]]] = {
    "retrieve": retrieve,
    "create": create,
    "pages": pages,
    "connect": connect,
    "wait": wait,
    "live": live,
    "search": search,
    "lessons": lessons,
}


def main() -> None:
    """Run what the command line names."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(BENCHMARKS)}; all by default")
    names = parser.parse_args().names or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    rows = []
    for name in names:
        print(f"measuring {name} ...", file=sys.stderr)
        result = BENCHMARKS[name]()
        rows += [result] if isinstance(result, Row) else result
    print(table(rows))


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table whose columns stand in line."""
    lines = [("what", "measured", "target", "met", "behind it"), *map(cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    """A row's texts."""
    shown = f"{row.value:.2f} ×" if row.unit == "×" else f"{row.value:.0f} {row.unit}"
    return row.what, shown, f"≤ {row.target:g} {row.unit}", "yes" if row.is_met else "no", row.details


if __name__ == "__main__":
    main()
