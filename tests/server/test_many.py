"""Many clients at once, on one server and on two that share a database: nothing lost, no order broken."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import openai
import pytest
from openai.types.beta.threads import Message, Run

from contract.talks import TOOL, TUTOR, outputs_for, talk, text_of
from server.running import COURSE, Server

THREADS = 8
ASSISTANTS = 3
NEWEST_ONLY = {"type": "last_messages", "last_messages": 1}  # what a run answers is then its own question
LOCKED = ("Can't add messages to", "already has an active run")


def question_of(client: int, number: int) -> str:
    return f"ask {client}.{number}"


def recorded(clients: int, each: int) -> list[dict]:
    """A reply to every question that any client may ask; each fifth client's questions take a function call."""
    return [
        talk({"user": question}, *reply_to(question, client), tools=["get_weather"])
        for client in range(clients)
        for question in [question_of(client, number) for number in range(each)]
    ]


def reply_to(question: str, client: int) -> list[dict]:
    reply = {"assistant": f"answer to {question}"}
    if client % 5:
        return [reply]
    return [{"calls": [{"name": "get_weather", "arguments": {"city": "Rome"}}]}, {"outputs": ["24"]}, reply]


class Visitor:
    """One client and what the server has acknowledged to it.

    Args:
        number: tells its messages from those of others.
        clients: where its requests go, in turns.
        assistants, threads: the ids of what it shares with others.
    """

    def __init__(self, number: int, clients: list[openai.OpenAI], assistants: list[str], threads: list[str]) -> None:
        self.number = number
        self.clients = clients
        self.assistants = assistants
        self.threads = threads
        self.said: dict[str, list[str]] = {thread: [] for thread in threads}
        self.runs: list[Run] = []
        self.made: list[str] = []
        self.operations = 0
        self._random = random.Random(number)

    def work(self, operations: int) -> Visitor:
        """Do this many things, one after another."""
        choices = [self.say, self.say, self.say, self.ask, self.note, self.read_back, self.make_and_delete]
        for number in range(operations):
            try:
                self._random.choice(choices)(number)
            except openai.BadRequestError as refused:
                assert any(text in refused.message for text in LOCKED)  # the one refusal that is to be expected
            self.operations += 1
        return self

    def say(self, number: int) -> None:
        thread, text = self._thread(), f"say {self.number}.{number}"
        message = self._client().beta.threads.messages.create(thread, role="user", content=text)
        self.said[thread].append(message.id)

    def ask(self, number: int) -> None:
        """A run with its question, to its end."""
        question = {"role": "user", "content": question_of(self.number, number)}
        run = self._client().beta.threads.runs.create_and_poll(
            thread_id=self._thread(),
            assistant_id=self._random.choice(self.assistants),
            additional_messages=[question],
            truncation_strategy=NEWEST_ONLY,
        )
        if run.status == "requires_action":
            run = self._client().beta.threads.runs.submit_tool_outputs_and_poll(
                run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs_for(run, "24")
            )
        self.runs.append(run)

    def note(self, number: int) -> None:
        """A key of its own in the metadata that all clients write to."""
        if self.number < 16:
            metadata = {f"client {self.number}": str(number)}
            self._client().beta.assistants.update(self.assistants[0], metadata=metadata)
            self.noted = str(number)

    def read_back(self, number: int) -> None:
        """Its own messages are there, in their order, while others write."""
        thread = self._thread()
        listed = ids(self._client().beta.threads.messages.list(thread, order="asc", limit=50))
        own = set(self.said[thread])
        assert [id for id in listed if id in own] == self.said[thread]
        assert len(set(listed)) == len(listed)

    def make_and_delete(self, number: int) -> None:
        made = [self._client().beta.assistants.create(model="m").id for _ in range(2)]
        self._client().beta.assistants.delete(made[0])
        self.made.append(made[1])

    noted: str | None = None

    def _client(self) -> openai.OpenAI:
        return self._random.choice(self.clients)

    def _thread(self) -> str:
        return self._random.choice(self.threads)


def ids(objects: Iterable) -> list[str]:
    return [object.id for object in objects]


@pytest.mark.parametrize(("servers", "clients", "each"), [(1, 50, 40), (2, 20, 20)])
def test_nothing_is_lost_when_many_work_at_once(serve, servers, clients, each):
    started = serve(*recorded(clients, each), together=servers)
    first = started[0].client()
    assistants, threads = shared_objects(first)
    visitors = [Visitor(number, own_clients(started), assistants, threads) for number in range(clients)]
    with ThreadPoolExecutor(clients) as pool:
        done = list(pool.map(lambda visitor: visitor.work(each), visitors))
    assert sum(visitor.operations for visitor in done) == clients * each
    # Locks refuse many of these, but by far not all.
    assert sum(len(visitor.runs) for visitor in done) > THREADS
    assert sum(len(said) for visitor in done for said in visitor.said.values()) > len(done)
    check_assistants(started[-1].client(), assistants, done)
    for thread in threads:
        check_thread(started[-1].client(), thread, done)


def own_clients(servers: list[Server]) -> list[openai.OpenAI]:
    return [server.client() for server in servers]


def shared_objects(client: openai.OpenAI) -> tuple[list[str], list[str]]:
    assistants = [client.beta.assistants.create(model="m", instructions=TUTOR, tools=[TOOL]) for _ in range(ASSISTANTS)]
    return ids(assistants), [client.beta.threads.create().id for _ in range(THREADS)]


def check_assistants(client: openai.OpenAI, shared: list[str], visitors: list[Visitor]) -> None:
    listed = ids(client.beta.assistants.list(limit=7))
    made = [id for visitor in visitors for id in visitor.made]
    assert len(made) > len(visitors)
    assert Counter(listed) == Counter(shared + made)
    noted = {f"client {visitor.number}": visitor.noted for visitor in visitors if visitor.noted}
    assert client.beta.assistants.retrieve(shared[0]).metadata == noted


def check_thread(client: openai.OpenAI, thread: str, visitors: list[Visitor]) -> None:
    messages = list(client.beta.threads.messages.list(thread, order="asc", limit=7))
    assert ids(client.beta.threads.messages.list(thread, limit=13)) == ids(reversed(messages))
    check_said(messages, thread, visitors)
    runs = [run for visitor in visitors for run in visitor.runs if run.thread_id == thread]
    assert all(run.status == "completed" for run in runs)
    assert Counter(ids(client.beta.threads.runs.list(thread, limit=9))) == Counter(ids(runs))
    check_answers(messages, runs)


def check_said(messages: list[Message], thread: str, visitors: list[Visitor]) -> None:
    """Exactly what was acknowledged is there, each client's messages in the order in which it sent them."""
    said = [message for message in messages if text_of(message).startswith("say ")]
    assert len(said) == sum(len(visitor.said[thread]) for visitor in visitors)
    for visitor in visitors:
        own = [message.id for message in said if text_of(message).startswith(f"say {visitor.number}.")]
        assert own == visitor.said[thread]


def check_answers(messages: list[Message], runs: list[Run]) -> None:
    """Each run has one answer, and nothing came between it and its question: the thread was locked."""
    answered = {answer.run_id: (text_of(question), text_of(answer)) for question, answer in pairwise(messages)}
    said = [message.run_id for message in messages if message.role == "assistant"]
    assert Counter(said) == Counter(ids(runs))
    for run in runs:
        question, answer = answered[run.id]
        assert answer == f"answer to {question}"


# Imported first and opened at the same moment, so that they really meet.
OPEN = """
import pathlib, sys, time
from local_api.storage.store import Store
while time.time() < float(sys.argv[2]): pass
Store(pathlib.Path(sys.argv[1]))
"""


@pytest.mark.parametrize("attempt", range(3))
def test_many_processes_open_the_same_new_file_at_once(tmp_path, attempt):
    command = [sys.executable, "-c", OPEN, str(tmp_path / "new.sqlite3"), str(time.time() + 2)]
    opening = [subprocess.Popen(command, cwd=COURSE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
    assert [process.communicate()[1] for process in opening] == [""] * 6
