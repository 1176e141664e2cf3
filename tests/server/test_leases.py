"""Leases, at the one moment that no client over HTTP is quick enough to meet."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from contract.talks import CHAT, HELLO, REPORTER, TOOL, TUTOR, WEATHER
from local_api import Home, lasting_home
from local_api.model.recorded import RecordedModel
from local_api.model.recording import load_recording
from server.running import write_recording

THREADS, RUNS_EACH = 32, 2  # together they mostly meet the moment; test_lease_owners.py always does


@pytest.fixture
def many_switches() -> Iterator[None]:
    """Threads take turns as often as they can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(interval)


def test_a_worker_that_stops_leaves_the_lease_of_the_next_one_alone(tmp_path: Path, many_switches: None):
    home = lasting_home(tmp_path / "db", RecordedModel([load_recording(write_recording(tmp_path, WEATHER))]))
    assistant = home.assistants.create({"model": "m", "instructions": REPORTER, "tools": [TOOL]})
    with ThreadPoolExecutor(THREADS) as pool:
        ended = list(pool.map(lambda _: end_of_run(home, assistant), range(THREADS * RUNS_EACH)))
    assert [run["last_error"] for run in ended] == [None] * len(ended)


def test_a_response_that_nobody_works_on_any_more_has_failed_and_frees_its_conversation(tmp_path: Path):
    model = RecordedModel([load_recording(write_recording(tmp_path, CHAT))])
    gone, home = (lasting_home(tmp_path / "db", model) for _ in range(2))
    ask = {"model": "m", "instructions": TUTOR, "input": "hi"}
    conversation = gone.conversations.create({})
    response = gone.responses.create({**ask, "conversation": conversation["id"], "background": True})
    home.store.lease(response["id"], "a process that is gone", until=0.0)
    seen = home.responses.retrieve(response["id"])
    assert seen["status"] == "failed"
    assert "stopped before it was done" in seen["error"]["message"]
    again = home.responses.run(home.responses.create({**ask, "conversation": conversation["id"]}))
    assert again["output"][0]["content"][0]["text"] == HELLO


def end_of_run(home: Home, assistant: dict) -> dict:
    """A run whose outputs are submitted in the moment in which it asks for them."""
    thread = home.threads.create({"messages": [{"role": "user", "content": "Paris and Rome?"}]})
    run = home.runs.start(home.runs.create(thread["id"], {"assistant_id": assistant["id"]}))
    run = wait(home, run, "requires_action")
    calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
    outputs = [{"tool_call_id": call["id"], "output": output} for call, output in zip(calls, ("18", "24"))]
    run = home.runs.start(home.runs.submit(thread["id"], run["id"], outputs))
    return wait(home, run, "completed")


def wait(home: Home, run: dict, status: str) -> dict:
    while run["status"] not in (status, "failed"):
        time.sleep(0.002)  # or so many threads that only poll leave no time to those that work
        run = home.runs.retrieve(run["thread_id"], run["id"])
    return run
