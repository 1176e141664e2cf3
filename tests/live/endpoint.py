"""A scripted Responses endpoint: a real HTTP server on loopback that does as it is told and keeps what it was asked."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from waiting import PATIENCE

Event = dict[str, Any]

KEY = "-".join(("sk", "planted", "0123456789abcdef"))  # in one piece it would look like a real one
USAGE = {
    "input_tokens": 5,
    "output_tokens": 7,
    "total_tokens": 12,
    "input_tokens_details": {"cached_tokens": 2},
    "output_tokens_details": {"reasoning_tokens": 3},
}


@dataclass
class Exchange:
    """One request with its answer under way.

    Args:
        handler: writes the answer.
        body: what was asked.
    """

    handler: BaseHTTPRequestHandler
    body: dict[str, Any]

    @property
    def key(self) -> str:
        """The key that came with the request."""
        return self.handler.headers.get("Authorization", "").removeprefix("Bearer ")

    def head(self, status: int = 200, **headers: str) -> None:
        """Begin the answer; an underscore in a header's name stands for a dash."""
        self.handler.send_response(status)
        for name, value in {"content_type": "text/event-stream", "connection": "close", **headers}.items():
            self.handler.send_header(name.replace("_", "-"), value)
        self.handler.end_headers()

    def send(self, *events: Event) -> None:
        """Stream events."""
        for event in events:
            self.raw(frame(event))

    def raw(self, data: bytes) -> None:
        """Send these bytes at once."""
        self.handler.wfile.write(data)

    def was_hung_up(self) -> bool:
        """Wait until the client closes the connection; False if it does not."""
        self.handler.connection.settimeout(PATIENCE)
        try:
            return self.handler.connection.recv(1) == b""
        except ConnectionError:
            return True
        except TimeoutError:
            return False


# What an endpoint does with a request.
Reply = Callable[[Exchange], None]


class ScriptedEndpoint:
    """What the endpoint's server and the test share.

    Args:
        replies: one a request, in order; the last one is used again and again.
        models: the names that it lists.
    """

    def __init__(self, *replies: Reply, models: tuple[str, ...] = ()) -> None:
        listed = {"object": "list", "data": [{"id": name, "object": "model", "created": 0} for name in models]}
        self.replies = list(replies)
        self.list_models: Reply = json_reply(listed, status=200 if models else 404)
        self.asked: list[Exchange] = []
        self.url = ""
        self._lock = threading.Lock()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What it was asked, in order."""
        return [exchange.body for exchange in self.asked]

    def answer(self, exchange: Exchange) -> None:
        """Play the next reply."""
        with self._lock:
            self.asked.append(exchange)
            reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        reply(exchange)

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """The class that the server makes for each request."""
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                # A client that has hung up is what some tests are about.
                with contextlib.suppress(ConnectionError):
                    endpoint.answer(Exchange(self, body))
                self.close_connection = True

            def do_GET(self) -> None:
                with contextlib.suppress(ConnectionError):
                    endpoint.list_models(Exchange(self, {}))
                self.close_connection = True

            def log_message(self, *args: object) -> None:
                """Nothing: the test tells what matters."""

        return Handler


@contextmanager
def serving(*replies: Reply, models: tuple[str, ...] = ()) -> Iterator[ScriptedEndpoint]:
    """A scripted endpoint, listening."""
    endpoint = ScriptedEndpoint(*replies, models=models)
    server = ThreadingHTTPServer(("127.0.0.1", 0), endpoint.handler())
    endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield endpoint
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- what it may say ---


def frame(event: Event) -> bytes:
    return f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode()


def message(text: str, kind: str = "output_text") -> Event:
    part = {"type": kind, "text": text, "annotations": []} if kind == "output_text" else {"type": kind, "refusal": text}
    return {"type": "message", "id": "msg_1", "role": "assistant", "status": "completed", "content": [part]}


def call(arguments: str, name: str = "get_weather", call_id: str = "call_1") -> Event:
    identity = {"type": "function_call", "id": f"fc_{call_id}", "call_id": call_id}
    return {**identity, "name": name, "arguments": arguments, "status": "completed"}


def reasoning(id: str) -> Event:
    return {"type": "reasoning", "id": id, "summary": [], "encrypted_content": f"sealed {id}"}


def pieces_of(text: str) -> list[str]:
    """The words of a text, each with the space after it."""
    return [word for word in text.replace(" ", " \0").split("\0") if word]


def deltas(text: str, name: str = "output_text") -> list[Event]:
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    return [{"type": f"response.{name}.delta", "delta": piece, **place} for piece in pieces_of(text)]


def opening(item: Event) -> list[Event]:
    return [{"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}}]


def telling(item: Event) -> list[Event]:
    """The events of one item, from its beginning to its end."""
    begun, told = [], []
    if item["type"] == "message":
        part = item["content"][0]
        kind = "output_text" if part["type"] == "output_text" else "refusal"
        begun, told = opening(item), deltas(part.get("text") or part["refusal"], kind)
    return [*begun, *told, {"type": "response.output_item.done", "output_index": 0, "item": item}]


def ending(*items: Event, how: str = "completed", **members: Any) -> Event:
    response = {"id": "resp_1", "object": "response", "status": how, "output": list(items), "usage": USAGE, **members}
    return {"type": f"response.{how}", "response": response}


def answer(*items: Event, how: str = "completed", **members: Any) -> list[Event]:
    """All events of an answer of these items."""
    return [*(event for item in items for event in telling(item)), ending(*items, how=how, **members)]


# --- what it may do ---


def streaming(*events: Event) -> Reply:
    """Stream these events and close."""

    def reply(exchange: Exchange) -> None:
        exchange.head()
        exchange.send(*events)

    return reply


def saying(text: str) -> Reply:
    """A plain answer."""
    return streaming(*answer(message(text)))


def json_reply(body: object, status: int = 200, **headers: str) -> Reply:
    """Answer with JSON and close."""

    def reply(exchange: Exchange) -> None:
        data = json.dumps(body).encode()
        exchange.head(status, content_type="application/json", content_length=str(len(data)), **headers)
        exchange.raw(data)

    return reply


def refusing(status: int, said: str, code: str | None = None, **headers: str) -> Reply:
    """An error whose message quotes the key, as some endpoints do."""

    def reply(exchange: Exchange) -> None:
        error = {"message": f"{said} (you sent {exchange.key})", "type": "some_error", "param": None, "code": code}
        json_reply({"error": error}, status, **headers)(exchange)

    return reply
