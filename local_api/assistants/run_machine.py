"""The run machine: what only runs have, beside the loop that they share with responses.

It knows the thread's lock, expiry, cancelling and the outputs that a run waits for. It doesn't know HTTP, which model
answers, or what drives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from local_api import errors
from local_api.documents.files import code_files
from local_api.documents.vector_stores import searched_by
from local_api.engine import states
from local_api.engine.loop import Loop, ignore
from local_api.engine.toolbox import Context, Search
from local_api.engine.turn import Emit, Turn, Work
from local_api.engine.usage import Usage, sum_of
from local_api.model.model import ModelRequest

from . import objects
from .objects import Assistant, Message, Run, Step, ToolCall
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


class RunMachine(Loop[Run, Work]):
    """Runs and their transitions. Its arguments are those of `Loop`."""

    kind = "run"
    lifecycle = states.RUN
    error = "last_error"
    cut = "max_completion_tokens"

    def create(self, thread_id: str, assistant: Assistant, given: Mapping[str, Any]) -> Run:
        """A new run, queued.

        Args:
            thread_id: an existing thread without an active run.
            assistant: who answers.
            given: the checked members of the request.

        Raises:
            APIError: neither the thread nor the assistant gives the model anything to answer.
        """
        run_id = self.ids.new("run", thread_id, given)
        now = self.clock.tick(thread_id)
        run = objects.run(run_id, now, thread_id, assistant, given, expires_at=now + EXPIRES_AFTER)
        if not run["instructions"] and not self._user_has_spoken(thread_id):
            raise errors.empty_thread()
        self.store.insert("run", run, parent=thread_id, work=asdict(Work()))
        return run

    def active(self, thread_id: str) -> Run | None:
        """The run that locks this thread, if any. Only the newest can, since a locked thread takes no other."""
        run = cast("Run | None", self.store.newest("run", thread_id))
        if run:
            run = self.current(run)
        return run if run and run["status"] in self.lifecycle.active else None

    def advance(self, run: Run, emit: Emit = ignore) -> Run:
        """As in `Loop`; a run that is being cancelled is cancelled."""
        run = super().advance(run, emit)
        if run["status"] == "cancelling" and self.latest(run):
            self._announce(run, emit)
            return self._end(run, "cancelled", emit)
        return run

    def cancel(self, run: Run) -> Run:
        """Ask a run to stop.

        Raises:
            APIError: it has ended, or is stopping already.
        """
        run = self.current(run)
        if run["status"] not in self.lifecycle.leading_to("cancelling"):
            raise errors.cannot_cancel(run["status"])
        return self._move(run, "cancelling", ignore, required_action=None)

    def submit(self, run: Run, outputs: list[dict[str, str]], emit: Emit = ignore) -> Run:
        """Take the outputs of the calls that a run waits for, and queue it again.

        Raises:
            APIError: it does not wait, or the outputs are not exactly one for each call.
        """
        run = self.current(run)
        if run["status"] != "requires_action":
            raise errors.outputs_not_accepted(run["status"])
        action = run["required_action"]
        expected = [call["id"] for call in action["submit_tool_outputs"]["tool_calls"]] if action else []
        got = [output["tool_call_id"] for output in outputs]
        # The published contract doesn't say: unknown and repeated ids are refused with the text for missing ones.
        if sorted(got) != sorted(expected):
            raise errors.outputs_missing(expected, got)
        self._answer_calls(run, {output["tool_call_id"]: output["output"] for output in outputs}, emit)
        return self._move(run, "queued", emit, required_action=None)

    def first_request(self, run: Run) -> ModelRequest:
        """What the model would be asked by this run, which isn't stored, if it began now."""
        work = Work(turn=1)
        return self._request(run, work, self._turn(run, work, ignore))

    # --- what the loop asks ---

    def _parent(self, run: Run) -> str:
        return run["thread_id"]

    def _scope(self, run: Run) -> str:
        return run["thread_id"]

    def _work(self, run: Run) -> Work:
        return Work(**self.store.get_work(run["id"]))

    def _turn(self, run: Run, work: Work, emit: Emit) -> Turn:
        tools, context = self._own_tools(run), self._context(run, work)
        return RunTurn(run, work, tools, context, store=self.store, clock=self.clock, ids=self.ids, emit=emit)

    def _request(self, run: Run, work: Work, turn: Turn) -> ModelRequest:
        messages = cast("list[Message]", self.store.page("message", run["thread_id"], limit=None, order="asc").data)
        return model_request(run, work, messages, turn.tools, turn.context)

    def _rest(self, turn: Turn) -> tuple[str, dict[str, Any]]:
        calls = [_required_call(call) for call in turn.waiting]
        action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
        return "requires_action", {"required_action": action}

    def _stopped(self, run: Run, emit: Emit) -> str:
        now = self.latest(run)
        if now and now["status"] == "cancelling":
            self._announce(now, emit)
            return "cancelled"
        return "expired"

    def _close(self, run: Run, status: str, work: Work, error: Mapping[str, str] | None, emit: Emit) -> dict[str, Any]:
        self._end_open_message(run, status, emit)
        self._end_open_step(run, status, work.turn_usage, error, emit)
        # The published contract doesn't say: an expired run keeps expires_at, since it is the time at which it ended.
        expires_at = run["expires_at"] if status == "expired" else None
        usage = sum_of(work.usage)
        return {"required_action": None, "expires_at": expires_at, "usage": usage}

    def _announce(self, run: Run, emit: Emit) -> None:
        emit(f"thread.run.{run['status']}", run)

    def _announce_end(self, run: Run, emit: Emit) -> None:
        message, step = self._newest_message(run), self._newest_step(run)
        if message and message["status"] == "incomplete":
            emit("thread.message.incomplete", message)
        if step and step["status"] == run["status"]:
            emit(f"thread.run.step.{step['status']}", step)
        self._announce(run, emit)

    def _is_late(self, run: Run) -> bool:
        expires_at = run["expires_at"]  # None once the run has ended
        return expires_at is not None and self.clock.now(run["thread_id"]) > expires_at

    def _give_up(self, run: Run) -> Run:
        if run["status"] == "cancelling":
            return self._end(run, "cancelled")
        return super()._give_up(run)

    def _end_interrupted(self, run: Run) -> Run:
        return self._end(self._move(run, "cancelling", ignore), "cancelled")

    # --- what belongs to a run ---

    def _context(self, run: Run, work: Work) -> Context:
        """The run as tools see it: its own files and vector stores, its assistant's and its thread's."""
        assistant, thread = self.store.get("assistant", run["assistant_id"]), self.store.get("thread", run["thread_id"])
        owners: list[Mapping[str, Any]] = [owner for owner in (assistant, thread, run) if owner]
        vector_store_ids = searched_by(run, assistant, thread)
        return Context(
            session=run["thread_id"],
            file_ids=[each for owner in owners for each in code_files(owner["tool_resources"])],
            vector_store_ids=[each for each in vector_store_ids if self.store.get("vector_store", each)],
            search=_search(run),
            searches=list(work.searches),
        )

    def _end_open_message(self, run: Run, status: str, emit: Emit) -> None:
        message = self._newest_message(run)
        if message and message["status"] == "in_progress":
            message["status"] = "incomplete"
            message["incomplete_at"] = self.clock.tick(run["thread_id"])
            message["incomplete_details"] = {"reason": MESSAGE_REASON[status]}
            self.store.put(message)
            emit("thread.message.incomplete", message)

    def _end_open_step(
        self, run: Run, status: str, usage: Usage | None, error: Mapping[str, str] | None, emit: Emit
    ) -> None:
        step = self._newest_step(run)
        if step and step["status"] == "in_progress":
            status = "completed" if status == "incomplete" else status
            if error:
                # A step's last_error has one code fewer than a run's (openai.types.beta.threads.runs.run_step).
                error = {**error, "code": error["code"].replace("invalid_prompt", "server_error")}
            now = self.clock.tick(run["thread_id"])
            step = states.ended_step(step, status, now, usage=usage, last_error=error)
            self.store.put(step)
            emit(f"thread.run.step.{status}", step)

    def _newest_message(self, run: Run) -> Message | None:
        messages = self.store.page("message", run["thread_id"], limit=1, match={"run_id": run["id"]}).data
        return cast(Message, messages[0]) if messages else None

    def _newest_step(self, run: Run) -> Step | None:
        return cast("Step | None", self.store.newest("step", run["id"]))

    def _user_has_spoken(self, thread_id: str) -> bool:
        messages = self.store.page("message", thread_id, limit=None).data
        return any(message["role"] == "user" for message in messages)

    def _answer_calls(self, run: Run, outputs: dict[str, str], emit: Emit) -> None:
        work, step = self._work(run), self._newest_step(run)
        assert step is not None, "a run that waits has a step with the calls that it waits for"
        for call in step["step_details"]["tool_calls"]:
            call["function"]["output"] = outputs[call["id"]]
            item = {"type": "function_call_output", "call_id": call["id"], "output": outputs[call["id"]]}
            work.items.append(item)
        step = states.ended_step(step, "completed", self.clock.tick(run["thread_id"]), usage=work.turn_usage)
        self.store.put(step)
        self.store.put_work(run["id"], asdict(work))
        emit("thread.run.step.completed", step)


def _search(run: Run) -> Search:
    """How the run searches: as the file search tool's options say."""
    options: dict[str, Any] = next((tool["file_search"] for tool in run["tools"] if tool["type"] == "file_search"), {})
    ranking = options.get("ranking_options", objects.RANKING_OPTIONS)
    return Search(ranking, options.get("max_num_results", MOST_RESULTS))


def _required_call(call: ToolCall) -> ToolCall:
    function = {"name": call["function"]["name"], "arguments": call["function"]["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
