"""The tools that a run has from this API: what the model is told of them, and what a call of one leaves behind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass
class Use:
    """One call of a tool, before and after.

    Args:
        details: the tool's own member of the step's call.
        output: what the model is told.
        deltas: what is added to `details` while streaming, in order.
        pictures: ids of files to be shown in the reply.
        kept: what this program alone needs to know of the step.
    """

    details: dict[str, Any]
    output: str = ""
    deltas: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    kept: dict[str, Any] | None = None


class Tool(Protocol):
    """A tool that this API runs itself."""

    type: str  # what assistants call it
    name: str  # what the model calls it, unless a function of the user's has that name

    def function(self, run: dict) -> dict[str, Any]:
        """The tool as the model sees it in this run: description and parameters of a function."""
        ...

    def begin(self, arguments: str, run: dict) -> Use:
        """A call about to be made, with what is to be seen of it already."""
        ...

    def finish(self, use: Use, run: dict, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Make the call: fill in the output, add to the details and the deltas.

        Args:
            use: what `begin` returned.
            run: the run that calls.
            new_id: gives ids for files.
            wanted: asked now and then; False stops it.
        """
        ...

    def literals(self, run: dict) -> dict[str, dict[str, Any]]:
        """Texts that become annotations where they stand in a reply, each with the annotation's own members."""
        ...


class Toolbox:
    """The tools that this API runs itself.

    Args:
        tools: all there are.
    """

    def __init__(self, *tools: Tool) -> None:
        self._tools = {tool.type: tool for tool in tools}

    def of(self, run: dict) -> dict[str, Tool]:
        """The run's tools by the names that the model calls them by; the user's functions keep theirs."""
        taken = {tool["function"]["name"] for tool in run["tools"] if tool["type"] == "function"}
        tools = {}
        for type in dict.fromkeys(tool["type"] for tool in run["tools"]):
            if tool := self._tools.get(type):
                name = tool.name if tool.name not in taken else f"{tool.name}_of_assistant"
                tools[name] = tool
        return tools

    def literals(self, run: dict) -> dict[str, dict[str, Any]]:
        """Texts that become annotations where they stand in the run's replies."""
        return {text: members for tool in self.of(run).values() for text, members in tool.literals(run).items()}
