"""What the recorder keeps of a model's answers, and that it never holds one reader up for another."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_api.model.model import ModelEvents, ModelRequest
from local_api.model.recorder import RecorderModel

PIECE = {"type": "response.output_text.delta", "delta": "Hello."}
END = {"type": "response.completed", "response": {}}


class Answering:
    """A model that answers with these events."""

    def __init__(self, *events: dict[str, Any]) -> None:
        self.events = events

    def respond(self, request: ModelRequest) -> ModelEvents:
        yield from self.events


def request(text: str) -> ModelRequest:
    message = {"type": "message", "role": "user", "content": text}
    return ModelRequest(run_id="run_1", turn=1, model="m", instructions=None, messages=[message])


def kept(path: Path) -> list[str]:
    return [json.loads(line)["entry"]["assistant"] for line in path.read_text().splitlines()] if path.exists() else []


def test_a_reader_that_pauses_holds_nobody_up(tmp_path: Path) -> None:
    path = tmp_path / "answers"
    model = RecorderModel(Answering(PIECE, END), path)
    paused: Iterator[Any] = model.respond(request("first"))
    next(paused)
    answered = threading.Event()
    reader = threading.Thread(target=lambda: (list(model.respond(request("second"))), answered.set()), daemon=True)
    reader.start()
    assert answered.wait(30)
    list(paused)
    assert kept(path) == ["Hello.", "Hello."]


@pytest.mark.parametrize("events", [(), (PIECE,)], ids=["nothing", "cut off"])
def test_an_answer_without_an_end_is_not_kept(tmp_path: Path, events: tuple[dict[str, Any], ...]) -> None:
    model = RecorderModel(Answering(*events), tmp_path / "answers")
    assert list(model.respond(request("first"))) == list(events)
    assert kept(tmp_path / "answers") == []


def test_the_first_of_two_equal_answers_is_kept(tmp_path: Path) -> None:
    model = RecorderModel(Answering(PIECE, END), tmp_path / "answers")
    one, other = model.respond(request("first")), model.respond(request("first"))
    next(one)
    next(other)
    assert [len(list(rest)) for rest in (one, other)] == [1, 1]
    assert list(model.respond(request("first"))) == [PIECE, END]
    assert kept(tmp_path / "answers") == ["Hello."]
