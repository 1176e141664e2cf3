"""A row of the table: what was measured, what stands beside it, and what was aimed at."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Two measures of one run.

    Args:
        what: what was measured.
        ours: its measure.
        against: what stands beside it.
        beside: the same measure of that.
        unit: of both measures.
        most_ratio: the target, if it is for `ours` divided by `beside`.
        most: the target, if it is for `ours` itself, in its unit.
        reason: why a target that is missed is missed, in words.
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
        """Ours as a multiple of what stands beside it."""
        return self.ours / self.beside

    @property
    def is_met(self) -> bool:
        """Whether no target is missed."""
        return (self.most_ratio is None or self.ratio <= self.most_ratio) and (
            self.most is None or self.ours <= self.most
        )

    @property
    def is_explained(self) -> bool:
        """Whether a missed target comes with its reason."""
        return self.is_met or bool(self.reason)

    def cells(self) -> tuple[str, ...]:
        """The row's texts, one for each of the table's columns."""
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
    """The rows as a Markdown table whose columns stand in line."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines)]
    lines.insert(1, tuple("-" * width for width in widths))
    return "\n".join("| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in lines)


def shortened(value: float) -> str:
    """Three significant digits; from a hundred on, a whole number."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
