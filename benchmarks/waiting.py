"""Waiting for a run: how late its end is noticed, and with how many requests.

Everybody waits for the same runs, on a simulated clock that moves by their sleeping and by each request's latency.
The code is real and the results are exact: "never later" could not be told from measured times.
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

from .measure import Row, client_of, course_client

POLL_AFTER = 0.1  # seconds, the pause that the server suggests
LATENCY = 0.01  # seconds that a request takes
DURATIONS = [0.037 * number for number in range(1, 101)]  # of the runs, in seconds


@dataclass
class ScriptedRun:
    """A run that takes a given time, on a server that suggests how long to pause between two looks."""

    run: Run
    duration: float
    now: float = 0.0
    requests: int = 0

    def waited_for(self, wait: Callable[[OpenAI, Run], Run]) -> ScriptedRun:
        """This run after somebody has waited for it: `now` is when they stopped."""
        app = Flask("scripted")
        app.get("/v1/threads/<thread_id>/runs/<run_id>")(self._answer)
        with patch("time.sleep", self._sleep):
            wait(client_of(app), self.run)
        return self

    @property
    def late(self) -> float:
        """Milliseconds from the run's end until nobody waited any more."""
        return 1000 * (self.now - self.duration)

    def _sleep(self, seconds: float) -> None:
        self.now += seconds

    def _answer(self, thread_id: str, run_id: str) -> Response:
        self.requests += 1
        self.now += LATENCY
        run = self.run.model_copy(update={"status": "completed" if self.now >= self.duration else "in_progress"})
        headers = {"openai-poll-after-ms": str(round(1000 * POLL_AFTER))}
        return Response(run.to_json(), mimetype="application/json", headers=headers)


def poll(client: OpenAI, run: Run) -> Run:
    """The SDK's own way."""
    return client.beta.threads.runs.poll(run.id, thread_id=run.thread_id)


def tutorial_loop(client: OpenAI, run: Run) -> Run:
    """The loop of the tutorial of February 2024."""
    while run.status in ("queued", "in_progress"):
        run = client.beta.threads.runs.retrieve(run.id, thread_id=run.thread_id)
        time.sleep(0.5)
    return run


def wait() -> list[Row]:
    """`wait_on_run` against the SDK's poll, and the tutorial's loop beside them: of all runs, the worst counts."""
    run = queued_run()
    ways = (wait_on_run, poll, tutorial_loop)
    waited = [[ScriptedRun(run, duration).waited_for(way) for duration in DURATIONS] for way in ways]
    own, base, _ = waited
    late, requests = ([median(getattr(one, name) for one in runs) for runs in waited] for name in ("late", "requests"))
    return [
        Row(
            "wait_on_run until it returns / the SDK's poll, worst run",
            max(one.now / other.now for one, other in zip(own, base)),
            1,
            "{:.0f} ms after the end / {:.0f}; the tutorial's loop {:.0f}".format(*late),
        ),
        Row(
            "wait_on_run's requests / the SDK's poll, worst run",
            max(one.requests / other.requests for one, other in zip(own, base)),
            1,
            "{:.0f} requests / {:.0f}; the tutorial's loop {:.0f}".format(*requests),
        ),
    ]


def queued_run() -> Run:
    """A run as the course's own server makes it."""
    beta = course_client().beta
    assistant = beta.assistants.create(model="gpt-6-luna", instructions="Say something.")
    return beta.threads.create_and_run(assistant_id=assistant.id)
