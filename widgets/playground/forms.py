"""The playground's forms: a new assistant, and the outputs that a run waits for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

from ipywidgets import HTML, Button, Checkbox, Text, Textarea, VBox
from openai.types.beta import Assistant
from openai.types.beta.threads import RequiredActionFunctionToolCall
from openai.types.beta.threads.run_submit_tool_outputs_params import ToolOutput

from helpers.connection import MODEL

from .pages import TOOLS, note, tool_name
from .status import row
from .steps import waiting_call

# The text is sent when the field loses the focus. Keystrokes are held back while the kernel is slow, and a click would
# overtake them.
ON_LEAVING = {"continuous_update": False}


class AssistantForm:
    """Name, instructions, tools and model of a new assistant.

    Args:
        template: an assistant whose instructions, tools and model the form starts with.
        create: called with the parameters of the new assistant.
        close: called when the form is closed without one.
    """

    def __init__(
        self, template: Assistant | None, create: Callable[[dict[str, Any]], None], close: Callable[[], None]
    ) -> None:
        instructions = (template and template.instructions) or ""
        self._name = Text(description="Name", placeholder="Math Tutor", **ON_LEAVING)
        self._instructions = Textarea(description="Instructions", rows=3, value=instructions, **ON_LEAVING)
        self._model = Text(description="Model", value=template.model if template else MODEL, **ON_LEAVING)
        self._tools = _tool_boxes(template)
        create_button = Button(description="Create assistant", button_style="primary")
        close_button = Button(description="Close")
        create_button.on_click(lambda _: create(self.parameters()))
        close_button.on_click(lambda _: close())
        heading = HTML('<b role="heading" aria-level="4">New assistant</b>')
        tools = [HTML("<b>Tools</b>"), *[box for box, _ in self._tools]]
        buttons = row(create_button, close_button)
        self.box = VBox([heading, self._name, self._instructions, *tools, self._model, buttons])
        self.box.add_class("play-form")

    def parameters(self) -> dict[str, Any]:
        """The form's content, as `assistants.create` takes it."""
        texts = {"name": self._name.value.strip(), "instructions": self._instructions.value.strip()}
        tools = [tool for box, tool in self._tools if box.value]
        given = {name: text for name, text in texts.items() if text}
        return {"model": self._model.value.strip(), "tools": tools, **given}


def _tool_boxes(template: Assistant | None) -> list[tuple[Checkbox, dict[str, object]]]:
    """A box for each hosted tool and for the template's functions, each with the tool that it stands for."""
    own = template.tools if template else []
    hosted: dict[str, dict[str, object]] = {tool.type: tool.to_dict() for tool in own}
    choices = [(label, hosted.get(kind, {"type": kind}), kind in hosted) for kind, label in TOOLS.items()]
    choices += [(tool_name(tool), tool.to_dict(), True) for tool in own if tool.type == "function"]
    return [(Checkbox(description=escape(label), value=ticked, indent=False), tool) for label, tool, ticked in choices]


class OutputsForm:
    """A field for the output of each function call that a run waits for.

    Args:
        calls: what the run waits for.
        submit: called with the outputs, as `submit_tool_outputs` takes them.
        cancel: called to cancel the run instead.
    """

    def __init__(
        self,
        calls: Sequence[RequiredActionFunctionToolCall],
        submit: Callable[[list[ToolOutput]], None],
        cancel: Callable[[], None],
    ) -> None:
        self._fields = {call.id: Textarea(description="Output", rows=2, **ON_LEAVING) for call in calls}
        submit_button = Button(description="Submit output", button_style="primary")
        cancel_button = Button(description="Cancel the run")
        submit_button.on_click(lambda _: submit(self.outputs()))
        cancel_button.on_click(lambda _: cancel())
        pages = {call.id: HTML(waiting_call(call.function.name, call.function.arguments)) for call in calls}
        blocks = [part for call_id, field in self._fields.items() for part in (pages[call_id], field)]
        hint = HTML(note("The run waits: you are the function. Write what it would return."))
        self.box = VBox([*blocks, hint, row(submit_button, cancel_button)])
        self.box.add_class("play-form")

    def outputs(self) -> list[ToolOutput]:
        """The content of the fields, in the order of the calls."""
        return [{"tool_call_id": call_id, "output": field.value} for call_id, field in self._fields.items()]
