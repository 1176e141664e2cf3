"""Live runs against a scripted endpoint that takes a fixed time: working together, and waiting for one."""

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

from flask import Flask
from openai import OpenAI
from openai.types.beta.threads import Run

from helpers import wait_on_run
from local_api import Endpoint, create_app, lasting_home
from local_api.model.live import LiveModel

from .measure import client_of, seconds
from .rows import Row
from .waiting import LOOP, POLL, poll, tutorial_loop

TAKES = 0.7  # seconds that the endpoint takes for an answer
ROUNDS = 9
TEXT = {
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "Done.", "annotations": []}],
}
END = {"type": "response.completed", "response": {"output": [TEXT], "usage": None}}


class SlowModel(BaseHTTPRequestHandler):
    """Answers everything with the same words, after a while."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        time.sleep(TAKES)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        self.wfile.write(f"data: {json.dumps(END)}\n\n".encode())

    def log_message(self, *args: object) -> None:
        """Nothing: the table is all that is to be seen."""


@contextmanager
def live_app() -> Iterator[Flask]:
    """An application whose runs are answered by the slow model."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), SlowModel)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    endpoint = Endpoint(f"http://127.0.0.1:{server.server_port}/v1", "", None)
    with tempfile.TemporaryDirectory() as folder:
        home = lasting_home(Path(folder) / "objects.sqlite3", LiveModel(endpoint))
        yield create_app(home)
        # The workers let go of their runs just after these have ended.
        time.sleep(0.2)
        home.store.close()
    server.shutdown()
    server.server_close()


def begin(client: OpenAI) -> Run:
    """A run on a thread of its own."""
    assistant = client.beta.assistants.create(model="slow", instructions="Say something.")
    return client.beta.threads.create_and_run(assistant_id=assistant.id)


def live() -> list[Row]:
    """Three runs together against one alone, and three ways of waiting for the same run."""
    with live_app() as app:
        return [together(client_of(app)), *waiting(app)]


def together(client: OpenAI) -> Row:
    """From the first request to the last end."""

    def runs(count: int) -> None:
        for run in [begin(client) for _ in range(count)]:
            poll(client, run)

    def slowest_alone() -> float:
        return max(seconds(partial(runs, 1)) for _ in range(3))

    pairs = [(seconds(partial(runs, 3)), slowest_alone()) for _ in range(ROUNDS)]
    own, base = (median(times) for times in zip(*pairs))
    return Row("three live runs together", own, "the slowest of three alone", base, unit="s", most_ratio=1.2)


@dataclass
class Wait:
    """One way of waiting for a run, with what it took.

    Args:
        took: seconds from before the run until nobody waited any more.
        requests: how often it looked.
    """

    took: float
    requests: int


def waiting(app: Flask) -> list[Row]:
    """All three ways wait for the same run at the same time, each in a thread of its own."""
    ways = (wait_on_run, poll, tutorial_loop)
    rounds = [waits(app, ways) for _ in range(ROUNDS)]
    own, base, loop = (median(one.took for one in of) for of in zip(*rounds))
    looks, base_looks, loop_looks = (median(one.requests for one in of) for of in zip(*rounds))
    what = "`wait_on_run` live, until it returns"
    return [
        Row(what, own, POLL, base, unit="s", most_ratio=1.05),  # where a look falls is chance, in a pause of 100 ms
        Row(what, own, LOOP, loop, unit="s"),
        Row("requests of `wait_on_run` live", looks, POLL, base_looks, unit="requests", most_ratio=1),
        Row("requests of `wait_on_run` live", looks, LOOP, loop_looks, unit="requests"),
    ]


def waits(app: Flask, ways: tuple[Callable[[OpenAI, Run], Run], ...]) -> list[Wait]:
    """What each way took for one run."""
    run, began = begin(client_of(app)), time.perf_counter()

    def wait(way: Callable[[OpenAI, Run], Run]) -> Wait:
        looks: list[str] = []
        way(client_of(counted(app, looks)), run)
        return Wait(time.perf_counter() - began, len(looks))

    with ThreadPoolExecutor(len(ways)) as pool:
        return list(pool.map(wait, ways))


def counted(app: Callable, looks: list[str]) -> Callable:
    """The application, with a list that grows at each request."""

    def answer(environ: dict, start_response: Callable) -> Iterable[bytes]:
        looks.append(environ["PATH_INFO"])
        return app(environ, start_response)

    return answer
