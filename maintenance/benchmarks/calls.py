"""Single SDK calls: how much time local_api adds to a bare Flask application, and how much a server does."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, Response
from openai import BaseModel, OpenAI
from openai.types.beta import Thread

from .measure import client_of, course_client, milliseconds, served_client
from .rows import Row

ROUNDS = 1000
EMPTY = "an empty Flask application, same SDK call"
LOOPBACK = "`local_api serve` over loopback, objects in a file"


def retrieve() -> list[Row]:
    """`threads.retrieve` against an application with one fixed answer, and against a server."""

    def get(client: OpenAI, thread: Thread) -> BaseModel:
        return client.beta.threads.retrieve(thread.id)

    return compared("`threads.retrieve` in process", get, "/v1/threads/<id>", "GET", most_ratio=1.5)


def create() -> list[Row]:
    """`messages.create` against an application with one fixed answer, and against a server."""

    def say(client: OpenAI, thread: Thread) -> BaseModel:
        return client.beta.threads.messages.create(thread.id, role="user", content="Solve 3x + 11 = 14.")

    return compared("`messages.create` in process", say, "/v1/threads/<id>/messages", "POST", most_ratio=2.5)


def compared(
    what: str, call: Callable[[OpenAI, Thread], BaseModel], path: str, method: str, most_ratio: float
) -> list[Row]:
    """A call's two rows. They are measured separately: waiting for a server would leave the next call cold caches."""
    client = course_client()
    thread = client.beta.threads.create()
    empty = empty_client(path, method, call(client, thread))
    own, base = milliseconds(lambda: call(client, thread), lambda: call(empty, thread), rounds=ROUNDS)
    with served_client() as served:
        kept = served.beta.threads.create()
        again, loopback = milliseconds(lambda: call(client, thread), lambda: call(served, kept), rounds=ROUNDS)
    return [Row(what, own, EMPTY, base, most_ratio=most_ratio), Row(what, again, LOOPBACK, loopback)]


def empty_client(path: str, method: str, answer: BaseModel) -> OpenAI:
    """A client of a Flask application that has one answer at one path, and nothing else."""
    app, body = Flask("empty"), answer.to_json(indent=None)

    @app.route(path, methods=[method])
    def fixed_answer(id: str) -> Response:
        return Response(body, mimetype="application/json")

    return client_of(app)
