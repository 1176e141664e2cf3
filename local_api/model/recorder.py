"""Making a recording: keep what a live model answers, and write it down as conversations."""

from __future__ import annotations

import json
import re
import threading
from datetime import date
from pathlib import Path
from typing import Any

from .citations import with_phrases
from .model import Model, ModelEvents, ModelRequest
from .recording import Key, key_of, normalised

NUMBER = re.compile(r"\d+[.,]?\d+")  # of two digits or more: a single one stands in any output by chance


class RecorderModel:
    """A model whose answers are kept, one JSON line each, in the order in which they ended.

    What is asked twice is answered with the first answer, as it will be when the recording is replayed. So that
    nothing is asked twice at the same time, there is one question at a time.

    Args:
        model: who answers.
        path: the file to append to.
    """

    def __init__(self, model: Model, path: Path) -> None:
        self._model = model
        self._path = path
        self._answers: dict[Key, list[dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def respond(self, request: ModelRequest) -> ModelEvents:
        """The model's own events. An answer that fails, is cut or is given up is not kept."""
        key = key_of(request)
        with self._lock:
            if key in self._answers:
                yield from self._answers[key]
                return
            events = []
            for event in self._model.respond(request):
                events.append(event)
                yield event
            if events[-1]["type"] == "response.completed":
                self._answers[key] = events
                self._keep(key, _entry(events, request.own_outputs()))

    def _keep(self, key: Key, entry: dict[str, Any]) -> None:
        line = {"key": key._asdict(), "entry": entry}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _entry(events: list[dict[str, Any]], outputs: list[str]) -> dict[str, Any]:
    """A whole answer as an entry of a recording; its numbers that our tools gave are what it needs to be true."""
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
    """Arguments as an object where they are one, so that the file reads well; else as they came."""
    try:
        value = json.loads(arguments)
    except ValueError:
        return arguments
    return value if isinstance(value, dict) and json.dumps(value, ensure_ascii=False) == arguments else arguments


def recording_of(lines: Path, source: str, day: date) -> dict[str, Any]:
    """The kept answers as a recording, ready to be written as JSON.

    Args:
        lines: the file that a `RecorderModel` wrote.
        source: who answered: model and endpoint.
        day: when.
    """
    script = _Script()
    for line in lines.read_text(encoding="utf-8").splitlines():
        answer = json.loads(line)
        script.add(answer["key"], answer["entry"])
    return {"source": source, "date": day.isoformat(), "conversations": script.conversations()}


class _Script:
    """Answers put together to conversations, each told once and to its end."""

    def __init__(self) -> None:
        self._told: dict[str, list[dict]] = {}  # what led to a state, by that state
        self._heads: dict[str, dict] = {}

    def add(self, key: dict[str, Any], entry: dict[str, Any]) -> None:
        head = {"instructions": key["instructions"], "tools": key["tools"], "format": key["format"]}
        before = self._before(head, key)
        told = [*before, {name: value for name, value in entry.items() if value}]
        # A run goes on after calls; after anything else its text is one more message of the thread.
        said = [*key["messages"], ["assistant", normalised(entry["assistant"])]]
        calls = key["calls"] + len(entry["calls"])
        after = _state(head, key["messages"], calls) if entry["calls"] else _state(head, said, 0)
        self._told.setdefault(after, told)
        self._heads[after] = head

    def conversations(self) -> list[dict[str, Any]]:
        """The longest of those that begin alike, with what is usual left out."""
        whole = []
        for state, told in self._told.items():
            others = [other for key, other in self._told.items() if self._heads[key] == self._heads[state]]
            if not any(len(other) > len(told) and other[: len(told)] == told for other in others):
                head = self._heads[state]
                usual = {"tools": [], "format": "text"}
                shown = {name: value for name, value in head.items() if usual.get(name) != value}
                whole.append({**shown, "messages": told})
        return whole

    def _before(self, head: dict, key: dict[str, Any]) -> list[dict]:
        if key["calls"]:
            told = self._told[_state(head, key["messages"], key["calls"])]
            in_this_run = told[max((place for place, entry in enumerate(told) if "user" in entry), default=0) :]
            given = sum(len(entry.get("outputs", [])) for entry in in_this_run)
            outputs = key["outputs"][given:]
            return [*told, {"outputs": outputs}] if outputs else told
        for end in range(len(key["messages"]), 0, -1):
            told = self._told.get(_state(head, key["messages"][:end], 0))
            if told:
                return [*told, *_plain(key["messages"][end:])]
        return _plain(key["messages"])


def _state(head: dict, messages: list, calls: int) -> str:
    return json.dumps([head, messages, calls], ensure_ascii=False)


def _plain(messages: list) -> list[dict]:
    return [{role: text} for role, text in messages]
