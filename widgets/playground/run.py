"""A run that shows itself while it works: a widget for each step and each message, in the order in which they come."""

from __future__ import annotations

import time
from collections.abc import Callable

from ipywidgets import HTML
from openai import OpenAI, OpenAIError
from openai.lib.streaming import AssistantEventHandler, AssistantStreamManager
from openai.types.beta.threads import Message, Run

from helpers.polling import WAITING, RunError, wait_on_run

from . import pages
from .steps import step

PAUSE = 0.05  # seconds between two looks at a reply that is still coming: more often is only work for the browser
WAITS = 10  # seconds that a run has for stopping
MOST_BYTES = 5_000_000  # of a file that is put into the page
TEXTS_TOO = ["step_details.tool_calls[*].file_search.results[*].content"]


class ShownRun:
    """Follows a run's events.

    Args:
        client: what `connect` returned.
        name: who replies.
        add: called with each new widget.

    Attributes:
        run: the run as last heard of; None before it is made.
    """

    def __init__(self, client: OpenAI, name: str, add: Callable[[HTML], None]) -> None:
        self.run: Run | None = None
        self._client, self._name, self._add = client, name, add
        self._views: dict[str, HTML] = {}
        self._drawn = 0.0
        self._late: dict[str, Callable[[], str]] = {}  # pages that have changed since they were drawn

    def follow(self, stream: AssistantStreamManager[AssistantEventHandler]) -> Run:
        """Show the events up to the run's next rest.

        Returns:
            The run, in the status in which it rests.

        Raises:
            openai.OpenAIError: the request was refused, or there is no connection.
            ConnectionError: the events ended before the run came to rest.
        """
        with stream as events:
            for event in events:
                kind, _, change = event.event.rpartition(".")
                if kind == "thread.run":
                    self.run = event.data
                elif kind == "thread.run.step":
                    it = events.current_run_step_snapshot if change == "delta" else event.data
                    if it.type == "tool_calls":
                        self._draw(it.id, lambda it=it: step(it), change)
                elif kind == "thread.message":
                    it = events.current_message_snapshot if change == "delta" else event.data
                    self._draw(it.id, lambda it=it, change=change: self._reply(it, change), change)
        for id, page in self._late.items():
            self._views[id].value = page()
        self._late = {}
        if self.run is None or self.run.status in WAITING:
            raise ConnectionError("the run's events ended before the run did")
        return self.run

    def stop(self) -> None:
        """Cancel the run if it is still active, and wait until it is."""
        if self.run and self.run.status in ("queued", "in_progress", "requires_action"):
            try:
                self.run = self._client.beta.threads.runs.cancel(self.run.id, thread_id=self.run.thread_id)
                self.run = wait_on_run(self._client, self.run, timeout=WAITS)
            except RunError as error:
                self.run = error.run
            except (OpenAIError, TimeoutError):
                pass  # the next request will tell that it is still at work

    def _draw(self, id: str, page: Callable[[], str], change: str) -> None:
        if change == "delta":
            if time.monotonic() < self._drawn + PAUSE:
                self._late[id] = page
                return
            self._drawn = time.monotonic()
        if id not in self._views:
            self._views[id] = HTML()
            self._add(self._views[id])
        self._views[id].value = page()
        self._late.pop(id, None)

    def _reply(self, message: Message, change: str) -> str:
        whole = change in ("completed", "incomplete")
        return pages.reply(self._name, message, self._contents(message) if whole else {})

    def _contents(self, message: Message) -> dict[str, bytes]:
        """The files that a message shows or links, unless they are too large."""
        ids = [part.image_file.file_id for part in message.content if part.type == "image_file"]
        texts = [part.text for part in message.content if part.type == "text"]
        ids += [it.file_path.file_id for text in texts for it in text.annotations if it.type == "file_path"]
        sizes = {id: self._client.files.retrieve(id).bytes for id in ids}
        return {id: self._client.files.content(id).read() for id, size in sizes.items() if size <= MOST_BYTES}
