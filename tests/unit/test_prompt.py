"""What a model is given of a thread: its messages, those of them that fit, and formats, as Responses writes them."""

from __future__ import annotations

from typing import Any

import pytest

from local_api.assistants.prompt import fitted, flat_format, flat_tool, input_message
from local_api.model.model import NoRoom
from local_api.tokens import estimate_tokens


def said(role: str, *content: dict[str, Any]) -> dict[str, Any]:
    return {"id": "msg_1", "role": role, "content": list(content)}


def text(value: str) -> dict[str, Any]:
    return {"type": "text", "text": {"value": value, "annotations": []}}


URL = {"type": "image_url", "image_url": {"url": "https://x/y.png", "detail": "auto"}}
FILE = {"type": "image_file", "image_file": {"file_id": "file-1", "detail": "low"}}
REFUSAL = {"type": "refusal", "refusal": "No."}
MESSAGES = {
    "a text": (said("user", text("hi")), "hi"),
    "texts in a row": (said("user", text("one"), text("two")), "one\ntwo"),
    "pictures": (
        said("user", text("see"), URL, FILE),
        [
            {"type": "input_text", "text": "see"},
            {"type": "input_image", "image_url": "https://x/y.png", "detail": "auto"},
            {"type": "input_image", "file_id": "file-1", "detail": "low"},
        ],
    ),
    "an assistant's picture is left out": (said("assistant", FILE, text("See above.")), "See above."),
    "a refusal": (
        said("assistant", text("Well."), REFUSAL),
        [{"type": "output_text", "text": "Well."}, {"type": "refusal", "refusal": "No."}],
    ),
}


@pytest.mark.parametrize(("message", "content"), MESSAGES.values(), ids=MESSAGES)
def test_a_message_of_a_thread_becomes_an_input_message(message: dict[str, Any], content: Any) -> None:
    assert input_message(message) == {"type": "message", "role": message["role"], "content": content}


WORDS = ["first", "second", "third", "newest"]
HISTORY = [{"type": "message", "role": "user", "content": word} for word in WORDS]
SIZES = [estimate_tokens(word) for word in WORDS]
FITTED = {
    "all fit": (sum(SIZES), WORDS),
    "the second goes first": (sum(SIZES) - 1, ["first", "third", "newest"]),
    "then those after it": (SIZES[0] + SIZES[3], ["first", "newest"]),
    "then the oldest": (SIZES[3], ["newest"]),
}


@pytest.mark.parametrize(("room", "left"), FITTED.values(), ids=FITTED)
def test_the_oldest_message_stays_as_long_as_it_can(room: int, left: list[str]) -> None:
    assert [message["content"] for message in fitted(HISTORY, room)] == left


def test_where_not_even_the_newest_message_fits_there_is_no_room() -> None:
    with pytest.raises(NoRoom, match="max_prompt_tokens"):
        fitted(HISTORY, SIZES[3] - 1)


SCHEMA = {"name": "solution", "schema": {"type": "object"}, "strict": True}
FORMATS = {
    "auto": ("auto", {"type": "text"}),
    "text": ({"type": "text"}, {"type": "text"}),
    "any JSON": ({"type": "json_object"}, {"type": "json_object"}),
    "JSON of a schema": ({"type": "json_schema", "json_schema": SCHEMA}, {"type": "json_schema", **SCHEMA}),
}


@pytest.mark.parametrize(("given", "flat"), FORMATS.values(), ids=FORMATS)
def test_formats_and_tools_lose_a_level(given: Any, flat: dict[str, Any]) -> None:
    assert flat_format(given) == flat
    assert flat_tool({"type": "function", "function": SCHEMA}) == {"type": "function", **SCHEMA}
