"""The transport's rules, and proof that the checks of all other tests would notice a bad answer."""

from __future__ import annotations

import copy
import json
import socket
import subprocess
import sys

import pytest

from contract.talks import CHAT, TUTOR, begin, calls_of, finish, read, thread_with, tutor, waiting
from contract.wire import SPEC, faults_of_answer, faults_of_event, spec
from local_api import create_app, recorded_home
from local_api.http.openapi import OPERATIONS, description
from server.running import write_recording

PUBLISHED = pytest.param(
    "the published API", marks=pytest.mark.skipif(spec() is None, reason=f"{SPEC} is not there: one check fewer")
)


@pytest.mark.parametrize("checked_by", ["our description", "Run", PUBLISHED])
def test_each_check_notices_a_bad_answer(client, wire, checked_by):
    finish(client, begin(client, "hi"))
    run = json.loads(wire[-1].body)
    run["usage"]["prompt_tokens"] = "many"
    faults = faults_of_answer("GET", wire[-1].path, 200, run)
    assert any(fault.startswith(f"{checked_by}: ") for fault in faults)


def test_the_description_has_exactly_the_routes(tmp_path):
    write_recording(tmp_path, CHAT)
    routes = {
        f"{method} {rule.rule.removeprefix('/v1').translate({ord('<'): '{', ord('>'): '}'})}"
        for rule in create_app(recorded_home(tmp_path)).url_map.iter_rules()
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert set(OPERATIONS) == routes


def test_the_description_is_served_without_the_beta_header(client):
    assert client.get("/openapi.json", cast_to=object) == json.loads(json.dumps(description()))


DAMAGES = {
    "a member that must be there": lambda run: run.pop("model"),
    "an optional member": lambda run: run.pop("last_error"),
    "a nested member": lambda run: run["truncation_strategy"].pop("last_messages"),
    "a number for a string": lambda run: run.update(model=5),
    "a string for a number": lambda run: run.update(created_at="1"),
    "an unknown status": lambda run: run.update(status="happy"),
    "an unknown member": lambda run: run.update(mood="happy"),
    "an unknown nested member": lambda run: run["usage"].update(words=5),
    "a member that the SDK does not know": lambda run: run.pop("tool_resources"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_a_damaged_answer_is_noticed(client, wire, damage):
    finish(client, begin(client, "hi"))
    good = json.loads(wire[-1].body)
    assert faults_of_answer("GET", wire[-1].path, 200, good) == []
    damage(bad := copy.deepcopy(good))
    assert faults_of_answer("GET", wire[-1].path, 200, bad)
    assert faults_of_event("thread.run.completed", bad)


DAMAGES_OF_RESPONSES = {
    "a member that must be there": lambda response: response.pop("tools"),
    "an optional member": lambda response: response.pop("usage"),
    "a nested member": lambda response: response["output"][0].pop("status"),
    "a number for a string": lambda response: response.update(model=5),
    "an unknown item": lambda response: response["output"][0].update(type="riddle"),
    "an unknown status": lambda response: response.update(status="happy"),
    "an unknown member": lambda response: response.update(mood="happy"),
    "an unknown nested member": lambda response: response["output"][0]["content"][0].update(words=5),
}


@pytest.mark.parametrize("damage", DAMAGES_OF_RESPONSES.values(), ids=DAMAGES_OF_RESPONSES)
def test_a_damaged_response_is_noticed(client, wire, damage):
    client.responses.create(model="m", instructions=TUTOR, input="hi")
    good = json.loads(wire[-1].body)
    assert faults_of_answer("POST", "/v1/responses", 200, good) == []
    damage(bad := copy.deepcopy(good))
    assert faults_of_answer("POST", "/v1/responses", 200, bad)
    event = {"type": "response.completed", "sequence_number": 1, "response": good}
    assert faults_of_event("response.completed", event) == []
    assert faults_of_event("response.completed", {**event, "response": bad})
    assert faults_of_event("response.failed", event)


@pytest.mark.parametrize("bad", [
    {"message": "No."},
    {"error": {"message": "No.", "type": "invalid_request_error", "code": None}},
    {"error": {"message": None, "type": "invalid_request_error", "param": None, "code": None}},
])  # fmt: skip
def test_a_damaged_error_is_noticed(bad):
    assert faults_of_answer("GET", "/v1/assistants", 400, bad)


@pytest.mark.parametrize("reach", [
    lambda sock: sock.connect(("192.0.2.1", 443)),
    lambda sock: sock.connect_ex(("192.0.2.1", 443)),
    lambda sock: sock.sendto(b"hello", ("192.0.2.1", 53)),
    lambda sock: socket.getaddrinfo("api.openai.com", 443),
])  # fmt: skip
@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_the_network_is_out_of_reach(kind, reach):
    with socket.socket(socket.AF_INET, kind) as sock, pytest.raises(OSError, match="tried to reach"):
        reach(sock)


def test_the_network_is_out_of_reach_of_what_tests_start():
    reach = "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)"
    started = subprocess.run([sys.executable, "-c", reach], capture_output=True, text=True)
    assert "tried to reach 192.0.2.1" in started.stderr


def test_loopback_is_within_reach():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as local:
        assert local.getpeername() == server.getsockname()


def test_every_answer_has_the_services_headers(client, wire):
    thread = thread_with(client, "hi")
    list(client.beta.threads.runs.create(thread_id=thread.id, assistant_id=tutor(client).id, stream=True))
    assert len(wire) == 3
    for exchange in wire:
        assert exchange.headers["openai-version"] == "2020-10-01"
        assert exchange.headers["openai-processing-ms"].isdigit()
        assert exchange.headers["x-request-id"].startswith("req_")
        assert len(exchange.headers["x-request-id"]) == len("req_") + 32
    assert len({exchange.headers["x-request-id"] for exchange in wire}) == 3
    assert thread._request_id == wire[0].headers["x-request-id"]


def test_the_sdks_pollers_are_told_to_be_quick(client, wire):
    read(client, begin(client, "hi"))
    assert 0 < int(wire[-1].headers["openai-poll-after-ms"]) <= 50


@pytest.mark.parametrize(("kind", "prefix"), [
    ("assistant", "asst_"),
    ("thread", "thread_"),
    ("message", "msg_"),
    ("run", "run_"),
    ("step", "step_"),
    ("call", "call_"),
])  # fmt: skip
def test_ids_have_their_prefix_and_24_letters_or_digits(client, kind, prefix):
    run = waiting(client)
    step = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id).data[0]
    message = client.beta.threads.messages.list(run.thread_id).data[0]
    ids = {
        "assistant": run.assistant_id,
        "thread": run.thread_id,
        "message": message.id,
        "run": run.id,
        "step": step.id,
        "call": calls_of(run)[0],
    }
    assert ids[kind].startswith(prefix)
    assert len(ids[kind].removeprefix(prefix)) == 24
    assert ids[kind].removeprefix(prefix).isalnum()


BETA = {"OpenAI-Beta": "assistants=v2"}


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"messages": null, "metadata": null, "tool_resources": null}'])
def test_a_thread_needs_no_body(client, body):
    headers = {**BETA, "content-type": "application/json"}
    thread = client.post("/threads", content=body, cast_to=object, options={"headers": headers})
    assert thread["metadata"] == {}
    assert client.beta.threads.messages.list(thread["id"]).data == []
