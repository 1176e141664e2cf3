"""The playground's panel: what is on it, and what is sent when."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from ipywidgets import HTML, Box, Button, Textarea, VBox
from openai import OpenAI

from . import pages
from .assistants import NO_ASSISTANT, Assistants
from .files import FileForm
from .status import Status, row
from .talk import Talk

RECORDED = "Recorded questions, to be asked with a click:"
NOTHING_RECORDED = "Nothing more is recorded here. Begin a new thread, or choose another assistant."

SETTLES = 0.5  # seconds after the last key


class Playground:
    """What the learner sees and clicks. Its repr says how much there was to begin with.

    Attributes:
        box: the panel, as a widget.
    """

    def __init__(self, client: OpenAI, assistant_id: str | None = None) -> None:
        self._client = client
        self._is_recorded = False
        self._asked: list[str] = []  # by the buttons
        self._typed = 0.0  # when the last key came
        self._status, self._questions = Status(), row()
        self._files = FileForm(client, self._status)
        self._talk = Talk(client, self._files, self._status, self._changed)
        self._assistants = Assistants(client, self._status, self._suit)
        self._message = Textarea(description="Message", placeholder="Say something. Enter sends it.", rows=2)
        self._send, self._begin = Button(description="Send", button_style="primary"), Button(description="New thread")
        self.box = self._laid_out()
        self._repr = f"playground: {self._status.attempt(lambda: self._open(assistant_id)) or self._counted()}"

    def __repr__(self) -> str:
        return self._repr

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.box.model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}

    @property
    def assistant_id(self) -> str | None:
        """The chosen assistant's; None if there is none."""
        return self._assistants.chosen and self._assistants.chosen.id

    @property
    def thread_id(self) -> str | None:
        """The conversation's; None before its first message."""
        return self._talk.thread_id

    def _laid_out(self) -> VBox:
        self._message.observe(self._entered, "value")
        self._send.on_click(lambda _: self._say_typed())
        self._begin.on_click(lambda _: self._status.attempt(self._begin_thread))
        self._questions.add_class("play-questions")
        said = Box([self._talk.said])
        said.add_class("play-scroll")
        shown = [HTML(pages.title()), self._assistants.box, said, self._talk.calls, self._status.line, self._questions]
        box = VBox([*shown, self._message, row(self._send, self._begin), self._files.box])
        box.add_class("course-play")
        return box

    def _open(self, assistant_id: str | None) -> None:
        self._is_recorded = bool(self._client.get("/local/recordings", cast_to=object)["data"])
        self._assistants.load(assistant_id)

    def _counted(self) -> str:
        questions = _count(len(self._asked), "recorded question") if self._is_recorded else "live"
        return f"{_count(len(self._assistants.known), 'assistant')}, {questions}"

    def _suit(self) -> None:
        """Offer what the chosen assistant can be asked, and be given."""
        self._files.suit(self._assistants.chosen)
        self._offer()

    def _offer(self) -> None:
        """Show the recorded questions as buttons, and let nobody speak while a run is active."""
        busy = self._send.disabled = self._begin.disabled = self._talk.is_busy
        self._asked = [] if busy else self._recorded()
        buttons = [Button(description=text) for text in self._asked]
        for text, button in zip(self._asked, buttons):
            button.on_click(lambda _, text=text: self._ask(text))
        heading = RECORDED if buttons else NOTHING_RECORDED if self._is_recorded and not busy else ""
        self._questions.children = [HTML(pages.note(heading)), *buttons]

    def _recorded(self) -> list[str]:
        if not self._is_recorded or not self.assistant_id:
            return []
        query = {"assistant_id": self.assistant_id, "thread_id": self.thread_id}
        given = {name: id for name, id in query.items() if id}
        return self._client.get("/local/questions", cast_to=object, options={"params": given})["data"]

    def _begin_thread(self) -> None:
        if not self._talk.is_busy:
            self._status.tell("")
            self._talk.begin()
            self._offer()

    def _entered(self, change: Any) -> None:
        """Take Enter: a line break at the end that was not laid bare by deleting what stood after it.

        Widgets hold back what is typed while the kernel is slow, and an event for the key would overtake it.
        """
        self._typed = time.monotonic()
        if change.new.endswith("\n") and not change.old.startswith(change.new):
            self._say(change.new)

    def _say_typed(self) -> None:
        """Say what stands in the field, once all of it must have come: the click may have overtaken the last keys."""
        pause = self._typed + SETTLES - time.monotonic()
        if pause > 0:
            asyncio.get_running_loop().call_later(pause, self._say_typed)
        else:
            self._say(self._message.value)

    def _ask(self, text: str) -> None:
        if text in self._asked:  # else a click that was on its way when the question was answered
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
            self._status.tell(NO_ASSISTANT)

    def _changed(self, unanswered: str) -> None:
        """Show that a run began or ended; what got no reply is put back, for another try."""
        self._message.value = self._message.value or unanswered
        self._status.attempt(self._offer)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' if number != 1 else ''}"
