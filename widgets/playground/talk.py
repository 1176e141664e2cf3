"""The playground's conversation: a thread, its runs, and the outputs that they wait for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, VBox
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import RequiredActionFunctionToolCall, Run
from openai.types.beta.threads.run_submit_tool_outputs_params import ToolOutput

from . import pages
from .files import FileForm
from .forms import OutputsForm
from .run import INCLUDE, ShownRun
from .status import Status

WORKING = "… Working. To stop it, interrupt the kernel."
TAKEN_BACK = "No reply came, so your message was taken out of the thread again. Change it, or ask something else."


class Talk:
    """A thread and what is said on it.

    Args:
        client: what `connect` returned.
        files: the files to attach to messages.
        status: where to show messages.
        changed: called when a run starts, and when it has ended; with the user's message if there was no reply.

    Attributes:
        thread_id: None before the first message.
        is_busy: whether a run is active, so that no message can be sent.
        said: messages and steps, as a widget.
        calls: the form for the outputs that a run waits for, as a widget.
    """

    def __init__(self, client: OpenAI, files: FileForm, status: Status, changed: Callable[[str], None]) -> None:
        self.thread_id: str | None = None
        self.is_busy = False
        self.said, self.calls = VBox(), VBox()
        self._client, self._files, self._status, self._changed = client, files, status, changed
        self._shown = ShownRun(client, "", self._add)
        self._text = ""
        self._message_id: str | None = None

    def begin(self) -> None:
        """Leave this thread; the next message creates another."""
        self.thread_id = None
        self.said.children = []

    def say(self, text: str, assistant: Assistant) -> None:
        """Add a message to the thread and run the assistant on it."""
        self._text, self._message_id = text, None
        self._shown = ShownRun(self._client, assistant.name or "Assistant", self._add)
        attachments = self._files.attachments
        self._add(HTML(pages.question(text, self._files.names)))

        def send() -> Run:
            threads = self._client.beta.threads
            self.thread_id = self.thread_id or threads.create().id
            message = threads.messages.create(self.thread_id, role="user", content=text, attachments=attachments)
            self._message_id = message.id
            self._files.clear()
            stream = threads.runs.stream(thread_id=self.thread_id, assistant_id=assistant.id, include=INCLUDE)
            return self._shown.follow(stream)

        self._work(send)

    def _work(self, follow: Callable[[], Run]) -> None:
        """Follow a run until it ends or waits for outputs, whatever goes wrong."""
        self.is_busy = True
        self.calls.children = []
        self._status.show(WORKING)
        self._changed("")
        followed: list[Run] = []
        if error := self._status.attempt(lambda: followed.append(follow())):
            self._end_without_reply(error)
            return
        run = followed[0]
        if run.required_action:
            self._wait_for_outputs(run, run.required_action.submit_tool_outputs.tool_calls)
        elif run.status == "completed":
            self._status.show(f"✓ Done. The run used {run.usage.total_tokens if run.usage else 0} tokens.")
            self._end("")
        else:
            self._end_without_reply(pages.ending(run))

    def _wait_for_outputs(self, run: Run, calls: list[RequiredActionFunctionToolCall]) -> None:
        def submit(outputs: list[ToolOutput]) -> None:
            if self.calls.children:  # else the click was still under way when the form was closed
                stream = self._client.beta.threads.runs.submit_tool_outputs_stream
                self._work(
                    lambda: self._shown.follow(stream(tool_outputs=outputs, run_id=run.id, thread_id=run.thread_id))
                )

        def cancel() -> None:
            if self.calls.children:
                self._end_without_reply("The run was cancelled.")

        self._status.show("○ The run waits for the output of a function.")
        self.calls.children = [OutputsForm(calls, submit, cancel).box]

    def _end_without_reply(self, reason: str) -> None:
        """Show the reason, and restore the thread to what it was, so that the conversation can go on from there."""
        self._add(HTML(pages.failure(reason)))
        taken_back: list[bool] = []
        if not self._status.attempt(lambda: taken_back.append(self._take_back())):
            self._status.show(TAKEN_BACK if taken_back[0] else "")
        self._end(self._text if taken_back == [True] or not self._message_id else "")

    def _take_back(self) -> bool:
        """Stop the run and delete the message, unless there is a reply to it; returns whether it was deleted."""
        self._shown.stop()
        if self._message_id is None or self.thread_id is None:
            return False
        messages = self._client.beta.threads.messages
        newest = messages.list(self.thread_id, limit=1).data
        if not newest or newest[0].id != self._message_id:
            return False
        messages.delete(self._message_id, thread_id=self.thread_id)
        return True

    def _end(self, unanswered: str) -> None:
        self.is_busy = False
        self.calls.children = []
        self._changed(unanswered)

    def _add(self, widget: Any) -> None:
        self.said.children = [*self.said.children, widget]
