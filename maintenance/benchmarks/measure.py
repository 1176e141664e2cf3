"""What the benchmarks share: calls timed in turns, and clients of applications."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from flask import Flask
from openai import OpenAI

import local_api
from local_api.http.in_process import client_over
from maintenance.lesson import COURSE

WARM_UP = 0.05  # the share of rounds that go before the measured ones: the first fill caches


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def in_turns(*calls: Callable[[], object], rounds: int) -> list[float]:
    """Time calls in turns, and return the median of each, in seconds.

    Args:
        calls: what to time.
        rounds: how many times each is timed, after a short warm-up.
    """
    for _ in range(round(WARM_UP * rounds) or 1):
        for call in calls:
            call()
    return [median(times) for times in zip(*([seconds(call) for call in calls] for _ in range(rounds)))]


def milliseconds(*calls: Callable[[], object], rounds: int) -> list[float]:
    """How long each of these calls takes, measured in turns."""
    return [1000 * time for time in in_turns(*calls, rounds=rounds)]


def course_client() -> OpenAI:
    """A client of a fresh recorded home, as `helpers.connect` gives but without its printed line."""
    return client_of(local_api.create_app(local_api.recorded_home(COURSE / "data" / "recordings")))


def client_of(app: Flask) -> OpenAI:
    """The SDK's client over an application in this process."""
    return OpenAI(api_key="none", base_url="http://benchmark/v1", http_client=client_over(app))


@contextmanager
def served_client() -> Iterator[OpenAI]:
    """The SDK's client of `python -m local_api serve` in a process of its own, over loopback."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", "0", "--mode", "recorded", "--db", str(Path(folder, "objects.sqlite3"))]
        command = [sys.executable, "-m", "local_api", "serve", *options]
        with subprocess.Popen(command, cwd=COURSE, stdout=subprocess.PIPE, text=True) as server:
            try:
                with OpenAI(api_key="none", base_url=server.stdout.readline().strip()) as client:
                    yield client
            finally:
                server.terminate()
