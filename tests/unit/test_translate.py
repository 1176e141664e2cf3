"""From pydantic's faults to the old service's errors: the place of a fault, and lists of words."""

from __future__ import annotations

from typing import Any

import pytest

from local_api.bodies.assistants import CreateAssistant
from local_api.bodies.responses import CreateResponse
from local_api.bodies.shared import Body
from local_api.bodies.threads import CreateMessage
from local_api.bodies.translate import check, enumerated
from local_api.bodies.vector_stores import CreateStoreFile, Search
from local_api.errors import APIError

FUNCTION = {"type": "function", "function": {"name": "a b"}}
PLACES: list[tuple[type[Body], Any, str]] = [
    (CreateAssistant, {}, "model"),
    (CreateAssistant, {"model": "m", "tools": {}}, "tools"),
    (CreateAssistant, {"model": "m", "tools": [FUNCTION]}, "tools[0].function.name"),
    (CreateAssistant, {"model": "m", "tools": [{"type": "browser"}]}, "tools[0].type"),
    (CreateAssistant, {"model": "m", "tools": [{}]}, "tools[0].type"),
    (CreateAssistant, {"model": "m", "response_format": {"type": "json_schema"}}, "response_format.json_schema"),
    (CreateAssistant, {"model": "m", "metadata": {"a": 1}}, "metadata.a"),
    (CreateAssistant, {"model": "m", "file_ids": []}, "file_ids"),
    (CreateMessage, {"role": "user", "content": [{"type": "text"}]}, "content[0].text"),
    (CreateStoreFile, {"file_id": "f", "attributes": {"a": []}}, "attributes.a"),
    (CreateResponse, {"model": "m", "input": [{"role": "user"}]}, "input[0].content"),
    (CreateResponse, {"model": "m", "input": [{"role": "assistant", "content": [{"type": "refusal"}]}]},
     "input[0].content[0].refusal"),
    (CreateResponse, {"model": "m", "tool_choice": {"type": "function"}}, "tool_choice.name"),
    (Search, {"query": "q", "filters": {"type": "and", "filters": [{"type": "eq", "key": "type"}]}},
     "filters.filters[0].value"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "value", "place"), PLACES, ids=lambda part: part if isinstance(part, str) else "")
def test_an_error_names_the_place_as_the_client_wrote_it(model, value, place):
    with pytest.raises(APIError) as caught:
        check(model, value)
    assert (caught.value.status, caught.value.param) == (400, place)


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), (["a"], "'a'"), (["a", "b"], "'a' and 'b'"), (["a", "b", "c"], "'a', 'b', and 'c'")],
)
def test_words_are_enumerated(words, text):
    assert enumerated(words) == text
