"""Live runs against a scripted endpoint that takes a fixed time: several at once, and ways of waiting for one."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from flask import Flask
from openai import OpenAI
from openai.types.beta.threads import Run

from helpers import wait_on_run
from local_api import Endpoint, create_app, lasting_home
from local_api.model.live import LiveModel

from .measure import client_of, seconds
from .rows import Row
from .waiting import LOOP, POLL, poll, tutorial_loop

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ANSWER_TIME = 0.7  # seconds that the endpoint takes
ROUNDS = 9
TEXT = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
}
END = {"type": "response.completed", "response": {"output": [TEXT], "usage": None}}


class SlowModel(BaseHTTPRequestHandler):
    """Gives every request the same answer, after a delay."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(ANSWER_TIME)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(f"data: {json.dumps(END)}\n\n".encode())

    def log_message(self, *args: object) -> None:
        """Print nothing: only the table is of interest."""


@contextmanager
def live_app() -> Iterator[Flask]:
    """An application whose runs are answered by the slow model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "", None)
    with tempfile.TemporaryDirectory() as folder:
        home = lasting_home(Path(folder) / "objects.sqlite3", LiveModel(endpoint))
        yield create_app(home)
        # Workers release a run shortly after it has ended.
        time.sleep(0.2)
        home.store.close()
    server.shutdown()
    server.server_close()


def start_run(client: OpenAI) -> Run:
    """Start a run on a new thread."""
    assistant = client.beta.assistants.create(model="slow", instructions="Say something.")
    return client.beta.threads.create_and_run(assistant_id=assistant.id)


def live() -> list[Row]:
    """Three runs at once against one alone, and three ways of waiting for the same run."""
    with live_app() as app:
        return [together(client_of(app)), *waiting(app)]


def together(client: OpenAI) -> Row:
    """The time from the first request until the last run has ended."""

    def runs(count: int) -> None:
        for run in [start_run(client) for _ in range(count)]:
            poll(client, run)

    def slowest_alone() -> float:
        return max(seconds(partial(runs, 1)) for _ in range(3))

    pairs = [(seconds(partial(runs, 3)), slowest_alone()) for _ in range(ROUNDS)]
    own, base = (median(times) for times in zip(*pairs))
    return Row("three live runs together", own, "the slowest of three alone", base, unit="s", most_ratio=1.2)


@dataclass
class Wait:
    """What one way of waiting for a run took.

    Args:
        seconds: from before the run until the wait returned.
        requests: that were made.
    """

    seconds: float
    requests: int


def waiting(app: Flask) -> list[Row]:
    """Three ways of waiting for the same run at the same time, each in its own thread."""
    ways = (wait_on_run, poll, tutorial_loop)
    rounds = [waits(app, ways) for _ in range(ROUNDS)]
    own, base, loop = (median(each.seconds for each in way) for way in zip(*rounds))
    polls, base_polls, loop_polls = (median(each.requests for each in way) for way in zip(*rounds))
    what = "`wait_on_run` live, until it returns"
    return [
        Row(what, own, POLL, base, unit="s", most_ratio=1.05),  # a poll comes by chance, within 100 ms
        Row(what, own, LOOP, loop, unit="s"),
        Row("requests of `wait_on_run` live", polls, POLL, base_polls, unit="requests", most_ratio=1),
        Row("requests of `wait_on_run` live", polls, LOOP, loop_polls, unit="requests"),
    ]


def waits(app: Flask, ways: tuple[Callable[[OpenAI, Run], Run], ...]) -> list[Wait]:
    """What each way took for one run."""
    run, began = start_run(client_of(app)), time.perf_counter()

    def wait(way: Callable[[OpenAI, Run], Run]) -> Wait:
        paths: list[str] = []
        way(client_of(counted(app, paths)), run)
        return Wait(time.perf_counter() - began, len(paths))

    with ThreadPoolExecutor(len(ways)) as pool:
        return list(pool.map(wait, ways))


def counted(app: WSGIApplication, paths: list[str]) -> WSGIApplication:
    """An application that adds the path of each request to the list and passes the request on."""

    def answer(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        paths.append(environ["PATH_INFO"])
        return app(environ, start_response)

    return answer
