"""The playground's file button: uploaded files are attached to the next message."""

from __future__ import annotations

from ipywidgets import HTML, Dropdown, FileUpload
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads.message_create_params import Attachment

from .pages import TOOLS, note
from .status import Status, row


class FileForm:
    """Uploads files and holds them until the next message.

    Args:
        client: what `connect` returned.
        status: where to show errors.

    Attributes:
        names: of the files for the next message.
        attachments: these files, as `messages.create` takes them.
        box: the widgets.
    """

    def __init__(self, client: OpenAI, status: Status) -> None:
        self.names: list[str] = []
        self.attachments: list[Attachment] = []
        self._client, self._status = client, status
        self._upload = FileUpload(description="Attach a file", multiple=False)
        self._tool, self._notes = Dropdown(description="for"), HTML()
        self._upload.observe(lambda change: change.new and self._status.attempt(self._take), "value")
        self.box = row(self._upload, self._tool, self._notes)

    def offer_tools(self, assistant: Assistant | None) -> None:
        """Offer those of the assistant's tools that can read a file."""
        kinds = {tool.type for tool in assistant.tools} if assistant else set()
        self._tool.options = [(label, kind) for kind, label in TOOLS.items() if kind in kinds]
        if self._tool.options:
            self._tool.value = self._tool.options[0][1]
        self._upload.disabled = self._tool.disabled = not self._tool.options
        self._show()

    def clear(self) -> None:
        """Forget the files, once a message has them."""
        self.names, self.attachments = [], []
        self._show()

    def _take(self) -> None:
        self._status.show("")
        value = self._upload.value
        for file in value.values() if isinstance(value, dict) else value:  # ipywidgets 7 has a dict
            name = file["metadata"]["name"] if "metadata" in file else file["name"]
            uploaded = self._client.files.create(file=(name, bytes(file["content"])), purpose="assistants")
            self.names.append(name)
            self.attachments.append({"file_id": uploaded.id, "tools": [{"type": self._tool.value}]})
        if isinstance(value, tuple):
            self._upload.value = ()  # resets the button's count; ipywidgets 7 has no way to do so
        self._show()

    def _show(self) -> None:
        if self._upload.disabled:
            self._notes.value = note("This assistant has no tool that reads files.")
            return
        tools = [tool["type"] for attachment in self.attachments for tool in attachment["tools"]]
        readers = [(name, TOOLS[kind].lower()) for name, kind in zip(self.names, tools)]
        notes = [note(f"{name} goes to the {reader} with your next message.") for name, reader in readers]
        self._notes.value = "".join(notes)
