"""A live model: any endpoint that has `POST /responses`, asked with no more than what all of them understand."""

from __future__ import annotations

import base64
import contextlib
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import openai
from openai import BaseModel

from local_api.settings import OPENAI_URL, Endpoint
from local_api.storage.blobs import Blobs

from .model import ModelEvents, ModelFailure, ModelRequest
from .tidy import RUN_CODES, tidied

CONNECT_TIMEOUT = 10.0  # seconds
SILENCE_TIMEOUT = 180.0  # seconds between two pieces; three tries are over before the run expires
MOST_BYTES = 64 << 20  # of one answer; the longest that models give are a small part of it
MOST_WAITING = 1000  # events that have come and are not worked on yet
LISTING_TIMEOUT = 5.0  # seconds for the names of an endpoint's models, which only help to explain a mistake
LOOK_UP_EVERY = 0.2  # seconds between two chances to notice that nobody wants the answer any more
MIN_OUTPUT_TOKENS = 16  # OpenAI's endpoint refuses a smaller limit
ACCOUNT_HEADERS = ("OpenAI-Organization", "OpenAI-Project")
LONGEST = 500  # characters of what an endpoint says; it may be a whole page of HTML
SHORTEST_KEY = 8
QUOTA_CODES = ("insufficient_quota", "credit_balance_exhausted", "project_spend_limit_exceeded")
CONNECTION_ADVICE = "Is MODEL_BASE_URL right, and is the server running?"
DEFAULT_SAMPLING = 1.0  # what an assistant has if nobody said anything


class ClosingClient(openai.DefaultHttpxClient):
    """Closes itself when it is forgotten, as the SDK's own does."""

    def __del__(self) -> None:
        try:
            self.close()
        except Exception:  # when Python ends, half of what this needs has gone already
            pass


def endpoint_client(endpoint: Endpoint) -> openai.OpenAI:
    """The SDK's client of an endpoint. It goes where it was told to, and nowhere that the endpoint sends it."""
    # The SDK insists on some key; an endpoint without one does not look at it.
    # OpenAI's account names, which it reads from the environment, are nobody else's business either.
    foreign = endpoint.base_url != OPENAI_URL
    return openai.OpenAI(
        base_url=endpoint.base_url,
        api_key=endpoint.api_key or "not-needed",
        default_headers=dict.fromkeys(ACCOUNT_HEADERS, openai.Omit()) if foreign else None,
        http_client=ClosingClient(follow_redirects=False),
    )


class LiveModel:
    """Asks an endpoint, without leaving anything there: the whole conversation goes along each time.

    Args:
        endpoint: where it is.
        blobs: where pictures are that messages name by the ids of their files; None if none do.
    """

    def __init__(self, endpoint: Endpoint, blobs: Blobs | None = None) -> None:
        self.endpoint = endpoint
        self._blobs = blobs
        self._client = endpoint_client(endpoint)

    def respond(self, request: ModelRequest) -> ModelEvents:
        """The endpoint's events as they come, and an empty one now and then while there are none.

        Closing the iterator hangs up, so that the endpoint stops as well.

        Raises:
            ModelFailure: the endpoint can't be reached, refuses, or breaks off.
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
        raise failure  # out here it has no context, whose text may quote the key

    def _failure(self, error: Exception, request: ModelRequest, heard: bool) -> ModelFailure:
        where = self.endpoint.base_url
        if isinstance(error, ModelFailure):
            return ModelFailure(error.code, self._without_key(error.message))
        if isinstance(error, (ValueError, RecursionError)):
            said = str(error) if isinstance(error, OddAnswer) else "something that is not JSON"
            return ModelFailure("server_error", f"{where} sent {said}. Is it a Responses API?")
        # Both libraries that the SDK may use call it ConnectTimeout; then nothing has been asked yet.
        if isinstance(error, openai.APITimeoutError) and type(error.__cause__).__name__ != "ConnectTimeout":
            return ModelFailure("server_error", f"{where} took too long to answer. Is the model loaded? Try again.")
        if isinstance(error, openai.APIConnectionError) and not heard:
            return ModelFailure("server_error", f"No connection to {where} ({_cause(error)}). {CONNECTION_ADVICE}")
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
        return ModelFailure(code, f"{self.endpoint.base_url} answered {error.status_code}: {said}")

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
        # A short one is no secret but a placeholder, such as "ollama", and a word of its own.
        return text.replace(key, "(key)") if len(key) >= SHORTEST_KEY else text


def request_body(request: ModelRequest, model: str | None, blobs: Blobs | None) -> dict[str, Any]:
    """The request as `POST /responses` takes it; what nobody asked for is left out.

    Args:
        request: what to ask.
        model: the model to ask for, instead of the request's.
        blobs: where pictures are.
    """
    body: dict[str, Any] = {
        "model": model or request.model,
        "input": [with_pictures(message, blobs) for message in request.messages] + request.items,
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


def with_pictures(message: dict[str, Any], blobs: Blobs | None) -> dict[str, Any]:
    """The item with its picture files written out as data, since their ids mean nothing to an endpoint."""
    if not isinstance(message.get("content"), list):
        return message
    return {**message, "content": [_written_out(part, blobs) for part in message["content"]]}


def _written_out(part: dict[str, Any], blobs: Blobs | None) -> dict[str, Any]:
    if "file_id" not in part:
        return part
    try:
        content = blobs.path(part["file_id"]).read_bytes()
    except FileNotFoundError:
        return {"type": "input_text", "text": "[a picture that has been deleted]"}
    type = next((type for start, type in PICTURE_TYPES.items() if content.startswith(start)), "image/png")
    address = f"data:{type};base64,{base64.b64encode(content).decode()}"
    return {"type": part["type"], "image_url": address, "detail": part["detail"]}


# How the kinds of pictures begin that models take.
PICTURE_TYPES = {b"\x89PNG": "image/png", b"\xff\xd8": "image/jpeg", b"GIF8": "image/gif", b"RIFF": "image/webp"}


class OddAnswer(ValueError):
    """The answer was no stream of events; the text says what it was."""


class _Call:
    """One request, read in a thread of its own on a connection of its own, so that it can be given up at any moment.

    Args:
        client: its address, key and retries.
        ask: makes the request; returns what comes, one by one.
    """

    def __init__(self, client: openai.OpenAI, ask: Callable[[openai.OpenAI], Iterable[Any]]) -> None:
        timeout = openai.Timeout(SILENCE_TIMEOUT, connect=CONNECT_TIMEOUT)
        hooks = {"request": [self._watch], "response": [_limit]}
        # What is asked goes to the address that was set, and to no other one that it may name.
        self._http = openai.DefaultHttpxClient(timeout=timeout, event_hooks=hooks, follow_redirects=False)
        # The SDK's own timeout would count more than that of the HTTP client.
        self._client = client.with_options(http_client=self._http, timeout=timeout)
        self.heard = False  # whether any event has come
        self._ask = ask
        self._news: queue.Queue[Any] = queue.Queue(MOST_WAITING)
        self._socket: socket.socket | None = None
        self._given_up = False
        threading.Thread(target=self._read, name="model call", daemon=True).start()

    def events(self) -> Iterator[dict[str, Any]]:
        """The events as they come, and an empty one now and then."""
        while True:
            try:
                news = self._news.get(timeout=LOOK_UP_EVERY)
            except queue.Empty:
                yield {"type": ""}
                continue
            if news is None:
                return
            if isinstance(news, Exception):
                raise news
            yield news

    def hang_up(self) -> None:
        """Close the connection, if the answer is still coming."""
        self._given_up = True
        if self._socket:
            with contextlib.suppress(OSError):
                # Closing alone would not wake the thread that waits for the next piece.
                self._socket.shutdown(socket.SHUT_RDWR)

    def _watch(self, request: Any) -> None:
        if self._given_up:
            raise openai.OpenAIError("given up")  # the one error after which the SDK does not try again
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: dict[str, Any]) -> None:
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._socket = info["return_value"].get_extra_info("socket")
            if self._given_up:
                self.hang_up()

    def _read(self) -> None:
        try:
            with self._http:
                for event in self._ask(self._client):
                    if self._given_up:
                        return
                    self.heard = True
                    # Unknown types are passed over, and nobody is warned of them.
                    self._tell(event.to_dict(warnings=False) if isinstance(event, BaseModel) else event)
            self._tell(None if self.heard else OddAnswer("no events"))
        except Exception as error:
            self._tell(error)

    def _tell(self, news: Any) -> None:
        while not self._given_up:
            with contextlib.suppress(queue.Full):
                return self._news.put(news, timeout=LOOK_UP_EVERY)


def _limit(response: Any) -> None:
    """Have an answer end in an error once it is far longer than any."""
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
    """The innermost reason of an error, in its own words."""
    while error.__cause__ or error.__context__:
        error = error.__cause__ or error.__context__
    return str(error) or type(error).__name__
