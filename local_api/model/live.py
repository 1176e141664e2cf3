"""A live model: any endpoint with `POST /responses`, using only the parts of it that all such endpoints have."""

from __future__ import annotations

import base64
import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import openai
from openai import BaseModel

from local_api.settings import OPENAI_URL, Endpoint
from local_api.storage.blobs import Blobs

from .model import Item, ModelEvents, ModelFailure, ModelRequest
from .network import http_options, proxy_note
from .tidy import RUN_CODES, tidied

CONNECT_TIMEOUT = 10.0  # seconds
SILENCE_TIMEOUT = 180.0  # seconds between two pieces; three tries end before the run expires
MOST_BYTES = 64 << 20  # of one answer; the longest answers of models are a small part of it
MOST_WAITING = 1000  # events received and not yet taken
LISTING_TIMEOUT = 5.0  # seconds for the names of an endpoint's models, which only help to explain a mistake
LOOK_UP_EVERY = 0.2  # seconds between two chances to notice that the answer is no longer wanted
MIN_OUTPUT_TOKENS = 16  # OpenAI's endpoint refuses a smaller limit
ACCOUNT_HEADERS = ("OpenAI-Organization", "OpenAI-Project")
LONGEST = 500  # characters of an endpoint's error message, which may be a whole page of HTML
SHORTEST_KEY = 8  # characters; a shorter key is a placeholder such as "ollama"
QUOTA_CODES = ("insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded")
CONNECTION_ADVICE = "Is MODEL_BASE_URL right, and is the server running?"
PROXY_STATUSES = (407, 502, 503, 504)  # of an answer that may come from a proxy in between (RFC 9110, section 15)
DEFAULT_SAMPLING = 1.0  # an assistant's temperature and top_p unless they were set


class ClosingClient(openai.DefaultHttpxClient):
    """Closes itself when it is garbage-collected, as the SDK's own client does."""

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # when Python exits, the modules that this needs may be gone
            pass


def endpoint_client(endpoint: Endpoint) -> openai.OpenAI:
    """The SDK's client of an endpoint. It doesn't follow redirects, so the key goes nowhere else.

    Raises:
        ValueError: the environment names a proxy or certificates that can't be used.
    """
    # The SDK requires some key; an endpoint without keys ignores it. The SDK also reads the names of OpenAI accounts
    # from the environment, and other endpoints should not get them.
    foreign = endpoint.base_url != OPENAI_URL
    return openai.OpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or "not-needed",
        # Omit is the SDK's way to leave a header out, which its annotation of this argument doesn't mention.
        default_headers=dict.fromkeys(ACCOUNT_HEADERS, openai.Omit()) if foreign else None,  # type: ignore[arg-type]
        http_client=ClosingClient(follow_redirects=False, **http_options(endpoint.base_url)),
    )


class LiveModel:
    """Asks an endpoint, which stores nothing: each request contains the whole conversation.

    Args:
        endpoint: where the model is.
        blobs: the bytes of the pictures that messages name by file id; None if no message does.
    """

    def __init__(self, endpoint: Endpoint, blobs: Blobs | None = None) -> None:
        self.endpoint = endpoint
        self._blobs = blobs
        self._client = endpoint_client(endpoint)

    def respond(self, request: ModelRequest) -> ModelEvents:
        """The endpoint's events as they come, with empty ones from time to time while it is silent.

        Closing the iterator closes the connection, so that the endpoint stops as well.

        Raises:
            ModelFailure: the endpoint can't be reached, refuses the request, or breaks off.
        """
        if self.endpoint.base_url == OPENAI_URL and not self.endpoint.api_key:
            raise ModelFailure("server_error", "There is no key for OpenAI: set OPENAI_API_KEY in .env.")
        body = request_body(request, self.endpoint.model, self._blobs)
        call = _Call(self._client, lambda client: client.responses.create(**body))
        try:
            yield from tidied(call.events())
            return
        except (ModelFailure, openai.OpenAIError, ValueError, RecursionError) as error:
            failure = self._failure(error, request, call.heard)
        finally:
            call.hang_up()
        raise failure  # outside the except block: a chained original error might quote the key

    def _failure(self, error: Exception, request: ModelRequest, heard: bool) -> ModelFailure:
        where = self.endpoint.base_url
        if isinstance(error, ModelFailure):
            return ModelFailure(error.code, self._without_key(error.message))
        if isinstance(error, (ValueError, RecursionError)):
            said = str(error) if isinstance(error, OddAnswer) else "something that is not JSON"
            return ModelFailure("server_error", f"{where} sent {said}. Is it a Responses API?")
        # The class has this name in both libraries that the SDK may use. It means that nothing has been asked yet.
        if isinstance(error, openai.APITimeoutError) and type(error.__cause__).__name__ != "ConnectTimeout":
            return ModelFailure("server_error", f"{where} took too long to answer. Is the model loaded? Try again.")
        if isinstance(error, openai.APIConnectionError) and not heard:
            said = f"No connection to {where} ({_cause(error)}). {CONNECTION_ADVICE} {proxy_note(where)}"
            return ModelFailure("server_error", said.rstrip())
        if isinstance(error, openai.APIStatusError):
            return self._refusal(error, self.endpoint.model or request.model)
        code = error.code if isinstance(error, openai.APIError) and error.code in RUN_CODES else "server_error"
        why = _cause(error) if isinstance(error, openai.APIConnectionError) else str(error)
        return ModelFailure(code, f"{where} broke off: {self._without_key(why)}. Run it again.")

    def _refusal(self, error: openai.APIStatusError, model: str) -> ModelFailure:
        said = self._without_key(error.message)[:LONGEST]
        if 300 <= error.status_code < 400:
            other = self._without_key(error.response.headers.get("location", "nowhere"))[:LONGEST]
            said = f"{self.endpoint.base_url} redirects to {other}; nothing was sent there."
            return ModelFailure("server_error", f"{said} If you trust that address, set MODEL_BASE_URL to it.")
        if error.status_code in (401, 403):
            advice = "Check MODEL_API_KEY (or OPENAI_API_KEY) in .env."
            return ModelFailure("server_error", f"{self.endpoint.base_url} does not accept the key. {advice}")
        if error.status_code == 429 and error.code in QUOTA_CODES:
            return ModelFailure("rate_limit_exceeded", f"The account has no credit left or is over its limit: {said}")
        if error.status_code == 429:
            return ModelFailure("rate_limit_exceeded", f"Too many requests; wait a little and run again. {said}")
        if error.status_code == 404 or error.code == "model_not_found":
            return ModelFailure("invalid_prompt", f"{said} {self._known_models(model)}")
        code = "invalid_prompt" if error.status_code < 500 else "server_error"
        note = proxy_note(self.endpoint.base_url) if error.status_code in PROXY_STATUSES else ""
        return ModelFailure(
            code, f"{self.endpoint.base_url} answered {error.status_code}: {said}{note and '. ' + note}"
        )

    def _known_models(self, model: str) -> str:
        call = _Call(self._client.with_options(max_retries=0), lambda client: client.models.list())
        known, give_up = [], time.monotonic() + LISTING_TIMEOUT
        try:
            for item in call.events():
                known += [str(item["id"])] if "id" in item else []
                if time.monotonic() > give_up:
                    raise TimeoutError
        except Exception:  # whatever is there instead of a list of models
            return "Check MODEL_BASE_URL: it usually ends in /v1."
        finally:
            call.hang_up()
        known.sort()
        return f"The model asked for is {model!r}; set MODEL_NAME in .env to one of: {', '.join(known[:20])}."

    def _without_key(self, text: str) -> str:
        key = self.endpoint.api_key
        return text.replace(key, "(key)") if len(key) >= SHORTEST_KEY else text


def request_body(request: ModelRequest, model: str | None, blobs: Blobs | None) -> dict[str, Any]:
    """The request as the body of `POST /responses`, without members that have their default value.

    Args:
        request: the request.
        model: the model to ask for instead of the request's; None for the request's.
        blobs: the bytes of pictures; None if no message names a picture by file id.
    """
    body: dict[str, Any] = {
        "model": model or request.model,
        "input": [*(with_pictures(item, blobs) if blobs else item for item in request.messages), *request.items],
        "stream": True,
        "store": False,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.tools:
        body |= {"tools": request.tools, "parallel_tool_calls": request.parallel_tool_calls}
        if request.tool_choice != "auto":
            body["tool_choice"] = request.tool_choice
    if request.text_format["type"] != "text":
        body["text"] = {"format": request.text_format}
    if request.max_output_tokens is not None:
        body["max_output_tokens"] = max(MIN_OUTPUT_TOKENS, request.max_output_tokens)
    for name in ("temperature", "top_p"):
        if getattr(request, name) != DEFAULT_SAMPLING:
            body[name] = getattr(request, name)
    if request.reasoning_effort:
        body["reasoning"] = {"effort": request.reasoning_effort}
    return body


def with_pictures(message: Item, blobs: Blobs) -> Item:
    """The item with picture files replaced by their data, since an endpoint doesn't know our ids."""
    if not isinstance(message.get("content"), list):
        return message
    return {**message, "content": [_with_data(part, blobs) for part in message["content"]]}


def _with_data(part: Mapping[str, Any], blobs: Blobs) -> Mapping[str, Any]:
    if "file_id" not in part:
        return part
    try:
        content = blobs.path(part["file_id"]).read_bytes()
    except FileNotFoundError:
        return {"type": "input_text", "text": "[a picture that has been deleted]"}
    mime = next((mime for start, mime in PICTURE_TYPES.items() if content.startswith(start)), "image/png")
    address = f"data:{mime};base64,{base64.b64encode(content).decode()}"
    return {"type": part["type"], "image_url": address, "detail": part["detail"]}


# The first bytes of each kind of picture that models accept.
PICTURE_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


class OddAnswer(ValueError):
    """The answer was not a stream of events; the text says what it was."""


class _Call:
    """One request on a connection of its own, read by a thread of its own, so that it can be abandoned at any moment.

    A run may be cancelled, or a client may leave, while a model thinks for minutes. Reading from a socket blocks until
    the next piece comes, and the HTTP client has no call that interrupts it. Hence:

    - A thread reads, and the caller waits for its events at a queue, with a timeout after which it may stop waiting.
    - The queue is bounded, so that a fast endpoint and a slow reader don't fill the memory.
    - To abandon the call, the socket is shut down. Closing it would not do: a close does not wake a thread that is
      blocked in a read (Linux's close(2) says so), while after shutdown(2) the read returns at once.
    - The socket is found by httpcore's `trace` request extension (https://www.encode.io/httpcore/extensions/), since
      the client gives no access to it before the response has begun.
    - The connection isn't shared with other calls, which a shutdown would break off as well.

    Args:
        client: its address, key and retries.
        ask: makes the request; returns an iterable of events.
    """

    def __init__(self, client: openai.OpenAI, ask: Callable[[openai.OpenAI], Iterable[Any]]) -> None:
        timeout = openai.Timeout(SILENCE_TIMEOUT, connect=CONNECT_TIMEOUT)
        hooks: dict[str, list[Callable[..., Any]]] = {"request": [self._prepare], "response": [_limit]}
        # No redirects: the request and the key go to the configured address only.
        self._http = openai.DefaultHttpxClient(
            timeout=timeout, event_hooks=hooks, follow_redirects=False, **http_options(str(client.base_url))
        )
        # Given here as well, since the SDK's own timeout would override that of the HTTP client.
        self._client = client.with_options(http_client=self._http, timeout=timeout)
        self.heard = False  # whether any event has come
        self._ask = ask
        self._received: queue.Queue[Any] = queue.Queue(MOST_WAITING)  # events, then None or the error that ended them
        self._socket: socket.socket | None = None
        self._is_abandoned = False
        threading.Thread(target=self._read, name="model call", daemon=True).start()

    def events(self) -> Iterator[dict[str, Any]]:
        """The events as they come, with empty ones while there are none, so that the caller regains control."""
        while True:
            try:
                received = self._received.get(timeout=LOOK_UP_EVERY)
            except queue.Empty:
                yield {"type": ""}
                continue
            if received is None:
                return
            if isinstance(received, Exception):
                raise received
            yield received

    def hang_up(self) -> None:
        """Close the connection, if the answer is still coming."""
        self._is_abandoned = True
        if self._socket:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)

    def _prepare(self, request: Any) -> None:
        if self._is_abandoned:  # between two tries of the SDK
            raise openai.OpenAIError("abandoned")  # the only error after which the SDK doesn't try again
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._is_abandoned:  # while the connection was being made
                self.hang_up()

    def _read(self) -> None:
        try:
            with self._http:
                for event in self._ask(self._client):
                    if self._is_abandoned:
                        return
                    self.heard = True
                    # No warnings: an event of a type that the SDK doesn't know is nothing a learner can act on.
                    self._put(event.to_dict(warnings=False) if isinstance(event, BaseModel) else event)
            self._put(None if self.heard else OddAnswer("no events"))
        except Exception as error:
            self._put(error)

    def _put(self, received: Any) -> None:
        while not self._is_abandoned:
            with contextlib.suppress(queue.Full):
                return self._received.put(received, timeout=LOOK_UP_EVERY)


def _limit(response: Any) -> None:
    """Make an answer end in an error once it is far longer than any real one.

    The SDK reads the whole answer through `iter_bytes`, which is the only place to count the bytes.
    """
    whole = response.iter_bytes

    def limited(chunk_size: int | None = None) -> Iterator[bytes]:
        size = 0
        for piece in whole(chunk_size):
            size += len(piece)
            if size > MOST_BYTES:
                raise OddAnswer(f"more than {MOST_BYTES >> 20} MB in one answer")
            yield piece

    response.iter_bytes = limited


def _cause(error: BaseException) -> str:
    """The text of the innermost cause of an error."""
    while cause := error.__cause__ or error.__context__:
        error = cause
    return str(error) or type(error).__name__
