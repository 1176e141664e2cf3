"""The run machine: takes a run from one status to the next.

It knows the states, the locks, expiry and usage. It does not know HTTP, where the model lives, or who drives it.
"""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from . import errors, objects, states
from .clock import Clock
from .ids import Ids
from .model import Model, ModelFailure
from .prompt import NoRoom, model_request
from .store import Store
from .toolbox import Toolbox
from .turn import Emit, Interrupted, Turn

LOG = logging.getLogger("local_api")
EXPIRES_AFTER = 600  # seconds, as the old service's runs did
MOST_TURNS = 100  # calls of the model in one run; one that asks for tools for ever ends here
TOO_MANY_TURNS = f"The run called the model {MOST_TURNS} times and was not done. Do the tools give it what it needs?"
ABANDONED = "The program that worked on this run stopped before it was done. Start another run."
BUG = "local_api itself failed while it worked on this run. Please report it with what you did."

# Why a message that a run was writing is incomplete, by the status in which the run ended.
MESSAGE_REASON = {
    "incomplete": "max_tokens",
    "failed": "run_failed",
    "cancelled": "run_cancelled",
    "expired": "run_expired",
}


def ignore(name: str, data: dict) -> None:
    """An `Emit` for when nobody listens."""


class Leased(Protocol):
    """Knows whether anybody works on a run."""

    def lapsed(self, id: str) -> bool:
        """Whether nobody does."""
        ...


@dataclass
class Work:
    """What the machine keeps beside a run.

    Args:
        turn: how often it has called the model.
        made: how many objects it has made.
        items: the model's output items and the outputs of its calls, in order.
        usage: the tokens of the whole run.
        turn_usage: the tokens of the latest call of the model that no step shows yet.
        pictures: ids of files to be shown in the next message.
    """

    turn: int = 0
    made: int = 0
    items: list[dict] = field(default_factory=list)
    usage: dict | None = None
    turn_usage: dict | None = None
    pictures: list[str] = field(default_factory=list)


class RunMachine:
    """Runs and their transitions, one `advance` at a time.

    Args:
        store: where everything is kept.
        clock: tells the time.
        ids: names new objects.
        model: answers.
        toolbox: the tools that this API runs itself.
        leases: where several processes share the store: which runs are being worked on.
    """

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

    def create(self, thread_id: str, assistant: dict, given: dict[str, Any]) -> dict:
        """A new run, queued.

        Args:
            thread_id: an existing thread without an active run.
            assistant: who answers.
            given: the checked members of the request.

        Raises:
            APIError: neither the thread nor the assistant has anything to say (error 13).
        """
        run_id = self.ids.new("run", thread_id, given)
        now = self.clock.tick(thread_id)
        run = objects.run(run_id, now, thread_id, assistant, given, expires_at=now + EXPIRES_AFTER)
        if not run["instructions"] and not self._user_has_spoken(thread_id):
            raise errors.empty_thread()
        self.store.insert("run", run, parent=thread_id, work=asdict(Work()))
        return run

    def active(self, thread_id: str) -> dict | None:
        """The run that locks this thread, if any. Only the newest can, since a locked thread takes no other."""
        run = self.store.newest("run", thread_id)
        if run:
            run = self.current(run)
        return run if run and run["status"] in states.ACTIVE else None

    def current(self, run: dict) -> dict:
        """The run as it is now: that it expired, or that its worker is gone, is found out by looking."""
        if run["status"] not in states.ACTIVE or not (self._is_late(run) or self._is_abandoned(run)):
            return run
        with self.store.transaction():
            # Things may have moved on since this was read: look again before ending it.
            run = self.latest(run) or run
            if run["status"] in states.ACTIVE and self._is_late(run):
                return self._end(run, "expired")
            if self._is_abandoned(run):
                return self._give_up(run)
            return run

    def latest(self, run: dict) -> dict | None:
        """The run as it is in the store, or None if it was deleted."""
        return self.store.get("run", run["id"], run["thread_id"])

    def advance(self, run: dict, emit: Emit = ignore) -> dict:
        """Take the run to its next visible status; one that rests stays as it is, and so does one that is deleted.

        Args:
            run: the run as last seen.
            emit: is told each stream event, by its name and data.
        """
        found = self.latest(run)
        if found is None:
            return run
        run = self.current(found)
        if run["status"] == "queued":
            return self._move(run, "in_progress", emit)
        if run["status"] == "in_progress":
            return self._call_model(run, emit)
        if run["status"] == "cancelling":
            emit("thread.run.cancelling", run)
            return self._end(run, "cancelled", emit)
        return run

    def settle(self, run: dict, emit: Emit = ignore) -> dict:
        """Take the run as far as it goes without the client."""
        run = self.advance(run, emit)  # even one that rests: it may have expired
        while self.latest(run) and run["status"] not in states.RESTING:
            run = self.advance(run, emit)
        return run

    def cancel(self, run: dict) -> dict:
        """Ask a run to stop.

        Raises:
            APIError: it has ended, or is stopping already (error 12).
        """
        run = self.current(run)
        if run["status"] not in states.CANCELLABLE:
            raise errors.cannot_cancel(run["status"])
        return self._move(run, "cancelling", ignore)

    def submit(self, run: dict, outputs: list[dict[str, str]], emit: Emit = ignore) -> dict:
        """Take the outputs of the calls that a run waits for, and queue it again.

        Raises:
            APIError: it does not wait (error 11), or the outputs are not exactly one for each call (error 10).
        """
        run = self.current(run)
        if run["status"] != "requires_action":
            raise errors.outputs_not_accepted(run["status"])
        expected = [call["id"] for call in run["required_action"]["submit_tool_outputs"]["tool_calls"]]
        got = [output["tool_call_id"] for output in outputs]
        # Open in the contract: unknown and repeated ids are refused with the text for missing ones.
        if sorted(got) != sorted(expected):
            raise errors.outputs_missing(expected, got)
        self._answer_calls(run, {output["tool_call_id"]: output["output"] for output in outputs}, emit)
        return self._move(run, "queued", emit)

    # --- transitions ---

    def _call_model(self, run: dict, emit: Emit) -> dict:
        work = self._work(run)
        if work.turn == MOST_TURNS:
            return self._end(run, "failed", emit, last_error={"code": "server_error", "message": TOO_MANY_TURNS})
        work.turn += 1
        turn = Turn(run, work, self.toolbox.literals(run), store=self.store, clock=self.clock, ids=self.ids, emit=emit)
        messages = self.store.page("message", run["thread_id"], limit=None, order="asc").data
        tools = self.toolbox.of(run)
        try:
            turn.play(self.model.respond(model_request(run, work, messages, tools)), lambda: self._is_in_progress(run))
            turn.use(tools, lambda: self._is_in_progress(run))
        except NoRoom as no_room:
            return self._finish(run, work, turn, "incomplete", emit, incomplete_details={"reason": str(no_room)})
        except ModelFailure as failure:
            return self._fail(run, work, turn, emit, failure.code, failure.message)
        except Interrupted:
            return self._interrupted(run, work, turn, emit)
        except Exception:
            LOG.exception("local_api failed while it worked on %s", run["id"])
            return self._fail(run, work, turn, emit, "server_error", BUG)
        if turn.cut:
            details = {"reason": "max_completion_tokens"}
            return self._finish(run, work, turn, "incomplete", emit, incomplete_details=details)
        if turn.waiting:
            calls = [_required_call(call) for call in turn.waiting]
            action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
            return self._finish(run, work, turn, "requires_action", emit, required_action=action)
        return self._finish(run, work, turn, "in_progress" if turn.calls else "completed", emit)

    def _fail(self, run: dict, work: Work, turn: Turn, emit: Emit, code: str, message: str) -> dict:
        return self._finish(run, work, turn, "failed", emit, last_error={"code": code, "message": message})

    def _interrupted(self, run: dict, work: Work, turn: Turn, emit: Emit) -> dict:
        now = self.latest(run)
        status = "cancelled" if now and now["status"] == "cancelling" else "expired"
        if status == "cancelled":
            emit("thread.run.cancelling", now)
        return self._finish(run, work, turn, status, emit)

    def _finish(self, run: dict, work: Work, turn: Turn, status: str, emit: Emit, **members: object) -> dict:
        """Keep what a turn brought, and go where it leads; unless somebody else has ended the run meanwhile."""
        with self.store.transaction():
            now = self.latest(run)
            if now is None:
                return run
            turn.save()
            work.made, work.turn_usage, work.pictures = turn.made, turn.unshown_usage, turn.pictures
            work.items += turn.items
            work.usage = objects.sum_usage(work.usage, turn.usage)
            self.store.put_work(run["id"], asdict(work))
            if now["status"] in states.TERMINAL:
                self._tell_end(now, emit)
                return now
            if status == "in_progress":
                return now
            move = self._end if status in states.TERMINAL else self._move
            return move(now, status, emit, **members)

    def _tell_end(self, run: dict, emit: Emit) -> None:
        """The events of an end that somebody else brought about, for those who follow this run."""
        message, step = self._newest_message(run), self.store.newest("step", run["id"])
        if message and message["status"] == "incomplete":
            emit("thread.message.incomplete", message)
        if step and step["status"] == run["status"]:
            emit(f"thread.run.step.{step['status']}", step)
        emit(f"thread.run.{run['status']}", run)

    def _end(self, run: dict, status: str, emit: Emit = ignore, **members: object) -> dict:
        """The one way into a terminal status: whatever the run left open ends with it."""
        with self.store.transaction():
            run = self.latest(run) or run
            if status not in states.TRANSITIONS[run["status"]]:
                return run
            work = self._work(run)
            self._end_open_message(run, status, emit)
            self._end_open_step(run, status, work.turn_usage, members.get("last_error"), emit)
            return self._move(run, status, emit, usage=objects.sum_usage(work.usage, None), **members)

    def _give_up(self, run: dict) -> dict:
        if run["status"] == "cancelling":
            return self._end(run, "cancelled")
        return self._end(run, "failed", last_error={"code": "server_error", "message": ABANDONED})

    def _end_open_message(self, run: dict, status: str, emit: Emit) -> None:
        message = self._newest_message(run)
        if message and message["status"] == "in_progress":
            message["status"] = "incomplete"
            message["incomplete_at"] = self.clock.tick(run["thread_id"])
            message["incomplete_details"] = {"reason": MESSAGE_REASON[status]}
            self.store.put(message)
            emit("thread.message.incomplete", message)

    def _end_open_step(self, run: dict, status: str, usage: dict | None, error: dict | None, emit: Emit) -> None:
        step = self.store.newest("step", run["id"])
        if step and step["status"] == "in_progress":
            status = "completed" if status == "incomplete" else status
            if error:
                # A step's last_error knows one code less than a run's.
                error = {**error, "code": error["code"].replace("invalid_prompt", "server_error")}
            now = self.clock.tick(run["thread_id"])
            step = states.ended_step(step, status, now, usage=usage, last_error=error)
            self.store.put(step)
            emit(f"thread.run.step.{status}", step)

    def _move(self, run: dict, status: str, emit: Emit, **members: object) -> dict:
        """The run in its next status, or as it is if it went another way meanwhile (a cancel, say)."""
        with self.store.transaction():
            run = self.latest(run) or run
            if status not in states.TRANSITIONS[run["status"]]:
                return run
            run = states.moved(run, status, self.clock.tick(run["thread_id"]), **members)
            self.store.put(run)
        emit(f"thread.run.{status}", run)
        return run

    # --- what belongs to a run ---

    def _work(self, run: dict) -> Work:
        return Work(**self.store.get_work(run["id"]))

    def _newest_message(self, run: dict) -> dict | None:
        messages = self.store.page("message", run["thread_id"], limit=1, match={"run_id": run["id"]}).data
        return messages[0] if messages else None

    def _user_has_spoken(self, thread_id: str) -> bool:
        messages = self.store.page("message", thread_id, limit=None).data
        return any(message["role"] == "user" for message in messages)

    def _is_in_progress(self, run: dict) -> bool:
        now = self.latest(run)
        return now is not None and now["status"] == "in_progress" and not self._is_late(now)

    def _is_late(self, run: dict) -> bool:
        return self.clock.now(run["thread_id"]) > run["expires_at"]

    def _is_abandoned(self, run: dict) -> bool:
        return self._leases is not None and run["status"] in states.WORKING and self._leases.lapsed(run["id"])

    def _answer_calls(self, run: dict, outputs: dict[str, str], emit: Emit) -> None:
        work = self._work(run)
        step = self.store.newest("step", run["id"])
        for call in step["step_details"]["tool_calls"]:
            call["function"]["output"] = outputs[call["id"]]
            item = {"type": "function_call_output", "call_id": call["id"], "output": outputs[call["id"]]}
            work.items.append(item)
        step = states.ended_step(step, "completed", self.clock.tick(run["thread_id"]), usage=work.turn_usage)
        self.store.put(step)
        self.store.put_work(run["id"], asdict(work))
        emit("thread.run.step.completed", step)


def _required_call(call: dict) -> dict:
    function = {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
