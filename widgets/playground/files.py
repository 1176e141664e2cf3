"""The playground's file button: what is uploaded goes along with the next message."""

from __future__ import annotations

from typing import Any

from ipywidgets import HTML, Dropdown, FileUpload
from openai import OpenAI
from openai.types.beta import Assistant

from .pages import TOOLS, note
from .status import Status, row


class FileForm:
    """Uploads files, and keeps those that go along with the next message.

    Args:
        client: what `connect` returned.
        status: where to say what goes wrong.
    """

    def __init__(self, client: OpenAI, status: Status) -> None:
        self._client, self._status = client, status
        self._waiting: list[tuple[str, dict[str, Any]]] = []  # each with its name
        self._upload = FileUpload(description="Attach a file", multiple=False)
        self._reader, self._notes = Dropdown(description="for"), HTML()
        self._upload.observe(lambda change: change.new and self._status.attempt(self._take), "value")
        self.box = row(self._upload, self._reader, self._notes)

    def suit(self, assistant: Assistant | None) -> None:
        """Offer only what the assistant's tools can do with a file."""
        types = {tool.type for tool in assistant.tools} if assistant else set()
        self._reader.options = [(label, type) for type, label in TOOLS.items() if type in types]
        if self._reader.options:
            self._reader.value = self._reader.options[0][1]
        self._upload.disabled = self._reader.disabled = not self._reader.options
        self._show()

    def waiting(self) -> tuple[list[str], list[dict[str, Any]]]:
        """The names of the files that go along with the next message, and the files as its `attachments`."""
        return [name for name, _ in self._waiting], [attachment for _, attachment in self._waiting]

    def forget(self) -> None:
        """They have gone."""
        self._waiting = []
        self._show()

    def _take(self) -> None:
        self._status.tell("")
        value = self._upload.value
        for file in value.values() if isinstance(value, dict) else value:  # ipywidgets 7 has a dict
            name = file["metadata"]["name"] if "metadata" in file else file["name"]
            uploaded = self._client.files.create(file=(name, bytes(file["content"])), purpose="assistants")
            self._waiting.append((name, {"file_id": uploaded.id, "tools": [{"type": self._reader.value}]}))
        if isinstance(value, tuple):
            self._upload.value = ()  # the button counts them; that of ipywidgets 7 can't be told to forget
        self._show()

    def _show(self) -> None:
        if self._upload.disabled:
            self._notes.value = note("This assistant has no tool that reads files.")
        else:
            readers = [(name, TOOLS[attachment["tools"][0]["type"]].lower()) for name, attachment in self._waiting]
            notes = [note(f"{name} goes to the {reader} with your next message.") for name, reader in readers]
            self._notes.value = "".join(notes)
