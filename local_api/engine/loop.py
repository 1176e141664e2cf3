"""The loop of model and tools, in which runs and responses are worked on, one `advance` at a time.

It knows the order of things: ask the model, use our own tools, ask again, until there is an answer or the client has
to do something. How that is written down, and what else runs and responses can do, is in `machine` and in
`response_machine`.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar

from local_api.model.model import Model, ModelFailure, ModelRequest, NoRoom
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.leases import Leased
from local_api.storage.store import Store

from .states import Life
from .toolbox import Tool, Toolbox
from .turn import Emit, Interrupted, Turn, Work
from .usage import sum_of

LOG = logging.getLogger("local_api")
MOST_TURNS = 100  # calls of the model in one run or response; one that asks for tools for ever ends here
TOO_MANY_TURNS = f"This called the model {MOST_TURNS} times and was not done. Do the tools give it what it needs?"
ABANDONED = "The program that worked on this stopped before it was done. Start it again."
BUG = "local_api itself failed while it worked on this. Please report it with what you did."


def ignore(name: str, data: dict) -> None:
    """An `Emit` for when nobody listens."""


class Loop(ABC):
    """Takes runs or responses, here called tasks, from one status to the next.

    Args:
        store: where everything is kept.
        clock: tells the time.
        ids: names new objects.
        model: answers.
        toolbox: the tools that this API runs itself.
        leases: where several processes share the store: which tasks are being worked on.
    """

    kind: ClassVar[str]  # what the store calls the tasks
    life: ClassVar[Life]
    error: ClassVar[str]  # the member that tells why a task failed
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

    def latest(self, task: dict) -> dict | None:
        """The task as it is in the store, or None if it was deleted."""
        return self.store.get(self.kind, task["id"], self._parent(task))

    def current(self, task: dict) -> dict:
        """The task as it is now: that its time is over, or that its worker is gone, is found out by looking."""
        if task["status"] not in self.life.active or not (self._is_late(task) or self._is_abandoned(task)):
            return task
        with self.store.transaction():
            # Things may have moved on since this was read: look again before ending it.
            task = self.latest(task) or task
            if task["status"] in self.life.active and self._is_late(task):
                return self._end(task, "expired")
            if self._is_abandoned(task):
                return self._give_up(task)
            return task

    def advance(self, task: dict, emit: Emit = ignore) -> dict:
        """Take the task to its next visible status; one that rests stays as it is, and so does one that is deleted.

        Args:
            task: the task as last seen.
            emit: is told each stream event, by its name and data.
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

    def settle(self, task: dict, emit: Emit = ignore) -> dict:
        """Take the task as far as it goes without the client."""
        task = self.advance(task, emit)  # even one that rests: it may have expired
        while self.latest(task) and task["status"] not in self.life.resting:
            task = self.advance(task, emit)
        return task

    # --- how runs and responses differ ---

    @abstractmethod
    def _parent(self, task: dict) -> str:
        """The id of the object that the task goes with, or an empty string."""

    @abstractmethod
    def _scope(self, task: dict) -> str:
        """Whose time it is that passes for the task."""

    @abstractmethod
    def _work(self, task: dict) -> Work:
        """What is kept beside the task."""

    @abstractmethod
    def _turn(self, task: dict, work: Work, emit: Emit) -> Turn:
        """The next turn of the task."""

    @abstractmethod
    def _request(self, task: dict, work: Work, turn: Turn) -> ModelRequest:
        """What the model is asked in that turn.

        Raises:
            NoRoom: a token limit leaves nothing to ask or to answer.
        """

    @abstractmethod
    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        """The status, with the members that go with it, of a task whose client has to answer calls."""

    @abstractmethod
    def _stopped(self, task: dict, emit: Emit) -> str:
        """The last status of a task that was stopped in the middle of a turn."""

    @abstractmethod
    def _close(self, task: dict, status: str, work: Work, error: dict | None, emit: Emit) -> dict:
        """End what the task left open, and return the task with the members that it has at its end."""

    @abstractmethod
    def _tell(self, task: dict, emit: Emit) -> None:
        """Tell those who listen that the task is in another status."""

    def _tell_end(self, task: dict, emit: Emit) -> None:
        """Tell them of an end that somebody else brought about."""
        self._tell(task, emit)

    def _is_late(self, task: dict) -> bool:
        """Whether the task's time is over."""
        return False

    # --- transitions ---

    def _call_model(self, task: dict, emit: Emit) -> dict:
        work = self._work(task)
        if work.turn == MOST_TURNS:
            return self._end(task, "failed", emit, **self._failure("server_error", TOO_MANY_TURNS))
        work.turn += 1
        turn = self._turn(task, work, emit)
        status, members = self._outcome(task, work, turn, emit)
        return self._finish(task, work, turn, status, emit, members)

    def _outcome(self, task: dict, work: Work, turn: Turn, emit: Emit) -> tuple[str, dict[str, Any]]:
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

    def _finish(self, task: dict, work: Work, turn: Turn, status: str, emit: Emit, members: dict[str, Any]) -> dict:
        """Keep what a turn brought, and go where it leads; unless somebody else has ended the task meanwhile."""
        with self.store.transaction():
            if self.latest(task) is None:
                return task
            turn.save()
            now = self.latest(task)
            work.made, work.turn_usage, work.pictures = turn.made, turn.unshown_usage, turn.pictures
            work.searches = turn.context.searches
            work.items += turn.items
            work.usage = sum_of(work.usage, turn.usage)
            self.store.put_work(task["id"], asdict(work))
            if now["status"] in self.life.terminal:
                self._tell_end(now, emit)
                return now
            if status == "in_progress":
                return now
            move = self._end if status in self.life.terminal else self._move
            return move(now, status, emit, **members)

    def _end(self, task: dict, status: str, emit: Emit = ignore, **members: Any) -> dict:
        """The one way into a terminal status: whatever the task left open ends with it."""
        with self.store.transaction():
            task = self.latest(task) or task
            if status not in self.life.transitions[task["status"]]:
                return task
            closed = self._close(task, status, self._work(task), members.get(self.error), emit)
            return self._move(task, status, emit, **closed, **members)

    def _give_up(self, task: dict) -> dict:
        return self._end(task, "failed", **self._failure("server_error", ABANDONED))

    def _move(self, task: dict, status: str, emit: Emit, **members: Any) -> dict:
        """The task in its next status, or as it is if it went another way meanwhile (a cancel, say)."""
        with self.store.transaction():
            task = self.latest(task) or task
            if status not in self.life.transitions[task["status"]]:
                return task
            task = self.life.moved(task, status, self.clock.tick(self._scope(task)), **members)
            self.store.put(task)
        self._tell(task, emit)
        return task

    def _is_in_progress(self, task: dict) -> bool:
        now = self.latest(task)
        return now is not None and now["status"] == "in_progress" and not self._is_late(now)

    def _is_abandoned(self, task: dict) -> bool:
        return self._leases is not None and task["status"] in self.life.working and self._leases.lapsed(task["id"])

    def _own_tools(self, task: dict) -> dict[str, Tool]:
        taken = {(tool.get("function") or tool)["name"] for tool in task["tools"] if tool["type"] == "function"}
        return self.toolbox.named((tool["type"] for tool in task["tools"]), taken)
