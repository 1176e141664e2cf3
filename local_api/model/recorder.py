"""Making a recording: keep the answers of a live model, and turn them into conversations."""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

from .citations import with_phrases
from .model import Model, ModelEvent, ModelEvents, ModelRequest
from .recording import Key, key_of, normalised

NUMBER = re.compile(r"\d+[.,]?\d+")  # two digits or more: a single digit is in most outputs by chance


class RecorderModel:
    """A model whose answers are kept, one JSON line each, in the order in which they ended.

    A repeated request gets the first answer that was complete, as it will when the recording is replayed. Two equal
    requests at once may get different answers: no lock is held while an answer is read, since its reader may pause.

    Args:
        model: the model that answers.
        path: the file to append to.
    """

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self._path = path
        self._answers: dict[Key, list[ModelEvent]] = {}
        self._lock = threading.Lock()

    def respond(self, request: ModelRequest) -> ModelEvents:
        """The model's own events. An answer that fails, is cut off or is abandoned is not kept."""
        key = key_of(request)
        if key in self._answers:
            yield from self._answers[key]
            return
        events = []
        for event in self._model.respond(request):
            events.append(event)
            yield event
        with self._lock:
            if events and events[-1]["type"] == "response.completed" and key not in self._answers:
                self._answers[key] = events
                self._keep(key, _entry(events, request.own_outputs()))

    def _keep(self, key: Key, entry: dict[str, Any]) -> None:
        line = {"key": key._asdict(), "entry": entry}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _entry(events: list[ModelEvent], outputs: list[str]) -> dict[str, Any]:
    """A whole answer as an entry of a recording; it `needs` those of its numbers that came from our tools."""
    pieces = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    items = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    calls = [item for item in items if item["type"] == "function_call"]
    usage = events[-1]["response"].get("usage") or {}
    text, given = with_phrases("".join(pieces), outputs), "\n".join(outputs)
    return {
        "assistant": text,
        "needs": [number for number in dict.fromkeys(NUMBER.findall(text)) if number in given],
        "calls": [{"name": call["name"], "arguments": _parsed(call["arguments"])} for call in calls],
        "tokens": usage.get("output_tokens") or 0,
    }


def _parsed(arguments: str) -> dict[str, Any] | str:
    """Arguments as an object where they are one, to make the file readable; else unchanged."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return arguments
    return value if isinstance(value, dict) and json.dumps(value, ensure_ascii=False) == arguments else arguments


def recording_of(lines: Path, source: str, day: date) -> dict[str, Any]:
    """The kept answers as a recording, ready to be written as JSON.

    Args:
        lines: the file that a `RecorderModel` wrote.
        source: the model and the endpoint.
        day: the day of the recording.
    """
    script = _Script()
    for line in lines.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        script.add(answer["key"], answer["entry"])
    return {"source": source, "date": day.isoformat(), "conversations": script.conversations()}


class _Script:
    """Conversations made of answers: each conversation once, and to its end."""

    def __init__(self) -> None:
        self._entries: dict[str, list[dict[str, Any]]] = {}  # the entries that led to a state, by that state
        self._heads: dict[str, dict[str, Any]] = {}

    def add(self, key: dict[str, Any], entry: dict[str, Any]) -> None:
        """Add an answer after the answers that its key names."""
        head = {"instructions": key["instructions"], "tools": key["tools"], "format": key["format"]}
        entries = [*self._before(head, key), {name: value for name, value in entry.items() if value}]
        # A run continues after calls; after anything else its text is one more message of the thread.
        said = [*key["messages"], ["assistant", normalised(entry["assistant"])]]
        calls = key["calls"] + len(entry["calls"])
        after = _state(head, key["messages"], calls) if entry["calls"] else _state(head, said, 0)
        self._entries.setdefault(after, entries)
        self._heads[after] = head

    def conversations(self) -> list[dict[str, Any]]:
        """The longest of those that begin alike, without members that have their default value."""
        whole = []
        for state, entries in self._entries.items():
            others = [other for key, other in self._entries.items() if self._heads[key] == self._heads[state]]
            if not any(len(other) > len(entries) and other[: len(entries)] == entries for other in others):
                head = self._heads[state]
                usual = {"tools": [], "format": "text"}
                shown = {name: value for name, value in head.items() if usual.get(name) != value}
                whole.append({**shown, "messages": entries})
        return whole

    def _before(self, head: dict[str, Any], key: dict[str, Any]) -> list[dict[str, Any]]:
        if key["calls"]:
            known = self._entries[_state(head, key["messages"], key["calls"])]
            in_this_run = known[max((place for place, entry in enumerate(known) if "user" in entry), default=0) :]
            submitted = sum(len(entry.get("outputs", [])) for entry in in_this_run)
            outputs = key["outputs"][submitted:]
            return [*known, {"outputs": outputs}] if outputs else known
        for end in range(len(key["messages"]), 0, -1):
            if entries := self._entries.get(_state(head, key["messages"][:end], 0)):
                return [*entries, *_plain(key["messages"][end:])]
        return _plain(key["messages"])


def _state(head: dict[str, Any], messages: list[list[str]], calls: int) -> str:
    return json.dumps([head, messages, calls], ensure_ascii=False)


def _plain(messages: list[list[str]]) -> list[dict[str, Any]]:
    return [{role: text} for role, text in messages]
