"""The playground's panel: its parts, and when a message is sent."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ipywidgets import HTML, Box, Button, Textarea, VBox
from openai import OpenAI

from ..common import Panel
from . import pages
from .assistants import NO_ASSISTANT, Assistants
from .files import FileForm
from .status import Status, row
from .talk import Talk

RECORDED = "Recorded questions, to be asked with a click:"
NOTHING_RECORDED = "Nothing more is recorded here. Begin a new thread, or choose another assistant."

DEBOUNCE = 0.5  # seconds after the last keystroke


class Playground(Panel):
    """The panel. Its repr says how many assistants and questions there were when it was opened."""

    def __init__(self, client: OpenAI, assistant_id: str | None = None) -> None:
        self._client = client
        self._is_recorded = False
        self._offered: list[str] = []  # recorded questions, one a button
        self._typed_at = 0.0  # when the last keystroke arrived
        self._status, self._questions = Status(), row()
        self._files = FileForm(client, self._status)
        self._talk = Talk(client, self._files, self._status, self._changed)
        self._assistants = Assistants(client, self._status, self._offer_all)
        self._message = Textarea(description="Message", placeholder="Say something. Enter sends it.", rows=2)
        self._send, self._begin = Button(description="Send", button_style="primary"), Button(description="New thread")
        self.box = self._laid_out()
        self._repr = f"playground: {self._status.attempt(lambda: self._open(assistant_id)) or self._counted()}"

    def __repr__(self) -> str:
        return self._repr

    @property
    def assistant_id(self) -> str | None:
        """The chosen assistant's; None if there is none."""
        return self._assistants.chosen.id if self._assistants.chosen else None

    @property
    def thread_id(self) -> str | None:
        """The conversation's; None before its first message."""
        return self._talk.thread_id

    def _laid_out(self) -> VBox:
        self._message.observe(self._typed, "value")
        self._send.on_click(lambda _: self._say_typed())
        self._begin.on_click(lambda _: self._status.attempt(self._begin_thread))
        self._questions.add_class("play-questions")
        said = Box([self._talk.said])
        said.add_class("play-scroll")
        shown = [HTML(pages.title()), self._assistants.box, said, self._talk.calls, self._status.line, self._questions]
        box = VBox([*shown, self._message, row(self._send, self._begin), self._files.box])
        box.add_class("course-panel")
        box.add_class("course-play")
        return box

    def _open(self, assistant_id: str | None) -> None:
        self._is_recorded = bool(self._get("/local/recordings", {}))
        self._assistants.load(assistant_id)

    def _counted(self) -> str:
        questions = _count(len(self._offered), "recorded question") if self._is_recorded else "live"
        return f"{_count(len(self._assistants.known), 'assistant')}, {questions}"

    def _offer_all(self) -> None:
        """Offer the files and the questions that suit the chosen assistant."""
        self._files.offer_tools(self._assistants.chosen)
        self._offer_questions()

    def _offer_questions(self) -> None:
        """Show the recorded questions as buttons, and block sending while a run is active."""
        busy = self._send.disabled = self._begin.disabled = self._talk.is_busy
        self._offered = [] if busy else self._recorded()
        buttons = [Button(description=text) for text in self._offered]
        for text, button in zip(self._offered, buttons):
            button.on_click(lambda _, text=text: self._ask(text))
        heading = RECORDED if buttons else NOTHING_RECORDED if self._is_recorded and not busy else ""
        self._questions.children = [HTML(pages.note(heading)), *buttons]

    def _recorded(self) -> list[str]:
        if not self._is_recorded or not self.assistant_id:
            return []
        query = {"assistant_id": self.assistant_id, "thread_id": self.thread_id}
        given = {name: value for name, value in query.items() if value}
        return self._get("/local/questions", given)

    def _get(self, path: str, query: dict[str, str]) -> list[Any]:
        """The list at one of local_api's own paths, which the SDK doesn't know."""
        found: Any = self._client.get(path, cast_to=object, options={"params": query})
        return list(found["data"])

    def _begin_thread(self) -> None:
        if not self._talk.is_busy:
            self._status.show("")
            self._talk.begin()
            self._offer_questions()

    def _typed(self, change: Any) -> None:
        """Send on Enter: a line break at the end, unless it got there by deleting the text after it.

        An event for the key itself would overtake the text, which widgets hold back while the kernel is slow.
        """
        self._typed_at = time.monotonic()
        if change.new.endswith("\n") and not change.old.startswith(change.new):
            self._say(change.new)

    def _say_typed(self) -> None:
        """Send the text after the debounce delay: a click can overtake the last keystrokes."""
        pause = self._typed_at + DEBOUNCE - time.monotonic()
        if pause > 0:
            asyncio.get_running_loop().call_later(pause, self._say_typed)
        else:
            self._say(self._message.value)

    def _ask(self, text: str) -> None:
        if text in self._offered:  # else the click was still under way when the question was answered
            self._say(text)
            self._message.send({"do": "focus"})  # the button that had it is gone

    def _say(self, text: str) -> None:
        text = text.strip()
        self._message.value = text if self._talk.is_busy else ""
        if self._talk.is_busy or not text:
            return
        if self._assistants.chosen:
            self._talk.say(text, self._assistants.chosen)
        else:
            self._status.show(NO_ASSISTANT)

    def _changed(self, unanswered: str) -> None:
        """Show that a run started or ended; a message without a reply returns to the field, for another try."""
        self._message.value = self._message.value or unanswered
        self._status.attempt(self._offer_questions)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number != 1 else ''}"
