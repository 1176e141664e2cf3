"""Shows a run while it works: a widget for each step and each message, in the order in which they appear."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from ipywidgets import HTML
from openai import OpenAI, OpenAIError
from openai.lib.streaming import AssistantEventHandler, AssistantStreamManager
from openai.types.beta.threads import Message, Run
from openai.types.beta.threads.runs import RunStep

from helpers.polling import ACTIVE, WORKING, RunError, wait_on_run

from . import pages
from .steps import tool_step

REDRAW_EVERY = 0.05  # seconds while a reply is streamed: drawing it more often only loads the browser
CANCEL_TIMEOUT = 10  # seconds
MOST_BYTES = 5_000_000  # of a file that is embedded in the page
# The steps of a stream, with the text of the passages that were found.
INCLUDE: list[Literal["step_details.tool_calls[*].file_search.results[*].content"]] = [
    "step_details.tool_calls[*].file_search.results[*].content"
]


class ShownRun:
    """Follows a run's events.

    Args:
        client: what `connect` returned.
        name: the assistant's.
        add: called with each new widget.

    Attributes:
        run: as in its latest event; None before the first one.
    """

    def __init__(self, client: OpenAI, name: str, add: Callable[[HTML], None]) -> None:
        self.run: Run | None = None
        self._client, self._name, self._add = client, name, add
        self._views: dict[str, HTML] = {}
        self._drawn_at = 0.0
        self._undrawn: dict[str, Callable[[], str]] = {}  # pages that have changed since they were drawn

    def follow(self, stream: AssistantStreamManager[AssistantEventHandler]) -> Run:
        """Show the events until the run ends or waits for outputs.

        Returns:
            The run, completed or in another status in which it no longer works.

        Raises:
            openai.OpenAIError: the request was refused, or there is no connection.
            ConnectionError: the events ended while the run was still working.
        """
        with stream as events:
            for event in events:
                change = event.event.rpartition(".")[2]
                if isinstance(event.data, Run):
                    self.run = event.data
                elif event.event.startswith("thread.run.step."):
                    step = events.current_run_step_snapshot if change == "delta" else event.data
                    self._show_step(step, change)
                elif event.event.startswith("thread.message."):
                    message = events.current_message_snapshot if change == "delta" else event.data
                    self._show_message(message, change)
        for shown_id, page in self._undrawn.items():
            self._views[shown_id].value = page()
        self._undrawn = {}
        if self.run is None or self.run.status in WORKING:
            raise ConnectionError("the run's events ended before the run did")
        return self.run

    def stop(self) -> None:
        """Cancel the run if it is still active, and wait until it is cancelled."""
        if self.run and self.run.status in ACTIVE:
            try:
                self.run = self._client.beta.threads.runs.cancel(self.run.id, thread_id=self.run.thread_id)
                self.run = wait_on_run(self._client, self.run, timeout=CANCEL_TIMEOUT)
            except RunError as error:
                self.run = error.run
            except (OpenAIError, TimeoutError):
                pass  # if it is still active, the next request says so

    def _show_step(self, step: object, change: str) -> None:
        if isinstance(step, RunStep) and step.type == "tool_calls":
            self._draw(step.id, lambda: tool_step(step), change)

    def _show_message(self, message: object, change: str) -> None:
        if isinstance(message, Message):
            self._draw(message.id, lambda: self._reply(message, change), change)

    def _draw(self, shown_id: str, page: Callable[[], str], change: str) -> None:
        if change == "delta":
            if time.monotonic() < self._drawn_at + REDRAW_EVERY:
                self._undrawn[shown_id] = page
                return
            self._drawn_at = time.monotonic()
        if shown_id not in self._views:
            self._views[shown_id] = HTML()
            self._add(self._views[shown_id])
        self._views[shown_id].value = page()
        self._undrawn.pop(shown_id, None)

    def _reply(self, message: Message, change: str) -> str:
        is_whole = change in ("completed", "incomplete")
        return pages.reply(self._name, message, self._contents(message) if is_whole else {})

    def _contents(self, message: Message) -> dict[str, bytes]:
        """The files that a message shows or links, by id, except those that are too large."""
        file_ids = [part.image_file.file_id for part in message.content if part.type == "image_file"]
        texts = [part.text for part in message.content if part.type == "text"]
        notes = [note for text in texts for note in text.annotations]
        file_ids += [note.file_path.file_id for note in notes if note.type == "file_path"]
        sizes = {file_id: self._client.files.retrieve(file_id).bytes for file_id in file_ids}
        small = [file_id for file_id, size in sizes.items() if size <= MOST_BYTES]
        return {file_id: self._client.files.content(file_id).read() for file_id in small}
