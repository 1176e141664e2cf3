"""Runs and their steps: created, followed, answered and cancelled by clients."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from local_api import errors
from local_api.bodies.metadata import merged_metadata
from local_api.bodies.queries import PageRequest
from local_api.documents.files import Files
from local_api.documents.vector_stores import VectorStores, searched_by
from local_api.engine.drivers import Driver, StreamEvent
from local_api.storage.store import Page, Store

from .assistants import Assistants
from .objects import Run, Step
from .records import Records
from .run_machine import RunMachine
from .threads import Threads


@dataclass(frozen=True)
class Queued:
    """A run that is about to be worked on, by `Runs.start` or `Runs.stream`.

    Args:
        run: as clients see it.
        events: the events of its stream that have happened already.
    """

    run: Run
    events: list[StreamEvent]


class Runs:
    """What the API does with runs and steps.

    Args:
        store, files, vector_stores, assistants, threads: the home's.
        machine, driver: work on the runs.
    """

    def __init__(
        self,
        store: Store,
        *,
        files: Files,
        vector_stores: VectorStores,
        assistants: Assistants,
        threads: Threads,
        machine: RunMachine,
        driver: Driver[Run],
    ) -> None:
        self._store = store
        self._files = files
        self._vector_stores = vector_stores
        self._assistants = assistants
        self._threads = threads
        self._machine = machine
        self._driver = driver
        self._runs = Records[Run](store, "run")
        self._steps = Records[Step](store, "step")

    @property
    def poll_after_ms(self) -> int:
        """How long a client that polls should wait between two reads, in milliseconds."""
        return self._driver.poll_after_ms

    # --- set to work ---

    def create(self, thread_id: str, given: dict[str, Any]) -> Queued:
        """Create a run, after its additional messages.

        Args:
            thread_id: the thread.
            given: a checked `CreateRun` as JSON.

        Raises:
            APIError: the thread or the assistant doesn't exist, a run is active on the thread, there is nothing to
                send to the model, or a vector store that it would search has expired.
        """
        with self._store.transaction():
            self._threads.find(thread_id)
            assistant = self._assistants.find(given["assistant_id"])
            active = self._machine.active(thread_id)
            if not active:
                for message in given.get("additional_messages") or []:
                    self._threads.add_message(thread_id, message)
                run = self._machine.create(thread_id, assistant, given)
                vector_store_ids = searched_by(run, assistant, self._threads.find(thread_id))
                self._vector_stores.check_alive(vector_store_ids)
                self._vector_stores.touch(vector_store_ids, run["created_at"])
                self._driver.claim(run)
                return Queued(run, [("thread.run.created", run), ("thread.run.queued", run)])
        # In a recorded lesson a run advances only when it is read, and a client that retries waits for just this.
        self._driver.advance(active)
        raise errors.run_active(thread_id, active["id"])

    def create_with_thread(self, given: dict[str, Any]) -> Queued:
        """Create a thread and a run on it, both or neither.

        Args:
            given: a checked `CreateThreadAndRun` as JSON.

        Raises:
            APIError: as `Threads.create` and `create`.
        """
        with self._store.transaction():
            self._assistants.find(given["assistant_id"])
            self._files.check(given.get("tool_resources"))
            self._vector_stores.check(given.get("tool_resources"))
            thread = self._threads.create(given.get("thread") or {})
            of_run = {name: value for name, value in given.items() if name != "thread"}
            queued = self.create(thread["id"], of_run)
        return replace(queued, events=[("thread.created", thread), *queued.events])

    def submit(self, thread_id: str, run_id: str, outputs: list[dict[str, str]]) -> Queued:
        """Take the outputs of the calls that a run waits for, and queue it again.

        Args:
            thread_id, run_id: the run.
            outputs: for each call its `tool_call_id` and its `output`.

        Raises:
            APIError: the run doesn't exist or doesn't wait for outputs, or they are not exactly one for each call.
        """
        events: list[StreamEvent] = []
        with self._store.transaction():
            run = self.find(thread_id, run_id)
            run = self._machine.submit(run, outputs, lambda name, data: events.append((name, data)))
            self._driver.claim(run)
        return Queued(run, events)

    def start(self, queued: Queued) -> Run:
        """Have a queued run worked on; returns it as it was queued."""
        self._driver.start(queued.run)
        return queued.run

    def stream(self, queued: Queued, with_texts: bool = False) -> Iterator[StreamEvent | None]:
        """Have a queued run worked on, and return its events until it ends or waits for its client.

        Args:
            queued: the run.
            with_texts: whether completed steps include the texts that a file search found.

        Returns:
            The events, with None as a keep-alive.
        """
        events = self._driver.stream(queued.run, queued.events)
        return self._with_texts(events) if with_texts else events

    # --- followed, changed and cancelled ---

    def find(self, thread_id: str, run_id: str) -> Run:
        """The run with this id, as it is stored.

        Raises:
            APIError: the thread or the run doesn't exist.
        """
        self._threads.find(thread_id)
        return self._runs.find(run_id, thread_id)

    def retrieve(self, thread_id: str, run_id: str) -> Run:
        """The run as it is now. In a recorded lesson, reading it advances it by one status.

        Raises:
            APIError: the thread or the run doesn't exist.
        """
        return self._driver.advance(self.find(thread_id, run_id))

    def page(self, thread_id: str, request: PageRequest) -> Page:
        """A page of a thread's runs. In a recorded lesson, reading them advances the active one.

        Raises:
            APIError: the thread doesn't exist, or a cursor is not in the list.
        """
        self._threads.find(thread_id)
        active = self._machine.active(thread_id)
        if active:
            self._driver.advance(active)
        return self._runs.page(request, thread_id)

    def modify(self, thread_id: str, run_id: str, given: dict[str, Any]) -> Run:
        """Change a run's metadata.

        Args:
            thread_id, run_id: the run.
            given: a checked `MetadataOnly` as JSON, to be merged.

        Raises:
            APIError: the thread or the run doesn't exist, or it would have too many metadata.
        """
        with self._store.transaction():
            run = self._machine.current(self.find(thread_id, run_id))
            if "metadata" in given:
                run["metadata"] = merged_metadata(run["metadata"], given["metadata"])
            self._store.put(run)
        return run

    def cancel(self, thread_id: str, run_id: str) -> Run:
        """Ask a run to stop; returns it as `cancelling`.

        Raises:
            APIError: the thread or the run doesn't exist, or the run has ended or is being cancelled already.
        """
        with self._store.transaction():
            before = self.find(thread_id, run_id)
            run = self._machine.cancel(before)
            is_idle = before["status"] == "requires_action"
            if is_idle:
                self._driver.claim(run)
        if is_idle:  # no worker is on it that could notice
            self._driver.start(run)
        return run

    # --- steps ---

    def page_steps(self, thread_id: str, run_id: str, request: PageRequest, with_texts: bool = False) -> Page:
        """A page of a run's steps. In a recorded lesson, the run is worked on first.

        Args:
            thread_id, run_id: the run.
            request: which page.
            with_texts: whether they include the texts that a file search found.

        Raises:
            APIError: the thread or the run doesn't exist, or a cursor is not in the list.
        """
        self._driver.settle(self.find(thread_id, run_id))
        page = self._steps.page(request, run_id)
        if not with_texts:
            return page
        return replace(page, data=[dict(self._step_with_texts(cast("Step", step))) for step in page.data])

    def retrieve_step(self, thread_id: str, run_id: str, step_id: str, with_texts: bool = False) -> Step:
        """A step of a run. In a recorded lesson, the run is worked on first.

        Args:
            thread_id, run_id, step_id: the step.
            with_texts: whether it includes the texts that a file search found.

        Raises:
            APIError: the thread, the run or the step doesn't exist.
        """
        self._driver.settle(self.find(thread_id, run_id))
        step = self._steps.find(step_id, run_id)
        return self._step_with_texts(step) if with_texts else step

    def _with_texts(self, events: Iterator[StreamEvent | None]) -> Iterator[StreamEvent | None]:
        for event in events:
            if event and event[0] == "thread.run.step.completed":
                yield event[0], self._step_with_texts(cast("Step", event[1]))
            else:
                yield event

    def _step_with_texts(self, step: Step) -> Step:
        """The step, with the texts of its search results; they are stored beside it, as its work."""
        details = step["step_details"]
        if details["type"] == "tool_calls":
            texts = self._store.get_work(step["id"]).get("texts", [])
            for call in details["tool_calls"]:
                if call["type"] == "file_search":
                    for result, text in zip(call["file_search"]["results"], texts, strict=False):
                        result["content"] = [{"type": "text", "text": text}]
        return step
