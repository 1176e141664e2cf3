"""Requests that nobody thought of: made from our own description, good ones and bad ones, at both homes.

No request is answered with a fault of ours, with HTML, or with anything that the description does not allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from budget import LONG_TESTS
from contract.talks import CHAT, TUTOR, WEATHER, begin, finish, steps_of, tutor
from contract.wire import CheckedTransport
from local_api import create_app, lasting_home, recorded_home
from local_api.http.in_process import http as httpx
from local_api.http.openapi import description
from local_api.model.recorded import RecordedModel
from local_api.model.recording import load_recordings
from server.running import write_recording
from waiting import nobody_works

BASE = "http://local/v1"
EXAMPLES = 200 if LONG_TESTS else 4  # of each kind, for each operation at each home
FUZZ = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=not LONG_TESTS,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations() -> dict[str, schemathesis.APIOperation]:
    """The description's operations by method and path."""
    document = json.loads(json.dumps(description()))
    # Taken, but the SDK's type of the answer does not allow it.
    document["components"]["schemas"]["UploadForm"]["properties"]["purpose"]["enum"].remove("evals")
    for path in document["paths"].values():
        for operation in path.values():
            # The beta header is always sent: left to chance, most requests would get no further.
            operation["parameters"] = [one for one in operation["parameters"] if one["in"] != "header"]
    schema = schemathesis.openapi.from_dict(document)
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


OPERATIONS = operations()
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
KINDS = [(label, GOOD) for label in OPERATIONS]
# Where only ids can be given, no request is a bad one.
KINDS += [(label, BAD) for label, operation in OPERATIONS.items() if operation.body or len(operation.query)]


@pytest.fixture(params=["recorded", "lasting"])
def http(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx.Client]:
    """A client of a fresh home of this kind, whose answers are held against the description."""
    write_recording(tmp_path, CHAT, WEATHER)
    if request.param == "recorded":
        home = recorded_home(tmp_path)
    else:
        home = lasting_home(tmp_path / "objects.sqlite3", RecordedModel(load_recordings(tmp_path)))
    headers = {"OpenAI-Beta": "assistants=v2"}
    with httpx.Client(transport=CheckedTransport(create_app(home), []), headers=headers) as client:
        yield client
    nobody_works()
    home.store.close()


@pytest.fixture
def ids(http: httpx.Client) -> dict[str, str]:
    """The id of one object of each kind, by the name of the parameter that takes it."""
    client = openai.OpenAI(api_key="none", base_url=BASE, http_client=http)
    run, file = finish(client, begin(client, "hi")), client.files.create(file=("a.txt", b"notes"), purpose="assistants")
    store = client.vector_stores.create()
    batch = client.vector_stores.file_batches.create(store.id, file_ids=[file.id])
    conversation = client.conversations.create()
    response = client.responses.create(model="m", instructions=TUTOR, input="hi", conversation=conversation.id)
    return {
        "assistant_id": tutor(client).id,
        "thread_id": run.thread_id,
        "message_id": client.beta.threads.messages.list(run.thread_id).data[0].id,
        "run_id": run.id,
        "step_id": steps_of(client, run)[0].id,
        "file_id": file.id,
        "vector_store_id": store.id,
        "batch_id": batch.id,
        "response_id": response.id,
        "conversation_id": conversation.id,
        "item_id": client.conversations.items.list(conversation.id).data[0].id,
        "container_id": "cntr_x",  # a container shows its id only once code has run in it
    }


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    """A body with the ids of objects that there are."""
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    lists = {f"{name}s": [id] for name, id in ids.items()}
    return {name: ids.get(name) or lists.get(name) or with_ids(inner, ids) for name, inner in value.items()}


def send(http: httpx.Client, case: schemathesis.Case) -> httpx.Response:
    """Send what was made up; what no client can put on the wire does not count."""
    try:
        made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        request = http.build_request(made.method, made.url, content=made.body, headers=dict(made.headers))
    except (ValueError, requests.RequestException, httpx.InvalidURL):
        assume(False)
    request.headers["OpenAI-Beta"] = "assistants=v2"
    return http.send(request)


def check(response: httpx.Response) -> None:
    """That it is no fault and no page; what JSON and streams must be is checked by the transport."""
    kind = response.headers["content-type"].partition(";")[0]
    told = f"{response.request.method} {response.request.url} {response.request.content!r}: {response.text[:500]}"
    assert response.status_code in (200, 400, 404, 405, 413), told
    assert kind in ("application/json", "text/event-stream", "application/octet-stream"), told


@pytest.mark.parametrize(("label", "mode"), KINDS)
def test_no_request_is_answered_with_a_fault(
    http: httpx.Client, ids: dict[str, str], label: str, mode: schemathesis.GenerationMode
) -> None:
    @FUZZ
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), with_known=st.booleans())
    def try_(case: schemathesis.Case, with_known: bool) -> None:
        if with_known:
            case.path_parameters = {name: ids[name] for name in case.path_parameters}
            case.body = with_ids(case.body, ids)
        check(send(http, case))

    try_()


# --- responses and conversations, of which there is no description here ---

WORDS = st.sampled_from([
    "", "hi", "message", "user", "assistant", "function_call", "function_call_output", "input_text", "reasoning",
    "item_reference", "auto", "required", "resp_x", "conv_x", "file-x", "call_1", "\0", "한글", "x" * 70, "{", "1",
])  # fmt: skip
NUMBERS = st.sampled_from([0, -1, 1, 2**63, 10**400, 0.5, -0.0, 1e308, True, None])
VALUES = st.recursive(
    WORDS | NUMBERS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "role",
                    "content",
                    "text",
                    "id",
                    "call_id",
                    "name",
                    "arguments",
                    "output",
                    "status",
                    "summary",
                    "image_url",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)
ITEMS = [
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "hi"}]},
    {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": "1"},
    {"type": "reasoning", "summary": []},
]
TOOLS = [
    {"type": "function", "name": "f", "parameters": {}, "strict": False},
    {"type": "file_search", "vector_store_ids": ["vs_x"]},
    {"type": "code_interpreter", "container": {"type": "auto"}},
]
RESPONSE = {
    "model": "m", "input": ITEMS, "instructions": "x", "tools": TOOLS, "tool_choice": "auto", "metadata": {"a": "b"},
    "text": {"format": {"type": "text"}}, "reasoning": {"effort": "low"}, "include": [], "store": True, "stream": False,
    "background": False, "max_output_tokens": 100, "temperature": 1, "previous_response_id": None, "conversation": None,
}  # fmt: skip
NEWER = {
    "/responses": RESPONSE,
    "/conversations": {"items": ITEMS, "metadata": {"a": "b"}},
    "/conversations/{id}": {"metadata": {"a": "b"}},
    "/conversations/{id}/items": {"items": ITEMS},
}


def mutated(draw: st.DrawFn, value: Any) -> Any:
    """The value with something else somewhere in it."""
    inner = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    if not inner or draw(st.integers(0, 3)) == 0:
        return draw(VALUES)
    place = draw(st.sampled_from(inner))
    changed = value.copy()
    if draw(st.integers(0, 5)) == 0:
        del changed[place]
    else:
        changed[place] = mutated(draw, value[place])
    return changed


@pytest.mark.parametrize("path", NEWER)
def test_no_response_or_conversation_is_answered_with_a_fault(http: httpx.Client, path: str) -> None:
    filled = path.format(id=http.post(f"{BASE}/conversations", json={}).json()["id"])

    @settings(FUZZ, max_examples=10 * EXAMPLES)
    @given(st.composite(lambda draw: mutated(draw, NEWER[path]))())
    def try_(body: Any) -> None:
        check(http.post(BASE + filled, json=body))

    try_()


QUERIES = [
    "limit=x",
    "limit=0",
    "limit=" + "9" * 5000,
    "order=%00",
    "after=%ff",
    "include[]=x",
    "%00=1",
]
ODD_PATHS = [
    "/responses/%00", "/responses/..%2F..%2Fetc", "/responses/resp_x/input_items", "/conversations/%ED%A0%80/items",
    "/conversations/conv_x/items/%2e%2e", "/files/..%2F..%2Fetc%2Fpasswd/content", "/files/%2e%2e/content",
    "/containers/..%2F..%2F/files/file-x/content", "/vector_stores/%00/files/%00", "/" + "a/" * 500, "/assistants;x=1",
]  # fmt: skip


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE", "NONSENSE"])
def test_odd_paths_methods_and_queries_are_refused_in_json(http: httpx.Client, method: str) -> None:
    paths = [*ODD_PATHS, *(f"/{kind}?{query}" for kind in ("assistants", "files") for query in QUERIES)]
    for path in paths:
        answer = http.request(method, BASE + path)
        check(answer)
        # Unknown names in a query are told, and nothing leads out of the store.
        assert answer.status_code in (400, 404, 405), (path, answer.text)


def form(*parts: bytes, end: bytes = b"--x--\r\n") -> bytes:
    return b"".join(b"--x\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + end


PURPOSE, FILE = b"name=purpose\r\n\r\nbatch", b"name=file; filename=a.txt\r\n\r\nnotes"
FORMS = {
    "nothing": b"",
    "only its end": form(),
    "no end": form(PURPOSE, FILE, end=b""),
    "cut in a head": form(PURPOSE, b"name=file; filena", end=b""),
    "a part without a name": form(PURPOSE, b"filename=a.txt\r\n\r\nnotes"),
    "a file that is a field": form(PURPOSE, b"name=file\r\n\r\nnotes"),
    "a field that is a file": form(b"name=purpose; filename=p\r\n\r\nbatch", FILE),
    "a purpose of bytes": form(b"name=purpose\r\n\r\n\xff\xfe\0", FILE),
    "a purpose without end": form(b"name=purpose\r\n\r\n" + b"x" * 1_000_000, FILE),
    "too many parts": form(PURPOSE, FILE, *[b"name=x\r\n\r\n"] * 2000),
    "a head without end": form(PURPOSE + b"\r\nX: " + b"x" * 1_000_000, FILE),
    "an odd lifetime": form(PURPOSE, b"name=expires_after[seconds]\r\n\r\n" + b"9" * 5000, FILE),
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Flask leaves half a form unclosed
@pytest.mark.parametrize("content", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "multipart/form-data", "application/json", "x;;=;"]
)
def test_broken_uploads_are_refused_in_json(http: httpx.Client, content: bytes, kind: str) -> None:
    answer = http.post(f"{BASE}/files", content=content, headers={"Content-Type": kind})
    check(answer)
    assert answer.status_code in (400, 413)


@pytest.mark.long("takes gigabytes")
@pytest.mark.parametrize("path", ["/assistants", "/responses", "/conversations"])
@pytest.mark.parametrize(("start", "fill"), [(b'{"model": "m", "input": "', b"x"), (b"", b"[")])
def test_bodies_of_100_mb_are_refused(http: httpx.Client, path: str, start: bytes, fill: bytes) -> None:
    answer = http.post(BASE + path, content=start + fill * (100 << 20))
    check(answer)
    assert answer.status_code == 400
