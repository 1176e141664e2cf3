"""Requests that nobody thought of: made from OpenAI's published description, good ones and bad ones, at both homes.

No request is answered with a fault of ours, with HTML, or with anything that the description does not allow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from contract.talks import CHAT, WEATHER, begin, finish, steps_of, tutor
from contract.wire import SPEC, CheckedTransport, spec
from live.conftest import nobody_works
from local_api import create_app, lasting_home, recorded_home
from local_api.recorded import RecordedModel
from local_api.recording import load_recordings
from server.running import LONG_TESTS, write_recording

pytestmark = pytest.mark.skipif(not SPEC.exists(), reason="the published schemas are not beside the repository")

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
    if spec() is None:
        return {}
    document = json.loads(json.dumps(spec()))
    # Taken, but no answer may name it.
    document["components"]["schemas"]["CreateFileRequest"]["properties"]["purpose"]["enum"].remove("evals")
    schema = schemathesis.openapi.from_dict(document)
    return {found.ok().label: found.ok() for found in schema.get_all_operations()}


OPERATIONS = operations()
GOOD, BAD = schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE
KINDS = [(label, GOOD) for label in OPERATIONS]
# Where only ids can be given, no request is a bad one.
KINDS += [(label, BAD) for label, operation in OPERATIONS.items() if operation.body or len(operation.query)]


@pytest.fixture(params=["recorded", "lasting"])
def http(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[httpx2.Client]:
    """A client of a fresh home of this kind, whose answers are held against the description."""
    write_recording(tmp_path, CHAT, WEATHER)
    if request.param == "recorded":
        home = recorded_home(tmp_path)
    else:
        home = lasting_home(tmp_path / "objects.sqlite3", RecordedModel(load_recordings(tmp_path)))
    headers = {"OpenAI-Beta": "assistants=v2"}
    with httpx2.Client(transport=CheckedTransport(create_app(home), []), headers=headers) as client:
        yield client
    nobody_works()
    home.store.close()


@pytest.fixture
def ids(http: httpx2.Client) -> dict[str, str]:
    """The id of one object of each kind, by the name of the parameter that takes it."""
    client = openai.OpenAI(api_key="none", base_url=BASE, http_client=http)
    run, file = finish(client, begin(client, "hi")), client.files.create(file=("a.txt", b"notes"), purpose="assistants")
    store = client.vector_stores.create()
    batch = client.vector_stores.file_batches.create(store.id, file_ids=[file.id])
    return {
        "assistant_id": tutor(client).id,
        "thread_id": run.thread_id,
        "message_id": client.beta.threads.messages.list(run.thread_id).data[0].id,
        "run_id": run.id,
        "step_id": steps_of(client, run)[0].id,
        "file_id": file.id,
        "vector_store_id": store.id,
        "batch_id": batch.id,
    }


def with_ids(value: Any, ids: dict[str, str]) -> Any:
    """A body with the ids of objects that there are."""
    if isinstance(value, list):
        return [with_ids(item, ids) for item in value]
    if not isinstance(value, dict):
        return value
    lists = {f"{name}s": [id] for name, id in ids.items()}
    return {name: ids.get(name) or lists.get(name) or with_ids(inner, ids) for name, inner in value.items()}


def send(http: httpx2.Client, case: schemathesis.Case) -> httpx2.Response:
    """Send what was made up; what no client can put on the wire does not count."""
    try:
        made = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
        request = http.build_request(made.method, made.url, content=made.body, headers=dict(made.headers))
    except (ValueError, requests.RequestException, httpx2.InvalidURL):
        assume(False)
    request.headers["OpenAI-Beta"] = "assistants=v2"
    return http.send(request)


def check(response: httpx2.Response) -> None:
    """That it is no fault and no page; what JSON and streams must be is checked by the transport."""
    kind = response.headers["content-type"].partition(";")[0]
    told = f"{response.request.method} {response.request.url} {response.request.content!r}: {response.text[:500]}"
    assert response.status_code in (200, 400, 404, 405, 413), told
    assert kind in ("application/json", "text/event-stream", "application/octet-stream"), told


@pytest.mark.parametrize(("label", "mode"), KINDS)
def test_no_request_is_answered_with_a_fault(
    http: httpx2.Client, ids: dict[str, str], label: str, mode: schemathesis.GenerationMode
) -> None:
    @FUZZ
    @given(case=OPERATIONS[label].as_strategy(generation_mode=mode), with_known=st.booleans())
    def try_(case: schemathesis.Case, with_known: bool) -> None:
        if with_known:
            case.path_parameters = {name: ids[name] for name in case.path_parameters}
            case.body = with_ids(case.body, ids)
        check(send(http, case))

    try_()
