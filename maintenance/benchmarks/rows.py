"""A row of the table: what was measured, what it is compared with, and the target."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Two measurements of one run.

    Args:
        what: was measured.
        ours: the measurement.
        against: what it is compared with.
        beside: the measurement of that.
        unit: of both measurements.
        most_ratio: the target for `ours` divided by `beside`, if there is one.
        most: the target for `ours` itself, in its unit, if there is one.
        reason: why the target is missed, in words.
    """

    what: str
    ours: float
    against: str
    beside: float
    unit: str = "ms"
    most_ratio: float | None = None
    most: float | None = None
    reason: str = ""

    @property
    def ratio(self) -> float:
        """Ours as a multiple of the other measurement."""
        return self.ours / self.beside

    @property
    def is_met(self) -> bool:
        """Whether all targets are met."""
        return (self.most_ratio is None or self.ratio <= self.most_ratio) and (
            self.most is None or self.ours <= self.most
        )

    @property
    def is_explained(self) -> bool:
        """Whether the targets are met, or the row says why not."""
        return self.is_met or bool(self.reason)

    def cells(self) -> tuple[str, ...]:
        """The row's text for each column of the table."""
        measures = [f"{shortened(value)} {self.unit}" for value in (self.ours, self.beside)]
        return self.what, measures[0], self.against, measures[1], f"{self.ratio:.2f} ×", self._target(), self._met()

    def _target(self) -> str:
        if self.most_ratio is not None:
            return f"≤ {self.most_ratio:g} ×"
        return "–" if self.most is None else f"≤ {self.most:g} {self.unit}"

    def _met(self) -> str:
        if self.most_ratio is None and self.most is None:
            return "–"
        return "yes" if self.is_met else f"no: {self.reason or 'the reason is not known yet'}"


COLUMNS = ("what", "ours", "beside it", "its measure", "ratio", "target", "met")


def table(rows: list[Row]) -> str:
    """The rows as a Markdown table with aligned columns."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def shortened(value: float) -> str:
    """The value with three significant digits, from 100 on as a whole number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
