"""Waiting for a run."""

from __future__ import annotations

import time

from openai import OpenAI
from openai.types.beta.threads import Run

from .arguments import expect

WORKING = ("queued", "in_progress", "cancelling")  # the run goes on by itself
ACTIVE = (*WORKING, "requires_action")  # the thread takes neither messages nor another run
FIRST_PAUSE = 0.25  # seconds between two polls, unless the service suggests a pause
LONGEST_PAUSE = 1.0  # seconds; the SDK's own poll always waits this long


class RunError(Exception):
    """A run ended without finishing its work; the message names its status and what went wrong.

    Attributes:
        run: the run as it ended.
    """

    def __init__(self, run: Run) -> None:
        self.run = run
        super().__init__(f"Run {run.id} ended as {run.status}{_reason(run)}")


def wait_on_run(client: OpenAI, run: Run, *, timeout: float = 600) -> Run:
    """Poll a run until it is no longer working.

    Lesson 01 writes this as a five-line loop. This version also waits as long as the service suggests (or else with
    pauses that grow to one second), has a deadline, and raises where the loop would return a run without a reply.

    Args:
        client: what `connect` returned.
        run: the run, in any status.
        timeout: seconds after which to stop waiting; the run itself goes on.

    Returns:
        The run, either `completed` or in `requires_action`.

    Raises:
        RunError: it ended as failed, cancelled, expired or incomplete.
        TimeoutError: it was still working at the deadline.
        TypeError: it is no run.
    """
    expect("wait_on_run(run)", run, Run)
    deadline = time.monotonic() + timeout
    pause = FIRST_PAUSE
    while True:
        response = client.beta.threads.runs.with_raw_response.retrieve(run.id, thread_id=run.thread_id)
        run = response.parse()
        if run.status not in WORKING:
            break
        suggested = response.headers.get("openai-poll-after-ms")
        pause = int(suggested) / 1000 if suggested else pause
        if time.monotonic() + pause > deadline:
            raise TimeoutError(
                f"Run {run.id} is still {run.status} after {timeout:g} seconds. It goes on: wait again with "
                f"wait_on_run(client, run), or stop it with client.beta.threads.runs.cancel."
            )
        time.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)
    if run.status in ("completed", "requires_action"):
        return run
    raise RunError(run)


def _reason(run: Run) -> str:
    if run.last_error:
        return f": {run.last_error.code}: {run.last_error.message}"
    if run.incomplete_details:
        return f": {run.incomplete_details.reason}"
    return ""
