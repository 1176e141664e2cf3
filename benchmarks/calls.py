"""Single SDK calls: how much the Assistants API adds to the way there and back."""

from __future__ import annotations

from flask import Flask, Response
from openai import BaseModel, OpenAI

from .measure import Row, client_of, compared, course_client

ROUNDS = 1000


def retrieve() -> Row:
    """`threads.retrieve` against an application that knows a single thread by heart."""
    client = course_client()
    thread = client.beta.threads.create()
    empty = empty_client("/v1/threads/<id>", "GET", thread)
    return compared(
        "threads.retrieve / the same call of an empty Flask application",
        lambda: client.beta.threads.retrieve(thread.id),
        lambda: empty.beta.threads.retrieve(thread.id),
        rounds=ROUNDS,
        target=1.5,
    )


def create() -> Row:
    """`messages.create` against an application that gives the same answer without keeping anything."""
    client = course_client()
    thread = client.beta.threads.create()

    def say(to: OpenAI) -> BaseModel:
        return to.beta.threads.messages.create(thread.id, role="user", content="Solve 3x + 11 = 14.")

    empty = empty_client("/v1/threads/<id>/messages", "POST", say(client))
    return compared(
        "messages.create / the same call of an empty Flask application",
        lambda: say(client),
        lambda: say(empty),
        rounds=ROUNDS,
        target=2.5,
    )


def empty_client(path: str, method: str, answer: BaseModel) -> OpenAI:
    """A client of a Flask application that gives one answer at one path, and does nothing else."""
    app, body = Flask("empty"), answer.to_json(indent=None)

    @app.route(path, methods=[method])
    def give(id: str) -> Response:
        return Response(body, mimetype="application/json")

    return client_of(app)
