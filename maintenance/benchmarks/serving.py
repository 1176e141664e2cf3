"""The server over loopback: `threads.retrieve` beside an empty Flask application, alone and with many clients."""

from __future__ import annotations

import http.client
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import urlsplit

import openai
import psutil

from maintenance.lesson import COURSE

from .rows import Row

ROUNDS, SECONDS = 5, 2.0  # rounds in which the servers take turns; seconds of each
MANY = 50  # clients at once
RUNS = 60
HEADERS = {"Authorization": "Bearer any", "OpenAI-Beta": "assistants=v2"}
EMPTY = """
from flask import Flask
from local_api.http.server import serve
app = Flask("empty")
app.get("/v1/empty")(lambda: {"object": "nothing"})
serve(app, "127.0.0.1", 0, None, "an empty application")
"""
SERVE = [
    sys.executable,
    "-m",
    "local_api",
    "serve",
    "--port",
    "0",
    "--mode",
    "recorded",
    "--lesson",
    "01_basics",
    "--db",
]
# A conversation of lesson 1's recording.
INSTRUCTIONS = "You are a personal math tutor. Answer in one short sentence, in the language of the question."
QUESTION = "방정식 `3x + 11 = 14`를 풀고 싶어요. 도와주실 수 있나요?"


@contextmanager
def running(*command: str) -> Iterator[tuple[psutil.Process, str]]:
    """A server's process and its base URL."""
    with subprocess.Popen(command, cwd=COURSE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        assert server.stdout is not None
        try:
            yield psutil.Process(server.pid), server.stdout.readline().strip()
        finally:
            server.terminate()


def times_of(url: str, clients: int) -> list[float]:
    """The seconds that each request took while so many clients asked as fast as they could."""
    address, times = urlsplit(url), []
    end = time.perf_counter() + SECONDS

    def ask() -> None:
        connection = http.client.HTTPConnection(address.netloc)
        while (began := time.perf_counter()) < end:
            connection.request("GET", address.path, headers=HEADERS)
            connection.getresponse().read()
            times.append(time.perf_counter() - began)
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return times


def serving() -> list[Row]:
    """Milliseconds a request, alone and with many clients, and the processor's time that a recorded run takes."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(*SERVE, str(Path(folder, "db"))) as (process, url),
        running(sys.executable, "-c", EMPTY) as (_, empty_url),
        openai.OpenAI(base_url=url, api_key="any") as client,
    ):
        thread = client.beta.threads.create()
        ours = f"{url}/threads/{thread.id}"
        rounds = [(times_of(ours, 1), times_of(f"{empty_url}/empty", 1), times_of(ours, MANY)) for _ in range(ROUNDS)]
        alone, empty, crowd = (median(SECONDS * 1000 / len(times) for times in column) for column in zip(*rounds))
        latencies = [1000 * seconds for _, _, times in rounds for seconds in times]
        run = milliseconds_of_processor(client, process)
    slowest = quantiles(latencies, n=100)[98]
    return [
        Row(
            "`threads.retrieve` over loopback",
            alone,
            "an empty Flask application, same server",
            empty,
            most_ratio=1 / 0.7,
        ),
        Row(f"a request of {MANY} clients' `threads.retrieve`", crowd, "one client", alone, most_ratio=1 / 0.9),
        Row(f"{MANY} clients, slowest of 100", slowest, "their median", median(latencies), most_ratio=10),
        Row("a recorded run, polled: the server's processor", run, "`threads.retrieve` over loopback", alone, most=12),
    ]


def milliseconds_of_processor(client: openai.OpenAI, process: psutil.Process) -> float:
    """What the server's processor spends on a recorded run, with its thread and message."""
    assistant = client.beta.assistants.create(model="m", instructions=INSTRUCTIONS)
    before = process.cpu_times()
    for _ in range(RUNS):
        thread = client.beta.threads.create(messages=[{"role": "user", "content": QUESTION}])
        client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    after = process.cpu_times()
    return 1000 * (after.user + after.system - before.user - before.system) / RUNS
