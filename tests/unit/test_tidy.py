"""What servers stream, however they do it, comes out in one sequence of events."""

from __future__ import annotations

from typing import Any

import pytest

from local_api.model.model import ModelFailure
from local_api.model.tidy import EMPTY, FILTERED, UNEXPLAINED, text_of, tidied


def delta(text: Any) -> dict[str, Any]:
    return {"type": "response.output_text.delta", "delta": text}


def message(text: str = "Hi there", **members: Any) -> dict[str, Any]:
    return {"type": "message", "content": [{"type": "output_text", "text": text}], **members}


def call(name: str, **members: Any) -> dict[str, Any]:
    return {"type": "function_call", "call_id": f"call_{name}", "name": name, "arguments": "{}", **members}


def added(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.added", "item": item}


def done(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.output_item.done", "item": item}


def completed(*output: dict[str, Any]) -> dict[str, Any]:
    return {"type": "response.completed", "response": {"output": list(output)}}


PIECE = {"type": "response.function_call_arguments.delta", "delta": "{"}
TEXT = ["added message", "delta Hi there", "done message", "completed"]
CALLS = ["added one", "delta {}", "done one", "added two", "delta {}", "done two", "completed"]

SEQUENCES = {
    "as OpenAI does": ([added(message("")), delta("Hi "), delta("there"), done(message()), completed(message())], TEXT),
    "items not announced": ([delta("Hi there"), done(message()), completed()], TEXT),
    "items only when done": ([done(message(id="m")), completed(message(id="m"))], TEXT),
    "everything at the end": ([completed(message())], TEXT),
    "an item twice": ([done(message(id="m")), done(message(id="m")), completed()], TEXT),
    "deltas and no end of the item": ([delta("Hi there"), completed()], TEXT),
    "calls interleaved": (
        [added(call("one")), added(call("two")), PIECE, PIECE, done(call("one")), done(call("two")), completed()],
        CALLS,
    ),
    "calls at the end": ([completed(call("one"), call("two"))], CALLS),
    "a call before the text": ([done(call("one")), *[delta("Hi there"), done(message()), completed()]],
                               [*TEXT[:3], *CALLS[:3], "completed"]),
    "events after the end": ([completed(message()), delta("more")], TEXT),
    "unknown events keep only their type": ([{"type": "response.created", "x": 1}, completed(message())],
                                            ["response.created", *TEXT]),
    "what is no event": ([{"type": ["x"]}, completed(message())], ["", *TEXT]),
}  # fmt: skip


def shown(events: list[dict[str, Any]]) -> list[str]:
    """The events in short, with the pieces of one text joined."""
    lines: list[str] = []
    for event in events:
        kind = event["type"].removeprefix("response.").removeprefix("output_item.")
        if kind.endswith("delta"):
            is_same = bool(lines) and lines[-1].startswith("delta ")
            lines.append((lines.pop() if is_same else "delta ") + event["delta"])
        elif "item" in event:
            lines.append(f"{kind} {event['item'].get('name', event['item']['type'])}")
        else:
            lines.append(kind if kind in ("completed", "incomplete") else event["type"])
    return lines


@pytest.mark.parametrize("case", SEQUENCES)
def test_the_sequence_is_the_same_however_a_server_streams(case: str) -> None:
    events, expected = SEQUENCES[case]
    assert shown(list(tidied(iter(events)))) == expected


def test_a_call_without_a_call_id_is_known_by_its_id() -> None:
    events = tidied(iter([completed({**call("one"), "call_id": None, "id": "fc_1"})]))
    assert {event["item"]["call_id"] for event in events if "item" in event} == {"fc_1"}


FAILURES = {
    "nothing": ([completed()], "server_error", EMPTY),
    "filtered": (
        [{"type": "response.incomplete", "response": {"incomplete_details": {"reason": "content_filter"}}}],
        "invalid_prompt", FILTERED,
    ),
    "failed": (
        [{"type": "response.failed", "response": {"error": {"code": "rate_limit_exceeded", "message": "Slow down."}}}],
        "rate_limit_exceeded", "Slow down.",
    ),
    "an error with a code that runs don't have": ([{"type": "error", "code": "odd", "message": "Oh."}],
                                                  "server_error", "Oh."),
    "without a reason": ([{"type": "response.failed", "response": {"error": None}}], "server_error", UNEXPLAINED),
    "a text that is none": ([delta(5)], "server_error", "broken 'response.output_text.delta' event"),
    "an item without a type": ([done({})], "server_error", "broken 'response.output_item.done' event"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAILURES)
def test_an_answer_that_is_none_fails_with_a_reason(case: str) -> None:
    events, code, message_ = FAILURES[case]
    with pytest.raises(ModelFailure) as failed:
        list(tidied(iter(events)))
    assert failed.value.code == code and message_ in failed.value.message


def test_an_answer_cut_off_by_a_limit_is_passed_on() -> None:
    cut = {"type": "response.incomplete", "response": {"incomplete_details": {"reason": "max_output_tokens"}}}
    assert shown(list(tidied(iter([delta("Hi"), cut])))) == ["added message", "delta Hi", "incomplete"]


def test_half_a_character_is_replaced() -> None:
    assert text_of("a\ud83d한") == "a\ufffd한"


@pytest.mark.parametrize(("pieces", "expected"), [
    (["Hi \ud83d", "\ude00!"], "Hi \U0001f600!"),
    (["\ud83d", "\ude00", "\ud83d", "\ude00"], "\U0001f600\U0001f600"),
    (["Hi \ud83d", "there"], "Hi \ufffdthere"),
    (["Hi \ud83d"], "Hi \ufffd"),
    (["\ude00 Hi"], "\ufffd Hi"),
])  # fmt: skip
def test_a_character_that_is_cut_in_two_is_joined(pieces: list[str], expected: str) -> None:
    events = list(tidied(iter([*map(delta, pieces), completed()])))
    assert "".join(event["delta"] for event in events if event["type"].endswith(".delta")) == expected
    (whole,) = [event["item"] for event in events if event["type"] == "response.output_item.done"]
    assert whole["content"][0]["text"] == expected
