"""What the benchmarks share: a row of the table, two things timed in turns, and a client of an application."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from flask import Flask
from openai import OpenAI

import local_api
from helpers.transport import client_over

COURSE = Path(__file__).resolve().parent.parent
WARM_UP = 0.05  # the share of rounds that go before the measured ones: the first fill caches


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: what was measured, and against what.
        value: the result.
        target: the most that it should be.
        details: the numbers behind it.
        unit: of value and target; a ratio unless told otherwise.
    """

    what: str
    value: float
    target: float
    details: str
    unit: str = "×"

    @property
    def is_met(self) -> bool:
        """Whether the target is met."""
        return self.value <= self.target


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def in_turns(
    one: Callable[[], object],
    other: Callable[[], object],
    *,
    rounds: int,
    measure: Callable[[Callable[[], object]], float] = seconds,
) -> tuple[float, float]:
    """Measure two calls in turns, and return the median of each.

    Args:
        one, other: what to measure.
        rounds: how many times each is measured, after a short warm-up.
        measure: makes a call and returns its measure.
    """
    for _ in range(round(WARM_UP * rounds) or 1):
        measure(one), measure(other)
    pairs = [(measure(one), measure(other)) for _ in range(rounds)]
    ones, others = zip(*pairs)
    return median(ones), median(others)


def compared(what: str, one: Callable[[], object], other: Callable[[], object], *, rounds: int, target: float) -> Row:
    """A row with the time of one call divided by that of the other, both in milliseconds behind it."""
    own, base = in_turns(one, other, rounds=rounds)
    return Row(what, own / base, target, f"{1000 * own:.2f} ms / {1000 * base:.2f} ms")


def course_client() -> OpenAI:
    """A client of a fresh recorded home, as `helpers.connect` gives but without its printed line."""
    return client_of(local_api.create_app(local_api.recorded_home(COURSE / "data" / "recordings")))


def client_of(app: Flask) -> OpenAI:
    """The SDK's client over an application in this process."""
    return OpenAI(api_key="none", base_url="http://benchmark/v1", http_client=client_over(app))
