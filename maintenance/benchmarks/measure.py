"""What the benchmarks share: timing calls alternately, and clients of applications."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from openai import OpenAI

import local_api
from local_api.http.in_process import client_over
from maintenance.lesson import COURSE

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

WARM_UP = 0.05  # rounds before the measured ones, as a share of these: the first ones fill caches


def seconds(call: Callable[[], object]) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def in_turns(*calls: Callable[[], object], rounds: int) -> list[float]:
    """Time calls alternately.

    Args:
        calls: to be timed.
        rounds: how many times each is timed, after a short warm-up.

    Returns:
        The median of each, in seconds.
    """
    for _ in range(round(WARM_UP * rounds) or 1):
        for call in calls:
            call()
    return [median(times) for times in zip(*([seconds(call) for call in calls] for _ in range(rounds)))]


def milliseconds(*calls: Callable[[], object], rounds: int) -> list[float]:
    """The same as `in_turns`, in milliseconds."""
    return [1000 * time for time in in_turns(*calls, rounds=rounds)]


def course_client() -> OpenAI:
    """A client of a fresh recorded home, as from `helpers.connect` but without its printed line."""
    return client_of(local_api.create_app(local_api.recorded_home(local_api.recordings_folder())))


def client_of(app: WSGIApplication) -> OpenAI:
    """The SDK's client of an application in this process."""
    return OpenAI(api_key="none", base_url="http://benchmark/v1", http_client=client_over(app))


@contextmanager
def served_client() -> Iterator[OpenAI]:
    """The SDK's client of `python -m local_api serve` in a process of its own, over loopback."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--port", "0", "--mode", "recorded", "--db", str(Path(folder, "objects.sqlite3"))]
        command = [sys.executable, "-m", "local_api", "serve", *options]
        with subprocess.Popen(command, cwd=COURSE, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout
                with OpenAI(api_key="none", base_url=server.stdout.readline().strip()) as client:
                    yield client
            finally:
                server.terminate()
