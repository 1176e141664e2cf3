"""Recordings that are wrong somewhere: the error names the file and the place. Names that lead elsewhere. Repeats."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

import helpers
from local_api import RecordingError
from local_api.model.recording import load_recording, load_recordings, rewinds

RECORDINGS = Path(__file__).parents[2] / "data/recordings"
OTHERS = (None, 5, "x", [], {}, [None], {"x": 1}, True, 1e300)
OPTIONAL = {"tools", "format", "needs", "parts", "tokens"}  # and those of an entry, which has one of several


def places(value: Any, path: tuple = ()) -> Iterator[tuple]:
    """All members and elements, each as the way to it; of long lists the first two."""
    if isinstance(value, dict):
        items = list(value.items())
    else:
        items = list(enumerate(value))[:2] if isinstance(value, list) else []
    for name, inner in items:
        yield (*path, name)
        # What a model says in arguments is free.
        if name != "arguments":
            yield from places(inner, (*path, name))


def changed(content: dict, path: tuple, value: Any) -> dict:
    """The content with another value in this place; `...` takes it away."""
    content = copy.deepcopy(content)
    holder = content
    for name in path[:-1]:
        holder = holder[name]
    if value is ...:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return content


def kind(value: Any) -> str:
    return "number" if type(value) in (int, float) else type(value).__name__


@pytest.mark.parametrize("path", sorted(RECORDINGS.glob("*.json")), ids=lambda path: path.stem)
def test_each_member_of_another_type_is_named_with_its_file(tmp_path: Path, path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    for place in places(content):
        there = content
        for name in place:
            there = there[name]
        for other in OTHERS:
            if kind(other) == kind(there):
                continue
            (tmp_path / "lesson.json").write_text(json.dumps(changed(content, place, other)), encoding="utf-8")
            try:
                load_recording(tmp_path / "lesson.json")
            except RecordingError as error:
                told = str(error)
                assert told.startswith("lesson.json: ")
                assert place[0] in told, told
                if len(place) > 1:
                    assert f"{place[0]}.{place[1]}" in told, told
            else:
                assert place[-1] in {"instructions", "arguments", "tokens", *OPTIONAL}, (place, other)


GOOD = {
    "source": "written for this test",
    "date": "2026-11-22",
    "conversations": [{"instructions": None, "messages": [{"user": "hi"}, {"assistant": "Hello."}]}],
}
MESSAGES = ("conversations", 0, "messages")
WRONG = {
    "no source": (("source",), ..., "source: Field required"),
    "no date": (("date",), ..., "date: Field required"),
    "no conversations": (("conversations",), ..., "conversations: Field required"),
    "no instructions": (("conversations", 0, "instructions"), ..., "conversations.0.instructions: Field required"),
    "no messages": (MESSAGES, ..., "conversations.0.messages: Field required"),
    "a date that is none": (("date",), "2026-02-30", "date: "),
    "an entry of nothing": ((*MESSAGES, 1), {}, "conversations.0.messages.1: "),
    "an entry of two": ((*MESSAGES, 1), {"user": "a", "assistant": "b"}, "conversations.0.messages.1: "),
    "an unknown member": ((*MESSAGES, 1), {"asistant": "b"}, "conversations.0.messages.1.asistant: "),
    "parts of no list": ((*MESSAGES, 1), {"parts": {"1": "b"}}, "conversations.0: "),
    "half a character": ((*MESSAGES, 0, "user"), "\ud800", "the file: "),
}


@pytest.mark.parametrize(("place", "value", "told"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_with_file_and_place(tmp_path: Path, place: tuple, value: Any, told: str) -> None:
    (tmp_path / "lesson.json").write_text(json.dumps(changed(GOOD, place, value)), encoding="utf-8")
    with pytest.raises(RecordingError) as refused:
        load_recordings(tmp_path, "lesson")
    assert str(refused.value).startswith(f"lesson.json: {told}")


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10_000, b'{"source": NaN}'])
def test_a_file_that_is_no_recording_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "lesson.json").write_bytes(content)
    with pytest.raises(RecordingError, match=r"^lesson\.json"):
        load_recordings(tmp_path)


NAMES = [
    "../data/x",
    "../recordings/01_basics",
    "/etc/passwd",
    "..",
    "*",
    "01_basics.json",
    "a\0b",
    "x" * 5000,
    "C:\\x",
]


@pytest.mark.parametrize("name", [*NAMES, "{folder}/lesson"])
def test_a_lesson_is_a_name_and_no_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "lesson.json").write_text(json.dumps(GOOD), encoding="utf-8")
    with pytest.raises(RecordingError, match=r"There is no recording .* Recordings here: 01_basics, "):
        helpers.connect(name.format(folder=tmp_path), mode="recorded")


REWOUND = {
    "no repeat": ("a A b B", ["a A b B"]),
    "a repeat": ("a A a", ["a A a", "a"]),
    "what lies between is forgotten": ("a A b B a", ["a A b B a", "a"]),
    "two repeats, each alone and then both": ("a a b b", ["a a b b", "a b b", "a a b", "a b"]),
    "only users repeat themselves": ("a A b A", ["a A b A"]),
}


def history(text: str) -> tuple[tuple[str, str], ...]:
    """Messages of one letter: small ones are the user's, capital ones the assistant's."""
    return tuple(("user" if letter.islower() else "assistant", letter) for letter in text.split())


@pytest.mark.parametrize(("said", "ways"), REWOUND.values(), ids=REWOUND)
def test_repeats_are_undone_the_fewest_first(said: str, ways: list[str]) -> None:
    assert list(rewinds(history(said))) == [history(way) for way in ways]


def test_a_history_of_many_repeats_is_not_searched_for_ever() -> None:
    # Each of the twelve repeats may be undone or not: 4096 ways.
    assert len(list(islice(rewinds(history(" ".join(f"{letter} {letter}" for letter in "abcdefghijkl"))), 1000))) == 200
