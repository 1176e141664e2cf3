"""Random operations on a recorded home, against a small model of what each of them must do.

Reading is what moves a run here, so the model can tell every status and every list exactly.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openai
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from openai.types.beta.threads import Message, Run

from budget import LONG_TESTS
from contract.talks import BREAKS_OFF, HELLO, REPORTER, TOOL, outputs_for, skip_time, talk, text_of
from local_api import create_app, recorded_home
from local_api.http.in_process import client_over
from server.running import write_recording

MIDWAY = {"queued", "in_progress", "cancelling"}
ACTIVE = {*MIDWAY, "requires_action"}
LIFETIME = 600  # seconds until a run expires
NEWEST_ONLY = {"type": "last_messages", "last_messages": 1}

WEATHER = "Paris and Rome?"
CALLS = {"calls": [{"name": "get_weather", "arguments": {"city": city}} for city in ("Paris", "Rome")]}
BREAK_OFF = BREAKS_OFF["messages"][1]
OUTPUTS = ("18", "24")
REPORT = "Paris 18, Rome 24."
CONVERSATIONS = [
    [{"user": "hi"}, {"assistant": HELLO}],
    [{"user": WEATHER}, CALLS, {"outputs": list(OUTPUTS)}, {"assistant": REPORT}],
    [{"user": "Tell me all"}, BREAK_OFF],
]
TALKS = [talk(*messages, instructions=REPORTER, tools=["get_weather"]) for messages in CONVERSATIONS]

# Where a run rests, and what it says, by the message that it answers and the outputs that it has. The rest are misses.
OUTCOMES = {
    ("hi", None): ("completed", HELLO),
    (WEATHER, None): ("requires_action", None),
    (WEATHER, OUTPUTS): ("completed", REPORT),
    ("Tell me all", None): ("failed", BREAK_OFF["assistant"]),
}
MISS = ("failed", None)

# What takes a long sequence to reach is drawn more often: calls, and the object that something is going on with.
TEXTS = st.sampled_from(["hi", WEATHER, WEATHER, WEATHER, "Tell me all", "Nobody recorded this"])
METADATA = st.dictionaries(st.sampled_from("abc"), st.sampled_from("xyz"), max_size=2)
WHICH = st.sampled_from([0, 0, 0, 0, 1, 2, 3])  # one of several objects
MANY = 5
PAGES = {"limit": st.integers(1, 3), "order": st.sampled_from(["asc", "desc"]), "backwards": st.booleans()}


@dataclass
class KnownMessage:
    """A message as it must be; one that a run has written is `None` until it is listed."""

    id: str | None
    role: str
    text: str
    metadata: dict[str, str] = field(default_factory=dict)


@dataclass
class KnownRun:
    """A run as it must be."""

    id: str
    thread: KnownThread
    instructions: str | None
    status: str = "queued"
    outputs: tuple[str, str] | None = None
    steps: int = 0
    metadata: dict[str, str] = field(default_factory=dict)

    def look(self) -> None:
        """Somebody has read it: it moves on by one status."""
        if self.status == "in_progress":
            self._play()
        else:
            self.status = {"queued": "in_progress", "cancelling": "cancelled"}.get(self.status, self.status)

    def settle(self) -> None:
        """Somebody has read what it makes."""
        while self.status in MIDWAY:
            self.look()

    def _play(self) -> None:
        newest = self.thread.messages[-1] if self.thread.messages else KnownMessage(None, "none", "")
        is_known = newest.role == "user" and self.instructions == REPORTER
        self.status, said = OUTCOMES.get((newest.text, self.outputs), MISS) if is_known else MISS
        self.steps += said is not None or self.status == "requires_action"
        if said:
            self.thread.messages.append(KnownMessage(None, "assistant", said))


@dataclass
class KnownThread:
    """A thread as it must be, with all that is in it, oldest first."""

    id: str
    metadata: dict[str, str]
    messages: list[KnownMessage] = field(default_factory=list)
    runs: list[KnownRun] = field(default_factory=list)

    @property
    def active(self) -> KnownRun | None:
        return next((run for run in self.runs if run.status in ACTIVE), None)

    @property
    def has_question(self) -> bool:
        return any(message.role == "user" for message in self.messages)


@dataclass
class KnownAssistant:
    """An assistant as it must be."""

    id: str
    instructions: str | None
    metadata: dict[str, str]


def one_of(known: list, which: int) -> Any:
    return known[which % len(known)]


def ids(objects: list) -> list[str]:
    return [object.id for object in objects]


@contextmanager
def refused(kind: type[openai.APIStatusError], text: str) -> Iterator[None]:
    """The request inside is refused, and told so."""
    try:
        yield
    except kind as error:
        assert text in error.message
    else:
        raise AssertionError(f"This should have been refused: {text}")


def walk(page_of: Callable[..., Any], limit: int, order: str, backwards: bool) -> list[Any]:
    """A whole list in the order asked for: from its start on, or from its end back."""
    found = page_of(limit=100, order=order).data[-1:] if backwards else []
    has_more, is_first = bool(found) or not backwards, True
    while has_more:
        page = page_of(limit=limit, order=order, **cursor(found, backwards))
        assert page.data or is_first  # the page before has promised more
        assert len(page.data) == limit or not page.has_more
        assert not set(ids(page.data)) & set(ids(found))  # else this would go on for ever
        found = page.data + found if backwards else found + page.data
        has_more, is_first = page.has_more, False
    return found


def cursor(found: list[Any], backwards: bool) -> dict[str, str]:
    """Where the next page begins, or ends."""
    if not found:
        return {}
    return {"before": found[0].id} if backwards else {"after": found[-1].id}


class Operations(RuleBasedStateMachine):
    """What a client does, in any order."""

    @initialize()
    def open_home(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            home = recorded_home(write_recording(Path(folder), *TALKS).parent)
        http = client_over(create_app(home))
        # No retries: they would hide an answer of 500.
        self.client = openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http, max_retries=0)
        self.beta = self.client.beta
        self.assistants: list[KnownAssistant] = []
        self.threads: list[KnownThread] = []
        self.deleted: list[Callable[[], object]] = []  # each tries to read what is deleted
        self.used_ids: set[str] = set()
        self.create_assistant({}, REPORTER)
        self.create_thread({}, [])

    def teardown(self) -> None:
        """Whatever has happened, every run comes to its end and every thread goes on."""
        for thread in self.threads:
            self._finish(thread)
            self._say(thread, "user", "hi")
            self.list_messages(0, limit=2, order="asc", backwards=False, thread=thread)
        self.client.close()

    # --- assistants ---

    @precondition(lambda self: len(self.assistants) < MANY)
    @rule(metadata=METADATA, instructions=st.sampled_from([REPORTER, REPORTER, REPORTER, None]))
    def create_assistant(self, metadata: dict, instructions: str | None) -> None:
        made = self.beta.assistants.create(model="m", metadata=metadata, instructions=instructions, tools=[TOOL])
        self._is_new(made.id)
        self.assistants.append(KnownAssistant(made.id, instructions, metadata))

    @precondition(lambda self: self.assistants)
    @rule(which=WHICH, metadata=METADATA)
    def modify_assistant(self, which: int, metadata: dict) -> None:
        known = one_of(self.assistants, which)
        known.metadata = {**known.metadata, **metadata}
        changed = self.beta.assistants.update(known.id, metadata=metadata)
        assert (changed.metadata, changed.instructions) == (known.metadata, known.instructions)
        assert self.beta.assistants.retrieve(known.id) == changed

    @precondition(lambda self: self.assistants)
    @rule(which=WHICH)
    def delete_assistant(self, which: int) -> None:
        known = self.assistants.pop(which % len(self.assistants))
        assert self.beta.assistants.delete(known.id).deleted
        self.deleted.append(lambda: self.beta.assistants.retrieve(known.id))

    @rule(**PAGES)
    def list_assistants(self, **how: Any) -> None:
        self._same(walk(self.beta.assistants.list, **how), ids(self.assistants), how["order"])

    # --- threads and messages ---

    @precondition(lambda self: len(self.threads) < MANY)
    @rule(metadata=METADATA, texts=st.lists(TEXTS, max_size=3))
    def create_thread(self, metadata: dict, texts: list[str]) -> None:
        messages = [{"role": "user", "content": text} for text in texts]
        made = self.beta.threads.create(metadata=metadata, messages=messages)
        self._is_new(made.id)
        self.threads.append(KnownThread(made.id, metadata, [KnownMessage(None, "user", text) for text in texts]))

    @precondition(lambda self: self.threads)
    @rule(which=WHICH, metadata=METADATA)
    def modify_thread(self, which: int, metadata: dict) -> None:
        """Allowed under a lock."""
        known = one_of(self.threads, which)
        known.metadata = {**known.metadata, **metadata}
        assert self.beta.threads.update(known.id, metadata=metadata).metadata == known.metadata
        assert self.beta.threads.retrieve(known.id).metadata == known.metadata

    @precondition(lambda self: len(self.threads) > 1)
    @rule(which=WHICH)
    def delete_thread(self, which: int) -> None:
        """With all that is in it, even if a run is active."""
        known = self.threads.pop(which % len(self.threads))
        assert self.beta.threads.delete(known.id).deleted
        self.deleted.append(lambda: self.beta.threads.retrieve(known.id))
        self.deleted.append(lambda: self.beta.threads.messages.list(known.id))
        for run in known.runs:
            self.deleted.append(lambda run=run: self.beta.threads.runs.retrieve(run.id, thread_id=known.id))

    @precondition(lambda self: self.threads)
    @rule(which=WHICH, role=st.sampled_from(["user", "user", "assistant"]), text=TEXTS)
    def create_message(self, which: int, role: str, text: str) -> None:
        known = one_of(self.threads, which)
        if not known.active:
            return self._say(known, role, text)
        with refused(openai.BadRequestError, f"Can't add messages to {known.id} while a run {known.active.id} is"):
            self.beta.threads.messages.create(known.id, role=role, content=text)
        self._looked(known.active)

    @precondition(lambda self: any(self._listed()))
    @rule(which=WHICH, metadata=METADATA)
    def modify_message(self, which: int, metadata: dict) -> None:
        thread, known = one_of(self._listed(), which)
        known.metadata = {**known.metadata, **metadata}
        changed = self.beta.threads.messages.update(known.id, thread_id=thread.id, metadata=metadata)
        assert (changed.metadata, text_of(changed)) == (known.metadata, known.text)
        assert self.beta.threads.messages.retrieve(known.id, thread_id=thread.id) == changed

    @precondition(lambda self: any(self._listed()))
    @rule(which=WHICH)
    def delete_message(self, which: int) -> None:
        thread, known = one_of(self._listed(), which)
        assert self.beta.threads.messages.delete(known.id, thread_id=thread.id).deleted
        thread.messages.remove(known)
        self.deleted.append(lambda: self.beta.threads.messages.retrieve(known.id, thread_id=thread.id))

    @precondition(lambda self: self.threads)
    @rule(which=WHICH, **PAGES)
    def list_messages(self, which: int, thread: KnownThread | None = None, **how: Any) -> None:
        """Takes the active run to its rest, and lists what it has written."""
        known = thread or one_of(self.threads, which)
        if known.active:
            known.active.settle()
        found = walk(lambda **query: self.beta.threads.messages.list(known.id, **query), **how)
        oldest_first = found if how["order"] == "asc" else found[::-1]
        self._learn_ids(known, oldest_first)
        seen = [(message.id, message.role, text_of(message), message.metadata) for message in oldest_first]
        assert seen == [(message.id, message.role, message.text, message.metadata) for message in known.messages]

    # --- runs ---

    @precondition(lambda self: self.threads and self.assistants)
    @rule(which=WHICH, by=WHICH, text=st.none() | TEXTS, stream=st.booleans())
    def create_run(self, which: int, by: int, text: str | None, stream: bool) -> None:
        thread, assistant = one_of(self.threads, which), one_of(self.assistants, by)
        start = lambda: self._start(thread, assistant, text, stream)  # noqa: E731
        if thread.active:
            with refused(openai.BadRequestError, f"Thread {thread.id} already has an active run {thread.active.id}."):
                start()
            self._looked(thread.active)
        elif not (thread.has_question or text or assistant.instructions):
            with refused(openai.BadRequestError, "Run creation requires a Thread with a user message"):
                start()
        else:
            self._started(thread, assistant, text, start())

    @precondition(lambda self: any(self._runs()))
    @rule(which=WHICH)
    def retrieve_run(self, which: int) -> None:
        known = one_of(self._runs(), which)
        known.look()
        self._same_run(self._retrieve(known), known)

    @precondition(lambda self: any(self._runs()))
    @rule(which=WHICH, metadata=METADATA)
    def modify_run(self, which: int, metadata: dict) -> None:
        """Does not move it."""
        known = one_of(self._runs(), which)
        known.metadata = {**known.metadata, **metadata}
        self._same_run(self._modify(known, metadata), known)

    @precondition(lambda self: any(self._runs()))
    @rule(which=WHICH)
    def cancel_run(self, which: int) -> None:
        known = one_of(self._runs(), which)
        if known.status in ACTIVE - {"cancelling"}:
            known.status = "cancelling"
            self._same_run(self._cancel(known), known)
        else:
            with refused(openai.BadRequestError, f"Cannot cancel run with status '{known.status}'."):
                self._cancel(known)

    @precondition(lambda self: any(self._runs()))
    @rule(which=WHICH, values=st.sampled_from([OUTPUTS, OUTPUTS, ("19", "24")]))
    def submit_outputs(self, which: int, values: tuple[str, str]) -> None:
        known = one_of(self._runs(), which)
        if known.status != "requires_action":
            with refused(openai.BadRequestError, f'Runs in status "{known.status}" do not accept tool outputs.'):
                self._submit(known, [{"tool_call_id": "call_unknown", "output": "18"}])
            return
        outputs = outputs_for(self._retrieve(known), *values)
        with refused(openai.BadRequestError, "Expected tool outputs for call_ids"):
            self._submit(known, outputs[1:])
        known.status, known.outputs = "queued", values
        self._same_run(self._submit(known, outputs), known)

    @precondition(lambda self: self.threads)
    @rule(which=WHICH, **PAGES)
    def list_runs(self, which: int, **how: Any) -> None:
        """Moves the active run by one with each page."""
        known = one_of(self.threads, which)

        def page_of(**query: Any) -> Any:
            if known.active:
                known.active.look()
            return self.beta.threads.runs.list(known.id, **query)

        self._same(walk(page_of, **how), ids(known.runs), how["order"])

    @precondition(lambda self: any(self._runs()))
    @rule(which=WHICH, **PAGES)
    def list_steps(self, which: int, **how: Any) -> None:
        known = one_of(self._runs(), which)
        known.settle()
        self._same_steps(known, **how)

    # --- time, and what is gone ---

    @rule(seconds=st.sampled_from([1, 1, 1, LIFETIME + 1]), touch=st.sampled_from(["metadata", "steps", None]))
    def skip_time(self, seconds: int, touch: str | None) -> None:
        """A run that expires does so whoever comes first, and for whatever."""
        skip_time(self.client, seconds)
        expired = [run for run in self._runs() if run.status in ACTIVE and seconds > LIFETIME]
        for run in expired:
            run.status = "expired"
            if touch == "metadata":
                self._same_run(self._modify(run, {}), run)
            elif touch == "steps":
                self._same_steps(run, limit=2, order="asc", backwards=False)

    @precondition(lambda self: self.deleted)
    @rule(which=WHICH)
    def what_is_deleted_stays_away(self, which: int) -> None:
        with refused(openai.NotFoundError, "No "):
            one_of(self.deleted, which)()

    # --- how it is done ---

    def _listed(self) -> list[tuple[KnownThread, KnownMessage]]:
        return [(thread, message) for thread in self.threads for message in thread.messages if message.id]

    def _runs(self) -> list[KnownRun]:
        """All runs, the active ones first."""
        runs = [run for thread in self.threads for run in thread.runs]
        return sorted(runs, key=lambda run: run.status not in ACTIVE)

    def _is_new(self, id: str) -> None:
        assert id not in self.used_ids
        self.used_ids.add(id)

    def _same(self, found: list, known: list[str], order: str) -> None:
        assert ids(found) == (known if order == "asc" else known[::-1])

    def _same_run(self, found: Run, known: KnownRun) -> None:
        assert (found.id, found.status, found.metadata) == (known.id, known.status, known.metadata)
        assert (found.required_action is not None) == (known.status == "requires_action")
        assert (found.last_error is not None) == (known.status == "failed")
        assert (found.usage is None) == (known.status in ACTIVE)

    def _same_steps(self, known: KnownRun, **how: Any) -> None:
        steps = self.beta.threads.runs.steps
        found = walk(lambda **query: steps.list(known.id, thread_id=known.thread.id, **query), **how)
        assert len(set(ids(found))) == len(found) == known.steps
        still_open = [step.status for step in found if step.status == "in_progress"]
        assert len(still_open) == (known.status == "requires_action")

    def _looked(self, known: KnownRun) -> None:
        """It was in somebody's way, who was refused: that moves it as a look does."""
        known.look()
        self._same_run(self._modify(known, {}), known)

    def _learn_ids(self, thread: KnownThread, messages: list[Message]) -> None:
        for known, message in zip(thread.messages, messages, strict=True):
            if known.id is None:
                self._is_new(message.id)
                known.id = message.id

    def _say(self, thread: KnownThread, role: str, text: str) -> None:
        made = self.beta.threads.messages.create(thread.id, role=role, content=text)
        self._is_new(made.id)
        thread.messages.append(KnownMessage(made.id, role, text))

    def _start(self, thread: KnownThread, assistant: KnownAssistant, text: str | None, stream: bool) -> Run | list:
        more = [{"role": "user", "content": text}] if text else None
        options = {"thread_id": thread.id, "assistant_id": assistant.id, "additional_messages": more}
        answer = self.beta.threads.runs.create(**options, truncation_strategy=NEWEST_ONLY, stream=stream)
        return list(answer) if stream else answer

    def _started(self, thread: KnownThread, assistant: KnownAssistant, text: str | None, answer: Run | list) -> None:
        if text:
            thread.messages.append(KnownMessage(None, "user", text))
        runs = [event.data for event in answer if isinstance(event.data, Run)] if isinstance(answer, list) else [answer]
        self._is_new(runs[0].id)
        known = KnownRun(runs[0].id, thread, assistant.instructions)
        thread.runs.append(known)
        self._same_run(runs[0], known)
        if isinstance(answer, list):
            known.settle()
            self._same_run(runs[-1], known)

    def _retrieve(self, known: KnownRun) -> Run:
        return self.beta.threads.runs.retrieve(known.id, thread_id=known.thread.id)

    def _modify(self, known: KnownRun, metadata: dict) -> Run:
        return self.beta.threads.runs.update(known.id, thread_id=known.thread.id, metadata=metadata)

    def _cancel(self, known: KnownRun) -> Run:
        return self.beta.threads.runs.cancel(known.id, thread_id=known.thread.id)

    def _submit(self, known: KnownRun, outputs: list[dict]) -> Run:
        return self.beta.threads.runs.submit_tool_outputs(known.id, thread_id=known.thread.id, tool_outputs=outputs)

    def _finish(self, thread: KnownThread) -> None:
        """Poll the active run, and cancel it if it waits."""
        while known := thread.active:
            if known.status == "requires_action":
                known.status = "cancelling"
                self._same_run(self._cancel(known), known)
            known.look()
            self._same_run(self._retrieve(known), known)


@pytest.mark.parametrize("touch", ["metadata", "steps"])
@pytest.mark.parametrize("text", [WEATHER, "hi"])
def test_a_run_expires_whoever_comes_first(touch, text):
    """A sequence that the short random run seldom meets: the run waits for outputs, or is queued, until too late."""
    operations = Operations()
    operations.open_home()
    operations.create_run(which=0, by=0, text=text, stream=text == WEATHER)
    operations.skip_time(seconds=LIFETIME + 1, touch=touch)
    operations.teardown()


TestOperations = Operations.TestCase
TestOperations.settings = settings(
    max_examples=1500 if LONG_TESTS else 40,
    stateful_step_count=60,
    deadline=None,
    derandomize=not LONG_TESTS,  # CI does the same today and tomorrow; the long run looks further each time
    database=None,
    phases=[Phase.generate, Phase.shrink] if LONG_TESTS else [Phase.generate],  # to shrink takes minutes
    suppress_health_check=list(HealthCheck),
)
