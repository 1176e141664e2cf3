"""The tools that this API runs itself: how the model sees them, and what a call of one leaves behind.

A new one is a class in `local_api.hosted` that fits `Tool`, an entry in the home's toolbox, and the bodies
that let clients ask for it. Runs and responses need no change: a tool renders its own step details and output items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

FoundFiles = list[tuple[str, str]]  # what one search found: id and name of each passage's file


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
        limit: the maximum number of passages.
        filters: a checked filter over the files' attributes.
    """

    ranking: Mapping[str, Any]
    limit: int
    filters: dict[str, Any] | None = None


@dataclass
class Context:
    """What tools need to know of the run or response that uses them.

    Args:
        session: the id of the object that the Python session belongs to, and the files that its code makes.
        file_ids: the files that are in that session from the start.
        vector_store_ids: the vector stores that are searched.
        search: how they are searched.
        searches: what was found so far, search by search. It grows.
    """

    session: str
    file_ids: list[str]
    vector_store_ids: list[str]
    search: Search
    searches: list[FoundFiles]


@dataclass
class Use:
    """One call of a tool, before and after.

    Args:
        details: the tool's own member of a run step's call.
        item: the members of a response's output item, beside its id, type and status.
        item_events: what a response's stream says of the call before its result: the end of the event's name, after
            the item's type, and its members.
        output: what the model is given.
        deltas: what is added to `details` while streaming, in order.
        pictures: ids of files to be shown in the reply.
        refusal: why the call is not made; empty if it is.
        kept: what `details` leave out: a search's queries, and the texts of its results.
    """

    details: dict[str, Any]
    item: dict[str, Any]
    item_events: list[tuple[str, dict[str, Any]]]
    output: str = ""
    deltas: list[dict[str, Any]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    refusal: str = ""
    kept: dict[str, Any] = field(default_factory=dict)


class Tool(Protocol):
    """A tool that this API runs itself."""

    type: str  # what clients call it
    name: str  # what the model calls it, unless one of the user's functions has that name
    item_type: str  # the type of the output items that its calls become in responses
    optional: str  # the member of such an item that clients get only if they `include` it

    def function(self, context: Context) -> dict[str, Any]:
        """The tool as the model sees it: description and parameters of a function."""
        ...

    def begin(self, arguments: str, context: Context) -> Use:
        """A call that has not been made yet, with what clients see of it already."""
        ...

    def finish(self, use: Use, context: Context, new_id: Callable[[], str], wanted: Callable[[], bool]) -> None:
        """Make the call: fill in the output, and add to the details, the item and the deltas.

        Args:
            use: what `begin` returned.
            context: the caller.
            new_id: gives ids for files.
            wanted: called now and then; False stops the call.
        """
        ...

    def literals(self, context: Context) -> dict[str, Reference]:
        """Texts that become annotations in a reply, with what they point to."""
        ...

    def forget(self, session: str) -> None:
        """The object that the session belongs to has been deleted."""
        ...

    def new_item(self, context: Context) -> dict[str, Any]:
        """The members of an output item when its call begins, beside its id, type and status."""
        ...

    def replayed(self, item: Mapping[str, Any], number: int) -> tuple[dict[str, Any], str]:
        """The arguments and the output of a call in an earlier response, for the model to be given again.

        Args:
            item: the output item, with its optional member.
            number: how many calls of this tool came before it.
        """
        ...


class Toolbox:
    """The tools that this API runs itself.

    Args:
        tools: all there are.
    """

    def __init__(self, *tools: Tool) -> None:
        self._tools = {tool.type: tool for tool in tools}
        self._by_item = {tool.item_type: tool for tool in tools}

    def named(self, types: Iterable[str], taken: set[str]) -> dict[str, Tool]:
        """The tools of these types by the names that the model calls them by.

        Args:
            types: what clients call them; other types are skipped.
            taken: the names of the user's functions, which keep theirs.
        """
        tools = [self._tools[tool_type] for tool_type in dict.fromkeys(types) if tool_type in self._tools]
        return {name_beside(tool, taken): tool for tool in tools}

    def forget(self, session: str) -> None:
        """End what the tools keep for an object that has been deleted."""
        for tool in self._tools.values():
            tool.forget(session)

    def of_item(self, item_type: str) -> Tool | None:
        """The tool whose calls become output items of this type."""
        return self._by_item.get(item_type)


def name_beside(tool: Tool, taken: set[str]) -> str:
    """What the model calls a tool beside the user's functions, whose names are taken."""
    name = tool.name
    while name in taken:
        name += "_of_assistant"
    return name


def literals_of(tools: Mapping[str, Tool], context: Context) -> dict[str, Reference]:
    """Texts that become annotations in a reply, with what they point to."""
    return {text: target for tool in tools.values() for text, target in tool.literals(context).items()}


def own_functions(own: Mapping[str, Tool], context: Context) -> list[dict[str, Any]]:
    """This API's own tools as function tools."""
    return [{"type": "function", "name": name, **tool.function(context)} for name, tool in own.items()]


def own_choice(choice: Mapping[str, Any], own: Mapping[str, Tool]) -> dict[str, Any] | str:
    """The choice of one of this API's own tools as a choice of a function; ``auto`` if the task doesn't have it."""
    names = [name for name, tool in own.items() if tool.type == choice["type"]]
    return {"type": "function", "name": names[0]} if names else "auto"
