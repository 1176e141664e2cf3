"""The playground's conversation: a thread, the runs on it, and what they wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, VBox
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import Run

from . import pages
from .files import FileForm
from .forms import OutputsForm
from .run import TEXTS_TOO, ShownRun
from .status import Status

WORKING = "… Working. To stop it, interrupt the kernel."
TAKEN_BACK = "No reply came, so your message was taken out of the thread again. Change it, or ask something else."


class Talk:
    """A thread, with what is said and done on it.

    Args:
        client: what `connect` returned.
        files: whose files go along with messages.
        status: where to say what is going on.
        changed: called when a run begins, and when it rests; with the message if no reply came.

    Attributes:
        thread_id: None before the first message.
        is_busy: whether a run is active, so that nothing can be said.
        said: what was said and done, as a widget.
        calls: the form for the outputs that a run waits for, as a widget.
    """

    def __init__(self, client: OpenAI, files: FileForm, status: Status, changed: Callable[[str], None]) -> None:
        self.thread_id: str | None = None
        self.is_busy = False
        self.said, self.calls = VBox(), VBox()
        self._client, self._files, self._status, self._changed = client, files, status, changed
        self._shown = ShownRun(client, "", self._add)
        self._text, self._message_id = "", None

    def begin(self) -> None:
        """Leave this thread; the next message begins another."""
        self.thread_id = None
        self.said.children = []

    def say(self, text: str, assistant: Assistant) -> None:
        """Add a message to the thread and have the assistant reply to it."""
        self._text, self._message_id = text, None
        self._shown = ShownRun(self._client, assistant.name or "Assistant", self._add)
        names, attachments = self._files.waiting()
        self._add(HTML(pages.question(text, names)))

        def send() -> Run:
            threads = self._client.beta.threads
            self.thread_id = self.thread_id or threads.create().id
            message = threads.messages.create(self.thread_id, role="user", content=text, attachments=attachments)
            self._message_id = message.id
            self._files.forget()
            stream = threads.runs.stream(thread_id=self.thread_id, assistant_id=assistant.id, include=TEXTS_TOO)
            return self._shown.follow(stream)

        self._work(send)

    def _work(self, follow: Callable[[], Run]) -> None:
        """Have a run worked on until it rests, whatever happens."""
        self.is_busy = True
        self.calls.children = []
        self._status.tell(WORKING)
        self._changed("")
        rested: list[Run] = []
        if why := self._status.attempt(lambda: rested.append(follow())):
            self._end_without_reply(why)
        elif rested[0].status == "requires_action":
            self._wait_for_outputs(rested[0])
        elif rested[0].status == "completed":
            self._status.tell(f"✓ Done. The run used {rested[0].usage.total_tokens} tokens.")
            self._end("")
        else:
            self._end_without_reply(pages.ended(rested[0]))

    def _wait_for_outputs(self, run: Run) -> None:
        def submit(outputs: list[dict[str, str]]) -> None:
            if self.calls.children:  # else a click that was on its way when the form was closed
                again = self._client.beta.threads.runs.submit_tool_outputs_stream
                where = {"run_id": run.id, "thread_id": run.thread_id}
                self._work(lambda: self._shown.follow(again(tool_outputs=outputs, **where)))

        def cancel() -> None:
            if self.calls.children:
                self._end_without_reply("The run was cancelled.")

        self._status.tell("○ The run waits for the output of a function.")
        self.calls.children = [OutputsForm(run.required_action.submit_tool_outputs.tool_calls, submit, cancel).box]

    def _end_without_reply(self, why: str) -> None:
        """Tell why, and put the thread back to where it was, so that one can go on from there."""
        self._add(HTML(pages.failure(why)))
        taken_back: list[bool] = []
        if not self._status.attempt(lambda: taken_back.append(self._take_back())):
            self._status.tell(TAKEN_BACK if taken_back[0] else "")
        self._end(self._text if taken_back == [True] or not self._message_id else "")

    def _take_back(self) -> bool:
        """Stop the run and delete the message, unless something was replied to it; returns whether it did."""
        self._shown.stop()
        newest = self._client.beta.threads.messages.list(self.thread_id, limit=1).data if self._message_id else []
        if not newest or newest[0].id != self._message_id:
            return False
        self._client.beta.threads.messages.delete(self._message_id, thread_id=self.thread_id)
        return True

    def _end(self, unanswered: str) -> None:
        self.is_busy = False
        self.calls.children = []
        self._changed(unanswered)

    def _add(self, widget: Any) -> None:
        self.said.children = [*self.said.children, widget]
