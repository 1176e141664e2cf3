"""The run machine: what only runs have, beside the loop that they share with responses.

It knows the thread's lock, expiry, cancelling and the outputs that a run waits for. It does not know HTTP, where the
model lives, or who drives it.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from local_api import errors
from local_api.documents.files import code_files
from local_api.documents.vector_stores import searched_by
from local_api.engine import states
from local_api.engine.loop import Loop, ignore
from local_api.engine.toolbox import Context, Search
from local_api.engine.turn import Emit, Turn, Work
from local_api.engine.usage import sum_of
from local_api.model.model import ModelRequest

from . import objects
from .prompt import model_request
from .run_turn import RunTurn

EXPIRES_AFTER = 600  # seconds, as the old service's runs did
MOST_RESULTS = 20  # of one search, unless the tool's options say otherwise

# Why a message that a run was writing is incomplete, by the status in which the run ended.
MESSAGE_REASON = {
    "incomplete": "max_tokens",
    "failed": "run_failed",
    "cancelled": "run_cancelled",
    "expired": "run_expired",
}


class RunMachine(Loop):
    """Runs and their transitions. Its arguments are those of `Loop`."""

    kind = "run"
    lifecycle = states.RUN
    error = "last_error"
    cut = "max_completion_tokens"

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
        return run if run and run["status"] in self.lifecycle.active else None

    def advance(self, run: dict, emit: Emit = ignore) -> dict:
        """As in `Loop`; a run that is being cancelled is cancelled."""
        run = super().advance(run, emit)
        if run["status"] == "cancelling" and self.latest(run):
            self._announce(run, emit)
            return self._end(run, "cancelled", emit)
        return run

    def cancel(self, run: dict) -> dict:
        """Ask a run to stop.

        Raises:
            APIError: it has ended, or is stopping already (error 12).
        """
        run = self.current(run)
        if run["status"] not in self.lifecycle.leading_to("cancelling"):
            raise errors.cannot_cancel(run["status"])
        return self._move(run, "cancelling", ignore, required_action=None)

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
        return self._move(run, "queued", emit, required_action=None)

    def first_request(self, run: dict) -> ModelRequest:
        """What the model would be asked by this run, which is not kept, if it began now."""
        work = Work(turn=1)
        return self._request(run, work, self._turn(run, work, ignore))

    # --- what the loop asks ---

    def _parent(self, run: dict) -> str:
        return run["thread_id"]

    def _scope(self, run: dict) -> str:
        return run["thread_id"]

    def _work(self, run: dict) -> Work:
        return Work(**self.store.get_work(run["id"]))

    def _turn(self, run: dict, work: Work, emit: Emit) -> Turn:
        tools, context = self._own_tools(run), self._context(run, work)
        return RunTurn(run, work, tools, context, store=self.store, clock=self.clock, ids=self.ids, emit=emit)

    def _request(self, run: dict, work: Work, turn: Turn) -> ModelRequest:
        messages = self.store.page("message", run["thread_id"], limit=None, order="asc").data
        return model_request(run, work, messages, turn.tools, turn.context)

    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        calls = [_required_call(call) for call in turn.waiting]
        action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
        return "requires_action", {"required_action": action}

    def _stopped(self, run: dict, emit: Emit) -> str:
        now = self.latest(run)
        if now and now["status"] == "cancelling":
            self._announce(now, emit)
            return "cancelled"
        return "expired"

    def _close(self, run: dict, status: str, work: Work, error: dict | None, emit: Emit) -> dict:
        self._end_open_message(run, status, emit)
        self._end_open_step(run, status, work.turn_usage, error, emit)
        # Open in the contract: an expired run keeps expires_at, since it is the time at which it ended.
        expires_at = run["expires_at"] if status == "expired" else None
        usage = sum_of(work.usage, None)
        return {"required_action": None, "expires_at": expires_at, "usage": usage}

    def _announce(self, run: dict, emit: Emit) -> None:
        emit(f"thread.run.{run['status']}", run)

    def _announce_end(self, run: dict, emit: Emit) -> None:
        message, step = self._newest_message(run), self.store.newest("step", run["id"])
        if message and message["status"] == "incomplete":
            emit("thread.message.incomplete", message)
        if step and step["status"] == run["status"]:
            emit(f"thread.run.step.{step['status']}", step)
        self._announce(run, emit)

    def _is_late(self, run: dict) -> bool:
        return self.clock.now(run["thread_id"]) > run["expires_at"]

    def _give_up(self, run: dict) -> dict:
        if run["status"] == "cancelling":
            return self._end(run, "cancelled")
        return super()._give_up(run)

    # --- what belongs to a run ---

    def _context(self, run: dict, work: Work) -> Context:
        """The run as tools see it: its own files and vector stores, its assistant's and its thread's."""
        assistant, thread = self.store.get("assistant", run["assistant_id"]), self.store.get("thread", run["thread_id"])
        users = [user for user in (assistant, thread, run) if user]
        store_ids = searched_by(run, assistant, thread)
        return Context(
            session=run["thread_id"],
            file_ids=[id for user in users for id in code_files(user["tool_resources"])],
            vector_store_ids=[id for id in store_ids if self.store.get("vector_store", id)],
            search=_search(run),
            searches=list(work.searches),
        )

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

    def _newest_message(self, run: dict) -> dict | None:
        messages = self.store.page("message", run["thread_id"], limit=1, match={"run_id": run["id"]}).data
        return messages[0] if messages else None

    def _user_has_spoken(self, thread_id: str) -> bool:
        messages = self.store.page("message", thread_id, limit=None).data
        return any(message["role"] == "user" for message in messages)

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


def _search(run: dict) -> Search:
    """How the run searches: as the file search tool's options say."""
    options = next((tool["file_search"] for tool in run["tools"] if tool["type"] == "file_search"), {})
    ranking = options.get("ranking_options", objects.RANKING_OPTIONS)
    return Search(ranking, options.get("max_num_results", MOST_RESULTS))


def _required_call(call: dict) -> dict:
    function = {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
