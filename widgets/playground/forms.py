"""The playground's forms: a new assistant, and the outputs that a run waits for."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Text, Textarea, VBox
from openai.types.beta import Assistant
from openai.types.beta.threads import RequiredActionFunctionToolCall

from .pages import TOOLS, note, tool_name
from .status import row
from .steps import call

MODEL = "gpt-6-luna"
# Sent when the field is left: what is typed is held back while the kernel is slow, and a click would overtake it.
WHOLE = {"continuous_update": False}


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
        self._name = Text(description="Name", placeholder="Math Tutor", **WHOLE)
        self._instructions = Textarea(
            description="Instructions", rows=3, value=(like and like.instructions) or "", **WHOLE
        )
        self._model = Text(description="Model", value=like.model if like else MODEL, **WHOLE)
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
        self._fields = {it.id: Textarea(description="Output", rows=2, **WHOLE) for it in calls}
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
