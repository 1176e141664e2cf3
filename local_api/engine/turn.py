"""One call of the model: the events of its answer are played, and its calls of tools are made."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from local_api.model.model import ModelEvents, ModelFailure
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from .annotations import Annotator, Piece
from .toolbox import Context, FoundFiles, Tool, Use, literals_of
from .usage import Usage, tokens_of

Emit = Callable[[str, Mapping[str, Any]], None]
ModelItem = dict[str, Any]  # an item of the Responses API, as models are given it and answer with it


@dataclass
class Work:
    """What is kept beside a run or a response while it is worked on.

    Args:
        turn: how often it has called the model.
        is_open: whether a call of the model has begun whose results are not recorded yet.
        made: how many objects it has made.
        items: the model's output items and the outputs of its calls, in order.
        own_calls: the ids of the calls in `items` that this API has answered itself. Names don't tell: a user's
            function may have the name of a hosted tool.
        usage: the tokens of all calls of the model.
        turn_usage: the tokens of the latest call of the model, if no step shows them yet.
        pictures: ids of files to be shown in the next message.
        searches: what was found so far, as in `Context`.
    """

    turn: int = 0
    is_open: bool = False
    made: int = 0
    items: list[ModelItem] = field(default_factory=list)
    own_calls: list[str] = field(default_factory=list)
    usage: Usage | None = None
    turn_usage: Usage | None = None
    pictures: list[str] = field(default_factory=list)
    searches: list[FoundFiles] = field(default_factory=list)

    @property
    def completion_tokens(self) -> int:
        """How many tokens the model has answered with so far."""
        return self.usage["completion_tokens"] if self.usage else 0


@dataclass
class Call:
    """A function call in an answer.

    Args:
        item: the output item, complete in the end.
        pieces: its arguments as they came.
    """

    item: ModelItem
    pieces: list[str] = field(default_factory=list)


class Interrupted(Exception):
    """The answer was no longer wanted while the model was still giving it."""


class Turn(ABC):
    """Plays the events of one answer and makes its calls; subclasses decide how both are recorded.

    Args:
        task_id: the id of the run or the response.
        work: what is kept beside it.
        tools: those that this API runs itself, by the names that the model calls them by.
        context: what tools need to know of the run or the response.
        store, ids: the home's.
        emit: called with the name and the data of each stream event.

    After `play` and `use`: `calls` are the function calls in the answer, `waiting` those that the client has to
    answer, `items` the answer's output items in order and the outputs of our own tools, `own_calls` the ids of
    the calls of those, `usage` its token counts,
    `unshown_usage` those that no step shows yet, `cut` whether it ended at the token limit, `made` how many objects
    have been made so far, `pictures` what the next message has to show, and `context.searches` what was found.
    """

    file_kind: ClassVar[str]  # of the files that code makes, as ids are named

    def __init__(
        self,
        task_id: str,
        work: Work,
        tools: dict[str, Tool],
        context: Context,
        *,
        store: Store,
        ids: Ids,
        emit: Emit,
    ) -> None:
        self.made = work.made
        self.pictures = list(work.pictures)
        self.context = context
        self.calls: list[Call] = []
        self.waiting: list[dict[str, Any]] = []
        self.items: list[ModelItem] = []
        self.own_calls: list[str] = []
        self.usage: Usage | None = None
        self.unshown_usage: Usage | None = None
        self.cut = False
        self.tools = tools
        self._task_id = task_id
        self._store = store
        self._ids = ids
        self._emit = emit
        self._annotator = Annotator(literals_of(tools, context))

    def play(self, events: ModelEvents, still_wanted: Callable[[], bool]) -> None:
        """Follow the answer to its end.

        Args:
            events: Responses stream events, each message and each call complete before the next begins, messages
                before calls; events of unknown types are skipped.
            still_wanted: called between events; False stops the turn.

        Raises:
            Interrupted: it was no longer wanted.
            ModelFailure: the model failed, or broke off.
        """
        with contextlib.closing(events):
            try:
                for event in events:
                    if not still_wanted():
                        raise Interrupted
                    self._play(event)
            finally:
                self._write_pieces(self._annotator.flush())
        if self.usage is None:
            raise ModelFailure("server_error", "The model's answer broke off before its end. Run it again.")

    def use(self, still_wanted: Callable[[], bool]) -> None:
        """Make the answer's calls: first those of our own tools, then ask the client for the others.

        Args:
            still_wanted: called between calls, and by tools that take long; False stops them.

        Raises:
            Interrupted: they were no longer wanted.
        """
        for call in self.calls:
            if call.item["name"] in self.tools:
                self._use(call, self.tools[call.item["name"]], still_wanted)
        for call in self.calls:
            if call.item["name"] not in self.tools:
                self.waiting.append(self._ask_client(call))

    # --- subclass hooks ---

    @abstractmethod
    def save(self) -> None:
        """Store the partial text of what was still being written when the answer stopped."""

    @abstractmethod
    def _begin_message(self) -> None: ...

    @abstractmethod
    def _write(self, piece: Piece) -> None:
        """Add to the message's text; a piece that points to something becomes an annotation."""

    @abstractmethod
    def _refuse(self, text: str) -> None:
        """Add to the message's refusal."""

    @abstractmethod
    def _complete_message(self) -> None: ...

    @abstractmethod
    def _complete_answer(self) -> None:
        """The model has ended its answer on its own."""

    @abstractmethod
    def _think(self, item: ModelItem) -> None:
        """A complete reasoning item has come."""

    @abstractmethod
    def _begin_use(self, call: Call, tool: Tool, use: Use) -> None:
        """One of our own tools is about to be used."""

    @abstractmethod
    def _show_use(self, tool: Tool, use: Use) -> None:
        """It has been used."""

    @abstractmethod
    def _complete_use(self, tool: Tool) -> None:
        """Show its use as completed."""

    @abstractmethod
    def _ask_client(self, call: Call) -> dict[str, Any]:
        """Show the client a call that it has to answer; returns the call as the client sees it."""

    # --- what the events do ---

    def _play(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "response.output_item.added":
                self._begin_item(event["item"])
            case "response.output_text.delta":
                self._write_pieces(self._annotator.feed(event["delta"]))
            case "response.refusal.delta":
                self._refuse(event["delta"])
            case "response.function_call_arguments.delta":
                self.calls[-1].pieces.append(event["delta"])
            case "response.output_item.done":
                self._complete_item(event["item"])
            case "response.completed":
                self.usage = self.unshown_usage = _usage_in(event)
                self._complete_answer()
            case "response.incomplete":
                self.usage = self.unshown_usage = _usage_in(event)
                self.cut = True

    def _begin_item(self, item: ModelItem) -> None:
        if item["type"] == "message":
            self._begin_message()
        elif item["type"] == "function_call":
            self.calls.append(Call(item))

    def _complete_item(self, item: ModelItem) -> None:
        self.items.append(item)
        if item["type"] == "message":
            self._write_pieces(self._annotator.flush())
            self._complete_message()
        elif item["type"] == "function_call":
            self.calls[-1].item = item
        elif item["type"] == "reasoning":
            self._think(item)

    def _write_pieces(self, pieces: Iterable[Piece]) -> None:
        for piece in pieces:
            self._write(piece)

    def _use(self, call: Call, tool: Tool, still_wanted: Callable[[], bool]) -> None:
        use = tool.begin(call.item["arguments"], self.context)
        self._begin_use(call, tool, use)
        tool.finish(use, self.context, lambda: self._new_id(self.file_kind), still_wanted)
        self.items.append({"type": "function_call_output", "call_id": call.item["call_id"], "output": use.output})
        self.own_calls.append(call.item["call_id"])
        self.pictures += use.pictures
        self._show_use(tool, use)
        if not still_wanted():
            raise Interrupted
        self._complete_use(tool)

    def _new_id(self, kind: str) -> str:
        """The id of the next object that is made."""
        self.made += 1
        return self._ids.made(kind, self._task_id, self.made)


def _usage_in(event: dict[str, Any]) -> Usage:
    usage = event["response"].get("usage")
    return tokens_of(
        _count(usage, "input_tokens"),
        _count(usage, "output_tokens"),
        _count(usage, "input_tokens_details", "cached_tokens"),
        _count(usage, "output_tokens_details", "reasoning_tokens"),
    )


def _count(value: Any, *names: str) -> int:
    """The number at the end of these names; 0 if it is missing, or isn't a number."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, int) else 0
