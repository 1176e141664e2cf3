"""The playground's upper part: the chosen assistant, its settings, and the form for a new one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ipywidgets import HTML, Button, Dropdown, VBox
from openai import OpenAI
from openai.types.beta import Assistant

from . import pages
from .forms import AssistantForm
from .status import Status, row

NO_ASSISTANT = "There is no assistant yet. Make one with “New assistant”, or in code and then reload the list."


class Assistants:
    """The assistants on the server, one of them chosen.

    Args:
        client: what `connect` returned.
        status: where to show messages.
        changed: called when another assistant is chosen.

    Attributes:
        known: by id, newest first.
        chosen: None if there is none.
        box: the widgets.
    """

    def __init__(self, client: OpenAI, status: Status, changed: Callable[[], None]) -> None:
        self.known: dict[str, Assistant] = {}
        self.chosen: Assistant | None = None
        self._client, self._status, self._changed = client, status, changed
        self._choice, self._settings, self._form = Dropdown(description="Assistant"), HTML(), VBox()
        new, reload = Button(description="New assistant"), Button(description="Reload the list")
        new.on_click(lambda _: self._open_form())
        reload.on_click(lambda _: self._status.attempt(lambda: self.load(self._choice.value)))
        self._choice.observe(lambda _: self._status.attempt(self._choose), "value")
        self.box = VBox([self._choice, self._settings, row(new, reload), self._form])

    def load(self, assistant_id: str | None) -> None:
        """Fetch the assistants and choose the one with this id, or else the newest.

        Raises:
            openai.OpenAIError: there is no such assistant (then the newest is chosen), or no connection.
        """
        self._status.show("")
        self.known = {assistant.id: assistant for assistant in self._client.beta.assistants.list(limit=100)}
        self._choice.options = [(label(assistant), known_id) for known_id, assistant in self.known.items()]
        self._choice.value = assistant_id if assistant_id in self.known else next(iter(self.known), None)
        self._choose()
        if assistant_id and assistant_id not in self.known:
            self._client.beta.assistants.retrieve(assistant_id)  # raises the server's own error

    def _choose(self) -> None:
        self.chosen = self.known.get(self._choice.value)
        self._settings.value = pages.settings(self.chosen) if self.chosen else pages.note(NO_ASSISTANT)
        self._changed()

    def _open_form(self) -> None:
        self._form.children = [AssistantForm(self.chosen, self._create, self._close_form).box]

    def _close_form(self) -> None:
        self._form.children = []

    def _create(self, parameters: dict[str, Any]) -> None:
        def create() -> None:
            created = self._client.beta.assistants.create(**parameters)
            self._close_form()
            self.load(created.id)
            self._status.show(f"✓ Made {label(created)}.")

        if self._form.children:  # else the click was still under way when the form was closed
            self._status.attempt(create)


def label(assistant: Assistant) -> str:
    """An assistant's entry in the list: names may repeat, ids don't."""
    return f"{assistant.name or 'no name'} · {assistant.id[:13]}…"
