"""The run machine: takes a run from one status to the next.

It knows the states, the locks, expiry and usage. It does not know HTTP, where the model lives, or who drives it.
"""

from __future__ import annotations

import time
from typing import Any

from . import errors, objects, states
from .clock import LogicalClock, WallClock
from .ids import DerivedIds, RandomIds
from .model import Model, ModelFailure
from .prompt import NoRoom, model_request
from .store import Store
from .turn import Emit, Interrupted, Turn

EXPIRES_AFTER = 600  # seconds, as the old service's runs did

# What the machine keeps beside a run: how often it called the model, how many objects it made, the model's output
# items and the outputs of its calls in order, and the tokens of the whole run and of the latest turn.
NO_WORK = {"turn": 0, "made": 0, "items": [], "usage": None, "turn_usage": None}

# Why a message that a run was writing is incomplete, by the status in which the run ended.
MESSAGE_REASON = {
    "incomplete": "max_tokens",
    "failed": "run_failed",
    "cancelled": "run_cancelled",
    "expired": "run_expired",
    "completed": None,
}


def ignore(name: str, data: dict) -> None:
    """An `Emit` for when nobody listens."""


class RunMachine:
    """Runs and their transitions, one `advance` at a time.

    Args:
        store: where everything is kept.
        clock: tells the time.
        ids: names new objects.
        model: answers.
        leased: whether runs at work hold a lease; one whose lease has lapsed is given up.
    """

    def __init__(
        self,
        store: Store,
        clock: WallClock | LogicalClock,
        ids: RandomIds | DerivedIds,
        model: Model,
        leased: bool = False,
    ) -> None:
        self.store = store
        self.clock = clock
        self.ids = ids
        self.model = model
        self._leased = leased

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
        self.store.insert("run", run, parent=thread_id, work=NO_WORK)
        return run

    def active(self, thread_id: str) -> dict | None:
        """The run that locks this thread, if any. Only the newest can, since a locked thread takes no other."""
        run = self.store.newest("run", thread_id)
        if run:
            run = self.current(run)
        return run if run and run["status"] in states.ACTIVE else None

    def current(self, run: dict) -> dict:
        """The run as it is now: that it expired, or that its worker is gone, is found out by looking."""
        if run["status"] in states.ACTIVE and self._is_late(run):
            return self._end(run, "expired")
        if self._leased and run["status"] in states.WORKING and self.store.leased_until(run["id"]) < time.time():
            return self._abandoned(run)
        return run

    def latest(self, run: dict) -> dict:
        """The run as it is in the store; the one given, if it was deleted."""
        return self.store.get("run", run["id"], run["thread_id"]) or run

    def settle(self, run: dict, emit: Emit = ignore) -> dict:
        """Take the run as far as it goes without the client."""
        run = self.latest(run)
        while run["status"] not in states.RESTING:
            run = self.advance(run, emit)
        return run

    def advance(self, run: dict, emit: Emit = ignore) -> dict:
        """Take the run to its next visible status; one that rests stays as it is.

        Args:
            run: the run as last seen.
            emit: is told each stream event, by its name and data.
        """
        run = self.current(run)
        if run["status"] == "queued":
            return self._move(run, "in_progress", emit)
        if run["status"] == "in_progress":
            return self._call_model(run, emit)
        if run["status"] == "cancelling":
            return self._end(run, "cancelled", emit)
        return run

    def cancel(self, run: dict) -> dict:
        """Ask a run to stop.

        Raises:
            APIError: it has ended, or is stopping already (error 12).
        """
        with self.store.transaction():
            run = self.current(self.latest(run))
            if run["status"] not in states.CANCELLABLE:
                raise errors.cannot_cancel(run["status"])
            return self._move(run, "cancelling", ignore)

    def submit(self, run: dict, outputs: list[dict[str, str]], emit: Emit = ignore) -> dict:
        """Take the outputs of the calls that a run waits for, and queue it again.

        Raises:
            APIError: it does not wait (error 11), or the outputs are not exactly one for each call (error 10).
        """
        with self.store.transaction():
            run = self.current(self.latest(run))
            if run["status"] != "requires_action":
                raise errors.outputs_not_accepted(run["status"])
            calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
            expected = [call["id"] for call in calls]
            got = [output["tool_call_id"] for output in outputs]
            # Open in the contract: unknown and repeated ids are refused with the text for missing ones.
            if sorted(got) != sorted(expected):
                raise errors.outputs_missing(expected, got)
            by_id = {output["tool_call_id"]: output["output"] for output in outputs}
            self._answer_calls(run, by_id, emit)
            return self._move(run, "queued", emit, started_at=run["started_at"])

    # --- transitions ---

    def _call_model(self, run: dict, emit: Emit) -> dict:
        work = self.store.get_work(run["id"])
        work["turn"] += 1
        turn = Turn(run, work["made"], store=self.store, clock=self.clock, ids=self.ids, emit=emit)
        messages = self.store.page("message", run["thread_id"], limit=None, order="asc").data
        try:
            request = model_request(run, work, messages)
        except NoRoom as no_room:
            return self._end(run, "incomplete", emit, incomplete_details={"reason": str(no_room)})
        try:
            events = self.model.respond(request)
            turn.play(events, still_wanted=lambda: self._is_in_progress(run))
        except ModelFailure as failure:
            self._keep(run, work, turn)
            return self._end(run, "failed", emit, last_error={"code": failure.code, "message": failure.message})
        except Interrupted:
            return self._interrupted(run, work, turn, emit)
        self._keep(run, work, turn)
        if turn.cut:
            return self._end(run, "incomplete", emit, incomplete_details={"reason": "max_completion_tokens"})
        if not turn.calls:
            return self._end(run, "completed", emit)
        calls = [_required_call(call) for call in turn.calls]
        action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
        return self._move(run, "requires_action", emit, required_action=action)

    def _interrupted(self, run: dict, work: dict, turn: Turn, emit: Emit) -> dict:
        with self.store.transaction():
            now = self.latest(run)
            if now["status"] in states.TERMINAL:
                return now
            self._keep(run, work, turn)
            return self._end(now, "cancelled" if now["status"] == "cancelling" else "expired", emit)

    def _end(self, run: dict, status: str, emit: Emit = ignore, **members: object) -> dict:
        """The one way into a terminal status: whatever the run left open ends with it."""
        with self.store.transaction():
            run = self.latest(run)
            if status not in states.TRANSITIONS[run["status"]]:
                return run
            work = self.store.get_work(run["id"])
            self._end_open_message(run, status, emit)
            self._end_open_step(run, status, work["turn_usage"], members.get("last_error"), emit)
            return self._move(run, status, emit, usage=objects.sum_usage(work["usage"], None), **members)

    def _abandoned(self, run: dict) -> dict:
        if run["status"] == "cancelling":
            return self._end(run, "cancelled")
        message = "The program that worked on this run stopped before it was done. Start another run."
        return self._end(run, "failed", last_error={"code": "server_error", "message": message})

    def _end_open_message(self, run: dict, status: str, emit: Emit) -> None:
        for message in self.store.page("message", run["thread_id"], limit=1, run_id=run["id"]).data:
            if message["status"] == "in_progress":
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
            run = self.latest(run)
            if status not in states.TRANSITIONS[run["status"]]:
                return run
            run = states.moved(run, status, self.clock.tick(run["thread_id"]), **members)
            self.store.put(run)
        emit(f"thread.run.{status}", run)
        return run

    # --- what belongs to a run ---

    def _user_has_spoken(self, thread_id: str) -> bool:
        messages = self.store.page("message", thread_id, limit=None).data
        return any(message["role"] == "user" for message in messages)

    def _keep(self, run: dict, work: dict, turn: Turn) -> None:
        turn.save()
        work["made"] = turn.made
        work["items"] += turn.items
        work["usage"] = objects.sum_usage(work["usage"], turn.usage)
        work["turn_usage"] = turn.usage
        self.store.put_work(run["id"], work)

    def _is_in_progress(self, run: dict) -> bool:
        now = self.store.get("run", run["id"], run["thread_id"])
        return now is not None and now["status"] == "in_progress" and not self._is_late(now)

    def _is_late(self, run: dict) -> bool:
        return self.clock.now(run["thread_id"]) > run["expires_at"]

    def _answer_calls(self, run: dict, outputs: dict[str, str], emit: Emit) -> None:
        work = self.store.get_work(run["id"])
        step = self.store.newest("step", run["id"])
        for call in step["step_details"]["tool_calls"]:
            call["function"]["output"] = outputs[call["id"]]
            item = {"type": "function_call_output", "call_id": call["id"], "output": outputs[call["id"]]}
            work["items"].append(item)
        now = self.clock.tick(run["thread_id"])
        step = states.ended_step(step, "completed", now, usage=work["turn_usage"])
        self.store.put(step)
        self.store.put_work(run["id"], work)
        emit("thread.run.step.completed", step)


def _required_call(call: dict) -> dict:
    function = {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
