"""The loop of model and tools, which takes runs and responses forward, one `advance` at a time.

It knows the order of things: ask the model, use the API's own tools, ask again, until there is an answer or the client
has to act. How that is recorded, and what else runs and responses can do, is up to its subclasses in
`assistants.run_machine` and `responses.machine`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any, ClassVar, Generic, TypeVar, cast

from local_api.model.model import Model, ModelFailure, ModelRequest, NoRoom
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.leases import Leased
from local_api.storage.store import Store

from .states import Lifecycle, Task
from .toolbox import Tool, Toolbox
from .turn import Emit, Interrupted, Turn, Work
from .usage import sum_of

LOG = logging.getLogger("local_api")
MOST_TURNS = 100  # calls of the model in one run or response; one that asks for tools forever ends here
TOO_MANY_TURNS = f"This called the model {MOST_TURNS} times and was not done. Do the tools give it what it needs?"
ABANDONED = "The program that worked on this stopped before it was done. Start it again."
BUG = "local_api itself failed while it worked on this. Please report it with what you did."

WorkKept = TypeVar("WorkKept", bound=Work)


def ignore(name: str, data: Mapping[str, Any]) -> None:
    """An `Emit` for when there is no stream."""


class Loop(ABC, Generic[Task, WorkKept]):
    """Takes runs or responses, here called tasks, from one status to the next.

    Args:
        store: where everything is kept.
        clock: gives the time.
        ids: gives ids to new objects.
        model: answers.
        toolbox: the tools that this API runs itself.
        leases: where several processes share the store: which tasks are being worked on.
    """

    kind: ClassVar[str]  # what the store calls the tasks
    lifecycle: ClassVar[Lifecycle]
    error: ClassVar[str]  # the member that says why a task failed
    cut: ClassVar[str]  # why a task is incomplete whose answer ended at the token limit

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        model: Model,
        toolbox: Toolbox,
        leases: Leased | None = None,
    ) -> None:
        self.store = store
        self.clock = clock
        self.ids = ids
        self.model = model
        self.toolbox = toolbox
        self._leases = leases
        self._in_work: set[str] = set()  # the tasks that some thread of this process is working on
        self.claims: dict[str, int] = {}  # which thread has claimed a task, where reading is what moves it

    def latest(self, task: Task) -> Task | None:
        """The task as it is in the store, or None if it was deleted."""
        return cast("Task | None", self.store.get(self.kind, task["id"], self._parent(task)))

    def current(self, task: Task) -> Task:
        """The task as it is now; one whose time is over, or that nobody works on any more, is ended first.

        There are no timers: expiry, abandoned and interrupted work take effect when the task is read.
        """
        if not self._must_end(task):
            return task
        with self.store.transaction():
            # Another thread may have moved it since this was read, so read it again before ending it.
            task = self.latest(task) or task
            if task["status"] in self.lifecycle.active and self._is_late(task):
                return self._end(task, "expired")
            if self._is_abandoned(task):
                return self._give_up(task)
            if self._is_interrupted(task):
                return self._end_interrupted(task)
            return task

    def advance(self, task: Task, emit: Emit = ignore) -> Task:
        """Take the task to its next visible status; one that rests, or was deleted, stays as it is.

        Args:
            task: the task as last read.
            emit: called with the name and the data of each stream event.
        """
        found = self.latest(task)
        if found is None:
            return task
        task = self.current(found)
        if task["status"] == "queued":
            return self._move(task, "in_progress", emit)
        if task["status"] == "in_progress":
            return self._call_model(task, emit)
        return task

    def settle(self, task: Task, emit: Emit = ignore) -> Task:
        """Take the task as far as it goes without the client."""
        with self._working_on(task):
            task = self.advance(task, emit)  # even one that rests: it may have expired
            while self.latest(task) and task["status"] not in self.lifecycle.resting:
                task = self.advance(task, emit)
            return task

    # --- how runs and responses differ ---

    @abstractmethod
    def _parent(self, task: Task) -> str:
        """The id of the object that the task belongs to, or an empty string."""

    @abstractmethod
    def _scope(self, task: Task) -> str:
        """The id of the object whose clock the task goes by."""

    @abstractmethod
    def _work(self, task: Task) -> WorkKept:
        """What is kept beside the task."""

    @abstractmethod
    def _turn(self, task: Task, work: WorkKept, emit: Emit) -> Turn:
        """The next turn of the task."""

    @abstractmethod
    def _request(self, task: Task, work: WorkKept, turn: Turn) -> ModelRequest:
        """What the model is asked in that turn.

        Raises:
            NoRoom: a token limit leaves nothing to ask or to answer.
        """

    @abstractmethod
    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        """The status, with the members that go with it, of a task whose client has to answer calls."""

    @abstractmethod
    def _stopped(self, task: Task, emit: Emit) -> str:
        """The last status of a task that was stopped in the middle of a turn."""

    @abstractmethod
    def _close(
        self, task: Task, status: str, work: WorkKept, error: Mapping[str, str] | None, emit: Emit
    ) -> dict[str, Any]:
        """End what the task left open, and return the members that it has at its end."""

    @abstractmethod
    def _announce(self, task: Task, emit: Emit) -> None:
        """Emit that the task has reached its status."""

    def _announce_end(self, task: Task, emit: Emit) -> None:
        """Emit an end that was brought about elsewhere."""
        self._announce(task, emit)

    def _is_late(self, task: Task) -> bool:
        """Whether the task's time is over."""
        return False

    # --- transitions ---

    def _call_model(self, task: Task, emit: Emit) -> Task:
        work = self._work(task)
        if work.turn == MOST_TURNS:
            return self._end(task, "failed", emit, **self._failure("server_error", TOO_MANY_TURNS))
        work.turn += 1
        # Repeating a turn would create its objects a second time. So a turn that is broken off before its results are
        # recorded, by an interrupted kernel say, is not repeated: `current` ends its task.
        with self._working_on(task):
            work.is_open = True
            self.store.put_work(task["id"], asdict(work))
            turn = self._turn(task, work, emit)
            status, members = self._outcome(task, work, turn, emit)
            return self._finish(task, work, turn, status, emit, members)

    @contextmanager
    def _working_on(self, task: Task) -> Iterator[None]:
        is_outermost = task["id"] not in self._in_work
        self._in_work.add(task["id"])
        try:
            yield
        finally:
            if is_outermost:
                self._in_work.discard(task["id"])

    def _outcome(self, task: Task, work: WorkKept, turn: Turn, emit: Emit) -> tuple[str, dict[str, Any]]:
        """Play a turn; returns the status to which it leads, with the members that go with it."""
        try:
            turn.play(self.model.respond(self._request(task, work, turn)), lambda: self._is_in_progress(task))
            turn.use(lambda: self._is_in_progress(task))
        except NoRoom as no_room:
            return "incomplete", {"incomplete_details": {"reason": str(no_room)}}
        except ModelFailure as failure:
            return "failed", self._failure(failure.code, failure.message)
        except Interrupted:
            return self._stopped(task, emit), {}
        except Exception:
            LOG.exception("local_api failed while it worked on %s", task["id"])
            return "failed", self._failure("server_error", BUG)
        if turn.cut:
            return "incomplete", {"incomplete_details": {"reason": self.cut}}
        if turn.waiting:
            return self._rest(turn)
        return ("in_progress" if turn.calls else "completed"), {}

    def _failure(self, code: str, message: str) -> dict[str, Any]:
        return {self.error: {"code": code, "message": message}}

    def _finish(self, task: Task, work: WorkKept, turn: Turn, status: str, emit: Emit, members: dict[str, Any]) -> Task:
        """Keep what a turn brought, and go where it leads, unless the task was ended elsewhere meanwhile."""
        with self.store.transaction():
            if self.latest(task) is None:
                return task
            turn.save()
            now = self.latest(task) or task
            if now["status"] in self.lifecycle.terminal:
                self._announce_end(now, emit)
                return now
            work.made, work.turn_usage, work.pictures = turn.made, turn.unshown_usage, turn.pictures
            work.searches = turn.context.searches
            work.items += turn.items
            work.is_open = False
            work.own_calls += turn.own_calls
            work.usage = sum_of(work.usage, turn.usage)
            self.store.put_work(task["id"], asdict(work))
            if status == "in_progress":
                return now
            move = self._end if status in self.lifecycle.terminal else self._move
            return move(now, status, emit, **members)

    def _end(self, task: Task, status: str, emit: Emit = ignore, **members: Any) -> Task:
        """The one way into a terminal status: whatever the task left open ends with it."""
        with self.store.transaction():
            task = self.latest(task) or task
            if status not in self.lifecycle.transitions[task["status"]]:
                return task
            self.claims.pop(task["id"], None)
            closed = self._close(task, status, self._work(task), members.get(self.error), emit)
            return self._move(task, status, emit, **closed, **members)

    def _give_up(self, task: Task) -> Task:
        return self._end(task, "failed", **self._failure("server_error", ABANDONED))

    def _move(self, task: Task, status: str, emit: Emit, **members: Any) -> Task:
        """The task in its next status, or as it is if it was moved elsewhere meanwhile (by a cancel, say)."""
        with self.store.transaction():
            task = self.latest(task) or task
            if status not in self.lifecycle.transitions[task["status"]]:
                return task
            task = self.lifecycle.moved(task, status, self.clock.tick(self._scope(task)), **members)
            self.store.put(task)
        self._announce(task, emit)
        return task

    def _is_in_progress(self, task: Task) -> bool:
        now = self.latest(task)
        return now is not None and now["status"] == "in_progress" and not self._is_late(now)

    def _must_end(self, task: Task) -> bool:
        return task["status"] in self.lifecycle.active and (
            self._is_late(task) or self._is_abandoned(task) or self._is_interrupted(task)
        )

    def _is_interrupted(self, task: Task) -> bool:
        """Whether a turn was broken off in this process. Where processes share the store, leases tell."""
        if self._leases is not None or task["status"] != "in_progress" or task["id"] in self._in_work:
            return False
        return self._work(task).is_open

    def _end_interrupted(self, task: Task) -> Task:
        return self._end(task, "cancelled")

    def _is_abandoned(self, task: Task) -> bool:
        return self._leases is not None and task["status"] in self.lifecycle.working and self._leases.lapsed(task["id"])

    def _own_tools(self, task: Task) -> dict[str, Tool]:
        return self.toolbox.named((tool["type"] for tool in task["tools"]), function_names(task["tools"]))


def function_names(tools: Iterable[Mapping[str, Any]]) -> set[str]:
    """The names of the user's functions among tools; a run nests what a response has beside the type."""
    return {(tool.get("function") or tool)["name"] for tool in tools if tool["type"] == "function"}
