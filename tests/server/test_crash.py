"""The server is killed again and again under load: what it has acknowledged stays, and no thread stays locked."""

from __future__ import annotations

import random
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import openai
from openai.types.beta.threads import Message, Run

from budget import LONG_TESTS
from contract.talks import TOOL, TUTOR, outputs_for, talk, text_of
from local_api.storage.leases import LEASE
from server.running import Server

KILLS = 50 if LONG_TESTS else 6
CLIENTS = 4
NEWEST_ONLY = {"type": "last_messages", "last_messages": 1}
LONG_REPLY = "word " * 2000  # takes a while, so that some runs are hit while they speak
TALKS = [
    talk(("Talk on", LONG_REPLY), tools=["get_weather"]),
    talk(("Still there?", "Yes."), tools=["get_weather"]),
    talk(
        {"user": "How is Rome?"},
        {"calls": [{"name": "get_weather", "arguments": {"city": "Rome"}}]},
        {"outputs": ["24"]},
        {"assistant": "It has 24 degrees."},
        tools=["get_weather"],
    ),
]


@dataclass
class Ledger:
    """What the server has acknowledged about one thread.

    Args:
        thread: its id.
        said: ids and texts of its messages, in their order.
        deleted: ids of messages that were deleted.
        runs: ids of its runs, in their order.
        count: the last number that was put into its metadata.
    """

    thread: str
    said: list[tuple[str, str]] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    count: int = 0


def write_until_killed(client: openai.OpenAI, assistant: str, seed: int) -> list[Ledger]:
    """Open threads and fill them until the server is gone; returns what it has acknowledged."""
    ledgers: list[Ledger] = []
    dice = random.Random(seed)
    try:
        while True:
            # Few threads, so that the last check stays short; their runs lock them only for a moment.
            if len(ledgers) < 3:
                ledgers.append(Ledger(client.beta.threads.create(metadata={"count": "0"}).id))
            write(client, assistant, dice.choice(ledgers), dice)
    except openai.APIConnectionError:
        return ledgers


def write(client: openai.OpenAI, assistant: str, ledger: Ledger, dice: random.Random) -> None:
    """One round of writes to a thread; if a run waits there, the client sometimes answers it."""
    try:
        for text in ("one", "two", "three"):
            message = client.beta.threads.messages.create(ledger.thread, role="user", content=text)
            ledger.said.append((message.id, text))
        last, _ = ledger.said.pop()  # from here on nobody can tell, until the answer comes
        client.beta.threads.messages.delete(last, thread_id=ledger.thread)
        ledger.deleted.append(last)
        client.beta.threads.update(ledger.thread, metadata={"count": str(ledger.count + 1)})
        ledger.count += 1
        run = ask(client, assistant, ledger.thread, dice.choice(["Talk on", "Still there?", "How is Rome?"]))
        ledger.runs.append(run.id)
    except openai.BadRequestError as refused:
        assert "active" in refused.message  # an earlier run still locks the thread
        if dice.random() < 0.5:
            answer_waiting(client, ledger.thread)


def ask(client: openai.OpenAI, assistant: str, thread: str, text: str) -> Run:
    """A run with its question: both are stored, or neither."""
    return client.beta.threads.runs.create(
        thread_id=thread,
        assistant_id=assistant,
        additional_messages=[{"role": "user", "content": text}],
        truncation_strategy=NEWEST_ONLY,
        metadata={"question": text},
    )


def test_nothing_acknowledged_is_lost_and_no_thread_stays_locked(serve, tmp_path):
    assistant = first_server(serve)
    ledgers = [ledger for seed in range(KILLS) for ledger in load_and_kill(serve(*TALKS), assistant, seed)]
    database = tmp_path / "objects.sqlite3"
    assert integrity(database) == "ok"
    wait_for_leases(database)
    assert len(ledgers) > KILLS
    client = serve(*TALKS).client()
    statuses = Counter(status for ledger in ledgers for status in check_thread(client, ledger))
    # Runs of all three kinds were hit: those that were done, those that waited for the client, and those at work.
    assert set(statuses) == {"completed", "requires_action", "failed"}
    with ThreadPoolExecutor(CLIENTS) as pool:
        list(pool.map(lambda ledger: check_unlocked(client, assistant, ledger.thread), ledgers))
    assert integrity(database) == "ok"


def first_server(serve: Callable[..., Server]) -> str:
    """The id of an assistant, made by a server that is killed right afterwards."""
    server = serve(*TALKS)
    assistant = server.client().beta.assistants.create(model="m", instructions=TUTOR, tools=[TOOL])
    server.kill()
    return assistant.id


def load_and_kill(server: Server, assistant: str, seed: int) -> list[Ledger]:
    """Kill a server at some moment while clients write; returns what it has acknowledged to them."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        jobs: list[Future] = [
            pool.submit(write_until_killed, server.client(), assistant, CLIENTS * seed + number)
            for number in range(CLIENTS)
        ]
        time.sleep(random.Random(seed).uniform(0.2, 0.6))
        server.kill()
        return [ledger for job in jobs for ledger in job.result()]


def wait_for_leases(database: Path) -> None:
    """Wait until nobody believes any more that the killed servers live."""
    with closing(sqlite3.connect(database)) as db:
        until = db.execute("SELECT max(until) FROM leases").fetchone()[0]
    assert until is not None  # a run was at work when its server was killed
    assert until < time.time() + LEASE
    time.sleep(max(0.0, until - time.time()))


def check_thread(client: openai.OpenAI, ledger: Ledger) -> list[str]:
    """Hold a thread against what was acknowledged; returns the statuses of its runs."""
    messages = list(client.beta.threads.messages.list(ledger.thread, order="asc"))
    runs = list(client.beta.threads.runs.list(ledger.thread, order="asc"))
    found = [(message.id, text_of(message)) for message in messages if message.role == "user"]
    # What was sent but not acknowledged may be there or not.
    acknowledged = {id for id, _ in ledger.said}
    assert [pair for pair in found if pair[0] in acknowledged] == ledger.said
    assert not {message.id for message in messages} & set(ledger.deleted)
    assert [run.id for run in runs][: len(ledger.runs)] == ledger.runs
    assert len(runs) <= len(ledger.runs) + 1
    assert int(client.beta.threads.retrieve(ledger.thread).metadata["count"]) in (ledger.count, ledger.count + 1)
    questions = [text for _, text in found if text not in ("one", "two", "three")]
    assert questions == [run.metadata["question"] for run in runs]
    for run in runs:
        check_run(run, messages)
    return [run.status for run in runs]


def check_run(run: Run, messages: list[Message]) -> None:
    """A run that was cut off says so, and so does what it had written."""
    said = [(message.status, bool(message.incomplete_at)) for message in messages if message.run_id == run.id]
    if run.status == "failed":
        assert run.last_error.code == "server_error"
        assert "stopped before it was done" in run.last_error.message
        assert said in ([], [("incomplete", True)], [("completed", False)])
    else:
        assert said == ([("completed", False)] if run.status == "completed" else [])


def answer_waiting(client: openai.OpenAI, thread: str) -> None:
    """Submit what the thread's newest run waits for, if it does."""
    for run in client.beta.threads.runs.list(thread, limit=1).data:
        if run.status == "requires_action":
            outputs = outputs_for(run, "24")
            client.beta.threads.runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=outputs)


def check_unlocked(client: openai.OpenAI, assistant: str, thread: str) -> None:
    """A thread takes a message and a run, after the outputs that it waits for."""
    answer_waiting(client, thread)
    for run in client.beta.threads.runs.list(thread, limit=1).data:
        client.beta.threads.runs.poll(run.id, thread_id=thread)
    client.beta.threads.messages.create(thread, role="user", content="one more")
    run = ask(client, assistant, thread, "Still there?")
    assert client.beta.threads.runs.poll(run.id, thread_id=thread).status == "completed"


def integrity(database: Path) -> str:
    with closing(sqlite3.connect(database)) as db:
        return db.execute("PRAGMA integrity_check").fetchone()[0]
