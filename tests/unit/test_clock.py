"""The logical clock of a recorded lesson: one second per write, and a time of its own for each conversation."""

from __future__ import annotations

import time
from datetime import date, datetime, timezone

import pytest

from local_api.storage.clock import LogicalClock, WallClock

NINE = int(datetime(2026, 3, 1, 9, tzinfo=timezone.utc).timestamp())


@pytest.fixture
def clock() -> LogicalClock:
    return LogicalClock(date(2026, 3, 1))


def test_it_starts_at_nine_and_moves_only_with_writes(clock: LogicalClock) -> None:
    assert [clock.now(), clock.now(), clock.tick(), clock.tick(), clock.now()] == [
        NINE,
        NINE,
        NINE + 1,
        NINE + 2,
        NINE + 2,
    ]


def test_a_conversation_has_the_same_times_whatever_happens_in_others(clock: LogicalClock) -> None:
    clock.begin("thread_a", clock.tick())
    clock.begin("thread_b", clock.tick())
    busy = [clock.tick("thread_b") for _ in range(5)]
    assert busy == [NINE + 3, NINE + 4, NINE + 5, NINE + 6, NINE + 7]
    assert [clock.tick("thread_a"), clock.tick("thread_a"), clock.now("thread_a")] == [NINE + 2, NINE + 3, NINE + 3]
    assert clock.now() == NINE + 7, "outside conversations it is the latest time of all"
    assert clock.tick() == NINE + 8


def test_a_slow_conversation_does_not_set_the_latest_time_back(clock: LogicalClock) -> None:
    clock.begin("thread_a", clock.tick())
    for _ in range(3):
        clock.tick()
    assert clock.tick("thread_a") == NINE + 2
    assert clock.now() == NINE + 4


def test_skipping_moves_every_time(clock: LogicalClock) -> None:
    clock.begin("thread_a", clock.tick())
    assert clock.skip(60) == NINE + 61 == clock.now("thread_a") == clock.now()


def test_a_conversation_from_before_the_start_counts_from_the_start(clock: LogicalClock) -> None:
    clock.tick()
    assert clock.now("thread_old") == NINE


def test_the_wall_clock_is_the_real_time_in_every_conversation() -> None:
    clock = WallClock()
    clock.begin("thread_a", 0)
    before = int(time.time())
    assert before <= clock.tick("thread_a") <= clock.now() <= clock.now("thread_b") <= int(time.time())
