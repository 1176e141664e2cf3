"""The playground's small forms: a new assistant, the outputs that a run waits for, and a file to go along."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Dropdown, FileUpload, HBox, Text, Textarea, VBox
from openai import OpenAI
from openai.types.beta import Assistant
from openai.types.beta.threads import RequiredActionFunctionToolCall

from .playground_pages import TOOLS, note, tool_name
from .playground_status import Status
from .playground_steps import call

MODEL = "gpt-6-luna"


class AssistantForm:
    """Name, instructions, tools and model of an assistant to be made.

    Args:
        like: an assistant whose instructions, tools and model are the form's first content.
        create: called with the members of the new assistant.
        close: called when there shall be none.
    """

    def __init__(
        self, like: Assistant | None, create: Callable[[dict[str, Any]], None], close: Callable[[], None]
    ) -> None:
        self._name = Text(description="Name", placeholder="Math Tutor")
        self._instructions = Textarea(description="Instructions", rows=3, value=(like and like.instructions) or "")
        self._model = Text(description="Model", value=like.model if like else MODEL)
        has = {tool.type: tool.to_dict() for tool in like.tools} if like else {}
        functions = [tool for tool in like.tools if tool.type == "function"] if like else []
        boxes = [(label, has.get(type, {"type": type}), type in has) for type, label in TOOLS.items()]
        boxes += [(tool_name(tool), tool.to_dict(), True) for tool in functions]
        self._tools = [
            (Checkbox(description=escape(label), value=ticked, indent=False), tool) for label, tool, ticked in boxes
        ]
        made, closed = Button(description="Create assistant", button_style="primary"), Button(description="Close")
        made.on_click(lambda _: create(self.members()))
        closed.on_click(lambda _: close())
        heading = HTML('<b role="heading" aria-level="4">New assistant</b>')
        tools = [HTML("<b>Tools</b>"), *[box for box, _ in self._tools]]
        self.box = VBox([heading, self._name, self._instructions, *tools, self._model, row(made, closed)])
        self.box.add_class("play-form")

    def members(self) -> dict[str, Any]:
        """What stands in the form, as `assistants.create` takes it."""
        texts = {"name": self._name.value.strip(), "instructions": self._instructions.value.strip()}
        tools = [tool for box, tool in self._tools if box.value]
        given = {name: text for name, text in texts.items() if text}
        return {"model": self._model.value.strip(), "tools": tools, **given}


class OutputsForm:
    """A field for the output of each function call that a run waits for.

    Args:
        calls: what the run waits for.
        submit: called with the outputs, as `submit_tool_outputs` takes them.
        cancel: called when there shall be none.
    """

    def __init__(
        self,
        calls: list[RequiredActionFunctionToolCall],
        submit: Callable[[list[dict[str, str]]], None],
        cancel: Callable[[], None],
    ) -> None:
        self._fields = {it.id: Textarea(description="Output", rows=2) for it in calls}
        submitted = Button(description="Submit output", button_style="primary")
        cancelled = Button(description="Cancel the run")
        submitted.on_click(lambda _: submit(self.outputs()))
        cancelled.on_click(lambda _: cancel())
        pages = {it.id: HTML(call(it.function.name, it.function.arguments)) for it in calls}
        blocks = [part for id, field in self._fields.items() for part in (pages[id], field)]
        hint = HTML(note("The run waits: you are the function. Write what it would return."))
        self.box = VBox([*blocks, hint, row(submitted, cancelled)])
        self.box.add_class("play-form")

    def outputs(self) -> list[dict[str, str]]:
        """What stands in the fields."""
        return [{"tool_call_id": id, "output": field.value} for id, field in self._fields.items()]


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
        value = self._upload.value
        for file in value.values() if isinstance(value, dict) else value:  # ipywidgets 7 has a dict
            name = file["metadata"]["name"] if "metadata" in file else file["name"]
            uploaded = self._client.files.create(file=(name, bytes(file["content"])), purpose="assistants")
            self._waiting.append((name, {"file_id": uploaded.id, "tools": [{"type": self._reader.value}]}))
        self._show()

    def _show(self) -> None:
        if self._upload.disabled:
            self._notes.value = note("This assistant has no tool that reads files.")
        else:
            files = [
                f"📎 {name} goes to {TOOLS[it['tools'][0]['type']]} with the next message" for name, it in self._waiting
            ]
            self._notes.value = "".join(map(note, files))


def row(*widgets: Any) -> HBox:
    """Widgets side by side, and below one another where there is little room."""
    box = HBox(widgets)
    box.add_class("play-row")
    return box
