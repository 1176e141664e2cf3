"""/threads/runs and /threads/{thread_id}/runs, with their steps"""

from __future__ import annotations

from collections.abc import Iterator

from flask import Blueprint, Response

from local_api.bodies.queries import IncludeQuery, StepPageQuery
from local_api.bodies.runs import CreateRun, CreateThreadAndRun, SubmitToolOutputs
from local_api.engine.drivers import StreamEvent
from local_api.hosted.file_search import with_texts
from local_api.http.sse import DONE, MEDIA_TYPE, sse
from local_api.storage.store import Store

from .shared import answer, answer_page, answer_with_metadata, find, home, read_body, read_query

blueprint = Blueprint("runs", __name__, url_prefix="/v1/threads")


@blueprint.post("/runs")
def create_thread_and_run() -> Response:
    given = read_body(CreateThreadAndRun).given()
    assistant = find("assistant", given["assistant_id"])
    home().check(given.get("tool_resources"))
    thread = home().create_thread(given.pop("thread", None) or {})
    run = home().create_run(thread["id"], assistant, given)
    return _start(run, given, [("thread.created", thread), *_created(run)])


@blueprint.post("/<thread_id>/runs")
def create(thread_id: str) -> Response:
    asked = read_query(IncludeQuery)
    given = read_body(CreateRun).given()
    find("thread", thread_id)
    assistant = find("assistant", given["assistant_id"])
    run = home().create_run(thread_id, assistant, given)
    return _start(run, given, _created(run), asked)


@blueprint.get("/<thread_id>/runs")
def list_(thread_id: str) -> Response:
    find("thread", thread_id)
    active = home().machine.active(thread_id)
    if active:
        home().driver.advance(active)
    return answer_page("run", thread_id)


@blueprint.get("/<thread_id>/runs/<run_id>")
def retrieve(thread_id: str, run_id: str) -> Response:
    return answer(home().driver.advance(_find_run(thread_id, run_id)))


@blueprint.post("/<thread_id>/runs/<run_id>")
def modify(thread_id: str, run_id: str) -> Response:
    return answer_with_metadata(lambda: home().machine.current(_find_run(thread_id, run_id)))


@blueprint.post("/<thread_id>/runs/<run_id>/cancel")
def cancel(thread_id: str, run_id: str) -> Response:
    return answer(home().cancel(_find_run(thread_id, run_id)))


@blueprint.post("/<thread_id>/runs/<run_id>/submit_tool_outputs")
def submit_tool_outputs(thread_id: str, run_id: str) -> Response:
    given = read_body(SubmitToolOutputs).given()
    run = _find_run(thread_id, run_id)
    events: list[StreamEvent] = []
    run = home().submit(run, given["tool_outputs"], lambda name, data: events.append((name, data)))
    return _start(run, given, events)


@blueprint.get("/<thread_id>/runs/<run_id>/steps")
def list_steps(thread_id: str, run_id: str) -> Response:
    asked = read_query(StepPageQuery)
    home().driver.settle(_find_run(thread_id, run_id))
    return answer_page("step", run_id, StepPageQuery, shown=lambda step: _shown_step(step, asked))


@blueprint.get("/<thread_id>/runs/<run_id>/steps/<step_id>")
def retrieve_step(thread_id: str, run_id: str, step_id: str) -> Response:
    asked = read_query(IncludeQuery)
    home().driver.settle(_find_run(thread_id, run_id))
    return answer(_shown_step(find("step", step_id, run_id), asked))


def _find_run(thread_id: str, run_id: str) -> dict:
    find("thread", thread_id)
    return find("run", run_id, thread_id)


def _with_texts(events: Iterator[StreamEvent | None], store: Store) -> Iterator[StreamEvent | None]:
    for event in events:
        if event and event[0] == "thread.run.step.completed":
            with_texts(event[1], store.get_work(event[1]["id"]))
        yield event


def _created(run: dict) -> list[StreamEvent]:
    return [("thread.run.created", run), ("thread.run.queued", run)]


def _shown_step(step: dict, asked: IncludeQuery) -> dict:
    """A step, with the texts of what was found if they were asked for."""
    return with_texts(step, home().store.get_work(step["id"])) if asked.include else step


def _start(run: dict, given: dict, events: list[StreamEvent], asked: IncludeQuery | None = None) -> Response:
    """Have the run worked on, and answer with it or with its events, as the request asks."""
    if given.get("stream"):
        told = home().driver.stream(run, events)
        if asked and asked.include:
            told = _with_texts(told, home().store)
        return Response(sse(told, DONE), content_type=MEDIA_TYPE)
    home().driver.start(run)
    return answer(run)
