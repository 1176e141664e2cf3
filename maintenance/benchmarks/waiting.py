"""Waiting for a run: how late its end is noticed, and after how many requests.

All ways wait for the same runs, on a simulated clock that sleeping and each request's latency move forward. The code is
real and the results are exact: measured times could not show that one way is never later than another.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from unittest.mock import patch

from flask import Flask, Response
from openai import OpenAI
from openai.types.beta.threads import Run

from helpers import wait_on_run
from helpers.connection import MODEL

from .measure import client_of, course_client
from .rows import Row

POLL_AFTER = 0.1  # seconds, the pause that the server suggests
LATENCY = 0.01  # seconds that a request takes
POLL = "the SDK's poll on the same run"
LOOP = "the tutorial's 0.5 s loop"
DURATIONS = [0.037 * number for number in range(1, 101)]  # of the runs, in seconds


@dataclass
class ScriptedRun:
    """A run that takes a given time, on a server that suggests how long to pause between polls."""

    run: Run
    duration: float
    now: float = 0.0
    requests: int = 0
    slept_on: float = 0.0  # seconds of sleep after the answer that the run has ended
    is_known_to_have_ended: bool = False

    def waited_for(self, wait: Callable[[OpenAI, Run], Run]) -> ScriptedRun:
        """Wait for this run, and return it: `now` is when the wait returned."""
        app = Flask("scripted")
        app.get("/v1/threads/<thread_id>/runs/<run_id>")(self._answer)
        with patch("time.sleep", self._sleep):
            wait(client_of(app), self.run)
        return self

    @property
    def late(self) -> float:
        """Milliseconds from the run's end until the wait returned."""
        return 1000 * (self.now - self.duration)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept_on += seconds * self.is_known_to_have_ended

    def _answer(self, thread_id: str, run_id: str) -> Response:
        self.requests += 1
        self.now += LATENCY
        self.is_known_to_have_ended = self.now >= self.duration
        status = "completed" if self.is_known_to_have_ended else "in_progress"
        run = self.run.model_copy(update={"status": status})
        headers = {"openai-poll-after-ms": str(round(1000 * POLL_AFTER))}
        return Response(run.to_json(), mimetype="application/json", headers=headers)


def poll(client: OpenAI, run: Run) -> Run:
    """Wait with the SDK's own method."""
    return client.beta.threads.runs.poll(run.id, thread_id=run.thread_id)


def tutorial_loop(client: OpenAI, run: Run) -> Run:
    """Wait with the loop from the tutorial of February 2024."""
    while run.status in ("queued", "in_progress"):
        run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        time.sleep(0.5)
    return run


def wait() -> list[Row]:
    """`wait_on_run` against the SDK's poll, as the worst of all runs, and against the tutorial's loop."""
    run = queued_run()
    own, base, loop = (
        [ScriptedRun(run, duration).waited_for(way) for duration in DURATIONS]
        for way in (wait_on_run, poll, tutorial_loop)
    )
    return [
        worst("`wait_on_run` until it returns, worst of {} simulated runs", POLL, "now", "s", own, base),
        worst("requests of `wait_on_run`, worst of {} simulated runs", POLL, "requests", "requests", own, base),
        Row("sleep of `wait_on_run` after the run's end, longest", slept_on(own), LOOP, slept_on(loop), most=0),
        Row("how late `wait_on_run` returns, median", middle(own, "late"), LOOP, middle(loop, "late")),
        Row("requests of `wait_on_run`, median", middle(own, "requests"), LOOP, middle(loop, "requests"), "requests"),
    ]


def worst(what: str, against: str, name: str, unit: str, own: list[ScriptedRun], base: list[ScriptedRun]) -> Row:
    """The run with the largest ratio, which must not be above 1."""
    rows = [
        Row(what.format(len(own)), getattr(one, name), against, getattr(other, name), unit, most_ratio=1)
        for one, other in zip(own, base)
    ]
    return max(rows, key=lambda row: (row.ratio, row.ours))


def middle(runs: list[ScriptedRun], name: str) -> float:
    """The median of all runs."""
    return float(median(getattr(run, name) for run in runs))


def slept_on(runs: list[ScriptedRun]) -> float:
    """The longest sleep after a run's end, in milliseconds."""
    return 1000 * max(run.slept_on for run in runs)


def queued_run() -> Run:
    """A run as the course's own server makes it."""
    beta = course_client().beta
    assistant = beta.assistants.create(model=MODEL, instructions="Say something.")
    return beta.threads.create_and_run(assistant_id=assistant.id)
