"""Whatever goes wrong at an endpoint: the run ends in the right state, says what to do, and unlocks its thread."""

from __future__ import annotations

import json
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import openai
import pytest
from openai.types.beta.threads import Run

import helpers
from contract.talks import TOOL, begin, finish, messages_of, outputs_for, steps_of, submit, thread_with, tutor
from live.endpoint import (
    KEY,
    Exchange,
    Reply,
    answer,
    call,
    deltas,
    ending,
    frame,
    json_reply,
    message,
    opening,
    reasoning,
    refusing,
    saying,
    streaming,
)
from local_api import Endpoint
from local_api.assistants import run_machine as machine
from local_api.model import live as live_model
from local_api.settings import OPENAI_URL
from waiting import PATIENCE

LONGEST = 1500  # characters of advice that a person reads
BEGUN = [*opening(message("")), *deltas("It all began")]
AT_ONCE = {"retry_after_ms": "1"}  # the SDK's own pauses between its attempts take seconds


@dataclass(frozen=True)
class Fault:
    """What an endpoint does wrong, and what is to come of it.

    Args:
        replies: what it does, one a request.
        status: the run's.
        code: of the run's last_error.
        says: what its message must hold.
        left: the status and the text of the message that the run leaves; None if it leaves none.
        step: the status of the step that it leaves.
        requests: how many the endpoint gets.
        constants: other values for constants, by module: nobody waits five minutes for a test.
    """

    replies: list[Reply]
    status: str = "failed"
    code: str | None = "server_error"
    says: tuple[str, ...] = ()
    left: tuple[str, str] | None = None
    step: str | None = None
    requests: int | None = None
    constants: dict[Any, dict[str, float]] = field(default_factory=dict)


def completed(*replies: Reply, text: str = "Hello.", **members: Any) -> Fault:
    """Something odd that does no harm."""
    return Fault([*replies], "completed", None, left=("completed", text), step="completed", **members)


def broken(*replies: Reply, says: tuple[str, ...], code: str = "server_error", **members: Any) -> Fault:
    """The answer stops after its first words."""
    return Fault([*replies], "failed", code, says, left=("incomplete", "It all began"), step="failed", **members)


def page(status: int, text: str = "<html><body>Welcome to nginx!</body></html>") -> Reply:
    """What a web server says that is no API."""

    def reply(exchange: Exchange) -> None:
        exchange.head(status, content_type="text/html", retry_after_ms="1")
        exchange.raw(text.encode())

    return reply


def silent(*events: dict, after_headers: bool = True) -> Reply:
    """Say this, and then nothing until the client leaves."""

    def reply(exchange: Exchange) -> None:
        if after_headers:
            exchange.head()
            exchange.send(*events)
        exchange.was_hung_up()

    return reply


def cut_in_a_chunk(exchange: Exchange) -> None:
    """A chunked answer that lacks its end, as when a server dies."""
    exchange.head(transfer_encoding="chunked")
    for event in BEGUN:
        data = frame(event)
        exchange.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")


def with_length(length: int) -> Reply:
    """An answer that lies about its length."""

    def reply(exchange: Exchange) -> None:
        exchange.head(content_length=str(length))
        exchange.send(*BEGUN)

    return reply


def too_short(exchange: Exchange) -> None:
    """A length that ends right after the first words of a longer answer."""
    exchange.head(content_length=str(sum(len(frame(event)) for event in BEGUN)))
    exchange.send(*BEGUN, *answer(message("It all began well."))[1:])


def trickling(exchange: Exchange) -> None:
    """An answer byte by byte."""
    exchange.head()
    for byte in b"".join(map(frame, answer(message("Hello.")))):
        exchange.raw(bytes([byte]))
        time.sleep(0.0005)


def never_more_than_alive(exchange: Exchange) -> None:
    """Signs of life for ever."""
    exchange.head()
    for _ in range(10 * PATIENCE):
        exchange.raw(b": still here\n\n")
        time.sleep(0.1)


def never_ending_head(exchange: Exchange) -> None:
    """An answer whose headers never end, and come slowly enough never to be silent."""
    exchange.raw(b"HTTP/1.1 200 OK\r\n")
    for _ in range(10 * PATIENCE):
        exchange.raw(b"X-More: 1\r\n")
        time.sleep(0.1)


def flooding(data: bytes, **headers: str) -> Reply:
    """The first words, and then this again and again, until the client leaves."""

    def reply(exchange: Exchange) -> None:
        exchange.head(**headers)
        exchange.raw(gzipped(*map(frame, BEGUN)) if headers else b"".join(map(frame, BEGUN)))
        while True:
            exchange.raw(data)

    return reply


def gzipped(*data: bytes) -> bytes:
    """Bytes as a compressed answer begins with them."""
    packer = zlib.compressobj(wbits=31)
    return packer.compress(b"".join(data)) + packer.flush(zlib.Z_SYNC_FLUSH)


def redirecting(status: int, to: Callable[[], str]) -> Reply:
    """Send the client elsewhere."""

    def reply(exchange: Exchange) -> None:
        exchange.head(status, location=to(), content_length="0")

    return reply


def closing(exchange: Exchange) -> None:
    """Hang up without a word."""
    exchange.handler.close_connection = True


def quoting_the_key(*events: dict, nested: bool = False, **error: str) -> Reply:
    """An error event inside the stream."""

    def reply(exchange: Exchange) -> None:
        said = {"message": f"No luck with {exchange.key}", **error}
        exchange.head()
        exchange.send(*events, {"type": "error", "error": said} if nested else {"type": "error", "param": None, **said})

    return reply


def raw(*data: bytes) -> Reply:
    def reply(exchange: Exchange) -> None:
        exchange.head()
        for piece in data:
            exchange.raw(piece)

    return reply


REFUSAL = message("I would rather not.", "refusal")
CUT = {"how": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
FILTERED = {"how": "incomplete", "incomplete_details": {"reason": "content_filter"}}
QUOTA = "You exceeded your current quota"
MANY = " ".join(["word"] * 2000)
ODD_EVENT = {"type": "response.sparkles.delta", "delta": {"sparkle": 1}, "sequence_number": 1}
ODD_ITEM = {"type": "sparkles", "id": "sp_1", "sparkles": [1, 2]}
BAD_DELTA = {"type": "response.output_text.delta", "delta": {"no": "text"}}
MORE = frame({"type": "response.sparkles.delta"}) * 99
DEEP = b"data: " + b"[" * 1_000_000 + b"\n\n"
WHOLE = answer(message("Hello."))
SMALL = {live_model: {"MOST_BYTES": 1 << 20}}
HOUSE = {machine: {"EXPIRES_AFTER": 0}}

FAULTS = {
    "wrong key": Fault([refusing(401, "Incorrect API key")], says=("does not accept the key", "MODEL_API_KEY")),
    "forbidden": Fault([refusing(403, "Not allowed")], says=("does not accept the key", "MODEL_API_KEY")),
    "unknown model": Fault(
        [refusing(404, "No such model", "model_not_found")],
        code="invalid_prompt",
        says=("'gpt-6-luna'", "MODEL_NAME", "small, tiny"),
    ),
    "unknown model, told with 400": Fault(
        [refusing(400, "No such model", "model_not_found")], code="invalid_prompt", says=("MODEL_NAME", "small, tiny")
    ),
    "HTML with 404": Fault([page(404)], code="invalid_prompt", says=("MODEL_NAME",)),
    "HTML with 200": Fault([page(200)], says=("Is it a Responses API?",)),
    "JSON in place of a stream": Fault([json_reply({"object": "chat"})], says=("Is it a Responses API?",)),
    "a flood of HTML": Fault([page(500, "<p>Sorry!</p>" * 100_000)], says=("answered 500",), requests=3),
    "bad request": Fault([refusing(400, "No such thing")], code="invalid_prompt", says=("400", "No such thing")),
    "429 with retry-after": completed(refusing(429, "Slow down", **AT_ONCE), saying("Hello."), requests=2),
    "429 for good": Fault(
        [refusing(429, "Slow down", **AT_ONCE)], code="rate_limit_exceeded", says=("wait a little",), requests=3
    ),
    "429 without retry-after": Fault(
        [refusing(429, "Slow down")], code="rate_limit_exceeded", says=("wait a little",), requests=3
    ),
    "quota exhausted": Fault(
        [refusing(429, QUOTA, "insufficient_quota", **AT_ONCE)], code="rate_limit_exceeded", says=("no credit", QUOTA)
    ),
    "500 thrice": Fault([refusing(500, "Oh dear", **AT_ONCE)], says=("answered 500", "Oh dear"), requests=3),
    "500 once": completed(refusing(500, "Oh dear", **AT_ONCE), saying("Hello."), requests=2),
    "hangs up at once": Fault([closing], says=("127.0.0.1", "disconnected"), requests=3),
    "ends in mid-text": broken(streaming(*BEGUN), says=("broke off",)),
    "cut in mid-text": broken(cut_in_a_chunk, says=("broke off",)),
    "length too long": broken(with_length(100_000), says=("broke off",)),
    "length too short": broken(too_short, says=("broke off",)),
    "garbled JSON": broken(raw(*map(frame, BEGUN), b'data: {"type": "resp\n\n'), says=("not JSON",)),
    "bytes that are no text": broken(raw(*map(frame, BEGUN), b'data: {"type": "\xff\xfe"}\n\n'), says=("127.0.0.1",)),
    "a broken event": broken(streaming(*BEGUN, BAD_DELTA), says=("broken", "response.output_text.delta")),
    "an event that is a list": broken(raw(*map(frame, BEGUN), b"data: [1]\n\n"), says=("broke off",)),
    "nothing but an empty stream": Fault([streaming()], says=("Is it a Responses API?",)),
    "empty answer": Fault([streaming(ending())], says=("nothing at all", "another model")),
    "thinks and says nothing": Fault([streaming(*answer(reasoning("rs_1")))], says=("nothing at all",)),
    "refusal": completed(streaming(*answer(REFUSAL)), text="I would rather not."),
    "unknown events and items": completed(streaming(ODD_EVENT, *answer(ODD_ITEM, message("Hello.")))),
    "only the end": completed(streaming(ending(message("Hello.")))),
    "cut at the token limit": Fault(
        [streaming(*BEGUN, ending(**CUT))], "incomplete", None, left=("incomplete", "It all began"), step="completed"
    ),
    "content filter": broken(streaming(*BEGUN, ending(**FILTERED)), says=("content filter",), code="invalid_prompt"),
    "error event": broken(quoting_the_key(*BEGUN, code="server_error"), says=("No luck",)),
    "error event about limits": broken(
        quoting_the_key(*BEGUN, code="rate_limit_exceeded"), says=("No luck",), code="rate_limit_exceeded"
    ),
    "error inside an event": broken(
        quoting_the_key(*BEGUN, nested=True, code="rate_limit_exceeded"), says=("No luck",), code="rate_limit_exceeded"
    ),
    "response.failed": broken(
        streaming(*BEGUN, ending(how="failed", error={"code": "server_error", "message": "The model fell over"})),
        says=("fell over",),
    ),
    "response.failed for no reason": broken(
        streaming(*BEGUN, ending(how="failed", error=None)), says=("did not say why",)
    ),
    "an error that is no text": broken(
        streaming(*BEGUN, ending(how="failed", error={"code": "server_error", "message": {"no": "text"}})),
        says=("no",),
    ),
    "usage that is no number": completed(
        streaming(*answer(message("Hello."), usage={"input_tokens": "many", "output_tokens": None}))
    ),
    "no usage": completed(streaming(*answer(message("Hello."), usage=None))),
    "trickles": completed(trickling),
    "floods": completed(streaming(*answer(message(MANY))), text=MANY),
    "leaves the connection open": completed(silent(*WHOLE), constants={live_model: {"SILENCE_TIMEOUT": 3}}),
    "goes on after its end": completed(streaming(*WHOLE, *WHOLE)),
    "the end before the words": completed(streaming(WHOLE[-1], *WHOLE[:-1])),
    "words without a beginning": completed(streaming(*WHOLE[1:])),
    "twice the same item": completed(streaming(*WHOLE[:-1], WHOLE[-2], WHOLE[-1])),
    "a beginning after its words": completed(streaming(*WHOLE[1:-2], WHOLE[0], *WHOLE[-2:])),
    "events without end": broken(flooding(MORE), says=("more than 1 MB",), constants=SMALL),
    "a line without end": broken(flooding(b"x" * 1000), says=("more than 1 MB",), constants=SMALL),
    "signs of life without end": broken(flooding(b": still here\n\n" * 99), says=("more than 1 MB",), constants=SMALL),
    "packed a thousandfold": broken(
        flooding(gzipped(bytes(1 << 20))[10:], content_encoding="gzip"), says=("more than 1 MB",), constants=SMALL
    ),
    "JSON a million deep": broken(raw(*map(frame, BEGUN), DEEP), says=("not JSON",)),
    "headers without end": Fault([never_ending_head], "expired", None, constants=HOUSE),
    "hangs before the first header": Fault(
        [silent(after_headers=False)], says=("too long",), constants={live_model: {"SILENCE_TIMEOUT": 0.2}}
    ),
    "hangs in mid-text": broken(
        silent(*BEGUN), says=("too long",), constants={live_model: {"SILENCE_TIMEOUT": 0.2}}, requests=1
    ),
    "alive, and no more": Fault([never_more_than_alive], "expired", None, constants=HOUSE),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_and_leaves_nothing_locked(
    fault: Fault,
    live: Callable,
    scripted: Callable,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for module, constants in fault.constants.items():
        for name, value in constants.items():
            monkeypatch.setattr(module, name, value)
    endpoint = scripted(*fault.replies, models=("tiny", "small"))
    client = live(Endpoint(endpoint.url, KEY, None))
    run = finish(client, begin(client, "hi"))
    check_end(run, fault)
    check_left(client, run, fault)
    assert fault.requests in (None, len(endpoint.asked))
    check_unlocked(client, run)
    check_no_key(client, run, caplog)
    assert not [record for record in caplog.records if record.name == "local_api"]  # it is not our bug


def check_end(run: Run, fault: Fault) -> None:
    told = run.last_error.message if run.last_error else ""
    assert (run.status, run.last_error and run.last_error.code) == (fault.status, fault.code), told
    assert [words for words in fault.says if words not in told] == [], told
    assert len(told) < LONGEST
    reason = "max_completion_tokens" if fault.status == "incomplete" else None
    assert (run.incomplete_details and run.incomplete_details.reason) == reason


def check_left(client: openai.OpenAI, run: Run, fault: Fault) -> None:
    said = [(one.status, words_of(one)) for one in messages_of(client, run) if one.role == "assistant"]
    assert said == ([fault.left] if fault.left else [])
    assert [step.status for step in steps_of(client, run)] == ([fault.step] if fault.step else [])


def words_of(message: Any) -> str:
    part = message.content[0]
    return part.text.value if part.type == "text" else part.refusal


def check_unlocked(client: openai.OpenAI, run: Run) -> None:
    """Raises an error if the run still locks the thread."""
    client.beta.threads.messages.create(run.thread_id, role="user", content="And now?")


def check_no_key(client: openai.OpenAI, run: Run, caplog: pytest.LogCaptureFixture) -> None:
    shown = [run, *messages_of(client, run), *steps_of(client, run)]
    assert KEY not in json.dumps([one.to_dict() for one in shown]) + caplog.text


def test_a_refusal_is_a_part_of_its_own(answered: Callable) -> None:
    client, _ = answered(streaming(*answer(REFUSAL)))
    run = finish(client, begin(client, "hi"))
    assert [part.type for part in messages_of(client, run)[-1].content] == ["refusal"]


def test_arguments_that_are_not_json_are_handed_through(answered: Callable) -> None:
    client, endpoint = answered(streaming(*answer(call('{"city": Rome'))), saying("Sunny."))
    waiting = finish(client, begin(client, "Paris and Rome?"))
    asked = waiting.required_action.submit_tool_outputs.tool_calls[0].function
    assert (waiting.status, asked.arguments) == ("requires_action", '{"city": Rome')
    submit(client, waiting, outputs_for(waiting, "That was no JSON."))
    run = finish(client, waiting)
    assert run.status == "completed"
    assert endpoint.bodies[1]["input"][-1]["output"] == "That was no JSON."


def test_a_stream_tells_of_a_fault_and_ends(answered: Callable) -> None:
    client, _ = answered(streaming(*BEGUN))
    thread, assistant = thread_with(client, "hi"), tutor(client, tools=[TOOL])
    events = client.beta.threads.runs.create(thread_id=thread.id, assistant_id=assistant.id, stream=True)
    assert [event.event for event in events][-3:] == [
        "thread.message.incomplete",
        "thread.run.step.failed",
        "thread.run.failed",
    ]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_nothing_is_sent_where_an_endpoint_redirects_to(answered: Callable, scripted: Callable, status: int) -> None:
    other = scripted()
    client, _ = answered(redirecting(status, lambda: other.url + "/responses"))
    run = finish(client, begin(client, "hi"))
    assert (run.status, run.last_error.code) == ("failed", "server_error")
    assert f"redirects to {other.url}" in run.last_error.message
    assert "MODEL_BASE_URL" in run.last_error.message
    assert other.asked == []


def test_todays_client_goes_nowhere_else_either(
    scripted: Callable, settings: pytest.MonkeyPatch, connect: Callable
) -> None:
    other = scripted()
    endpoint = scripted(redirecting(308, lambda: other.url + "/responses"))
    settings.setenv("MODEL_BASE_URL", endpoint.url)
    connect(mode="live")
    today, model = helpers.connect_today()
    with pytest.raises(openai.APIStatusError):
        today.responses.create(model=model, input="hi")
    assert other.asked == []


@pytest.mark.parametrize("listing", [never_ending_head, flooding(b" " * 1000), redirecting(302, lambda: "/v1/models")])
def test_the_list_of_models_may_be_as_broken(
    answered: Callable, monkeypatch: pytest.MonkeyPatch, listing: Reply
) -> None:
    monkeypatch.setattr(live_model, "LISTING_TIMEOUT", 0.3)
    monkeypatch.setattr(live_model, "MOST_BYTES", 1 << 20)
    client, endpoint = answered(refusing(404, "No such model", "model_not_found"))
    endpoint.list_models = listing
    run = finish(client, begin(client, "hi"))
    assert run.last_error.code == "invalid_prompt"
    assert "Check MODEL_BASE_URL" in run.last_error.message


# --- where there is no endpoint ---


@contextmanager
def nobody() -> Iterator[str]:
    """An address at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}/v1"


@contextmanager
def never_accepting() -> Iterator[str]:
    """An address at which connections get no answer, since its queue is full."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        yield f"http://127.0.0.1:{address[1]}/v1"
        for one in waiting:
            one.close()


def failed_at(live: Callable, url: str, key: str = KEY) -> Run:
    """A run that has failed; its thread is free and it left nothing."""
    client = live(Endpoint(url, key, None))
    run = finish(client, begin(client, "hi"))
    assert (run.status, run.last_error.code) == ("failed", "server_error")
    assert len(messages_of(client, run)) == 1
    check_unlocked(client, run)
    assert KEY not in run.to_json()
    return run


def test_openai_without_a_key_is_not_even_asked(live: Callable) -> None:
    # The tests' guard would refuse the request, and the message would tell of that.
    assert "OPENAI_API_KEY" in failed_at(live, OPENAI_URL, key="").last_error.message


def test_nobody_listens(live: Callable) -> None:
    with nobody() as url:
        said = failed_at(live, url).last_error.message
    assert f"No connection to {url}" in said
    assert "MODEL_BASE_URL" in said


def test_tls_with_a_server_that_has_none(live: Callable, scripted: Callable) -> None:
    url = scripted().url.replace("http:", "https:")
    said = failed_at(live, url).last_error.message
    assert f"No connection to {url}" in said
    assert "SSL" in said


def test_a_connection_that_is_not_accepted(live: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_model, "CONNECT_TIMEOUT", 0.2)
    with never_accepting() as url:
        said = failed_at(live, url).last_error.message
    assert f"No connection to {url}" in said
    assert "MODEL_BASE_URL" in said
