"""The tools that this API runs itself: what the model is told of them, and what a call of one leaves behind."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol


class Reference(NamedTuple):
    """What a stretch of a reply points to.

    Args:
        type: ``file_citation`` for a file that was searched, ``file_path`` for one that the code has made.
        file_id, filename: the file.
    """

    type: str
    file_id: str
    filename: str


class Search(NamedTuple):
    """How vector stores are searched.

    Args:
        ranking: the ranking options as the client sees them.
        limit: how many passages at most.
        filters: a checked filter over the files' attributes.
    """

    ranking: dict[str, Any]
    limit: int
    filters: dict[str, Any] | None = None


@dataclass
class Context:
    """Whoever uses tools, as far as they need to know.

    Args:
        session: the id of the object to which the Python session belongs, and what its code makes.
        file_ids: the files that lie in that session from the start.
        store_ids: the vector stores that are searched.
        search: how they are searched.
        searches: what was found so far, search by search: id and name of each passage's file. It grows.
    """

    session: str
    file_ids: list[str]
    store_ids: list[str]
    search: Search
    searches: list[list[tuple[str, str]]]


@dataclass
class Use:
    """One call of a tool, before and after.

    Args:
        details: the tool's own member of the step's call.
        output: what the model is told.
        deltas: what is added to `details` while streaming, in order.
        pictures: ids of files to be shown in the reply.
        kept: what `details` does not tell: a search's queries, and the texts of its results.
    """

    details: dict[str, Any]
    output: str = ""
    deltas: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    kept: dict[str, Any] | None = None


class Tool(Protocol):
    """A tool that this API runs itself."""

    type: str  # what clients call it
    name: str  # what the model calls it, unless a function of the user's has that name

    def function(self, context: Context) -> dict[str, Any]:
        """The tool as the model sees it: description and parameters of a function."""
        ...

    def begin(self, arguments: str, context: Context) -> Use:
        """A call about to be made, with what is to be seen of it already."""
        ...

    def finish(self, use: Use, context: Context, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Make the call: fill in the output, add to the details and the deltas.

        Args:
            use: what `begin` returned.
            context: who calls.
            new_id: gives ids for files.
            wanted: asked now and then; False stops it.
        """
        ...

    def literals(self, context: Context) -> dict[str, Reference]:
        """Texts that become annotations where they stand in a reply, with what they point to."""
        ...


class Toolbox:
    """The tools that this API runs itself.

    Args:
        tools: all there are.
    """

    def __init__(self, *tools: Tool) -> None:
        self._tools = {tool.type: tool for tool in tools}

    def named(self, types: Iterable[str], taken: set[str]) -> dict[str, Tool]:
        """The tools of these types by the names that the model calls them by.

        Args:
            types: what clients call them; the types of others are passed over.
            taken: the names of the user's functions, which keep theirs.
        """
        tools = {}
        for type in dict.fromkeys(types):
            if tool := self._tools.get(type):
                name = tool.name if tool.name not in taken else f"{tool.name}_of_assistant"
                tools[name] = tool
        return tools


def literals_of(tools: dict[str, Tool], context: Context) -> dict[str, Reference]:
    """Texts that become annotations where they stand in a reply, with what they point to."""
    return {text: target for tool in tools.values() for text, target in tool.literals(context).items()}


def own_functions(own: dict[str, Tool], context: Context) -> list[dict[str, Any]]:
    """This API's own tools as function tools."""
    return [{"type": "function", "name": name, **tool.function(context)} for name, tool in own.items()]
