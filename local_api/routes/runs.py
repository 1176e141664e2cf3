"""/threads/runs and /threads/{thread_id}/runs, with their steps"""

from __future__ import annotations

from flask import Blueprint, Response

from ..bodies.runs import CreateRun, CreateThreadAndRun, SubmitToolOutputs
from ..bodies.shared import MetadataOnly
from ..drivers import Event
from ..stream import MEDIA_TYPE, sse
from .shared import answer, answer_page, find, home, merged_metadata, read_body

blueprint = Blueprint("runs", __name__, url_prefix="/v1/threads")


@blueprint.post("/runs")
def create_thread_and_run() -> Response:
    given = read_body(CreateThreadAndRun).given()
    assistant = find("assistant", given["assistant_id"])
    thread = home().create_thread(given.pop("thread", None) or {})
    run = home().create_run(thread["id"], assistant, given)
    return _answer_run(run, given, [("thread.created", thread)])


@blueprint.post("/<thread_id>/runs")
def create(thread_id: str) -> Response:
    given = read_body(CreateRun).given()
    find("thread", thread_id)
    assistant = find("assistant", given["assistant_id"])
    return _answer_run(home().create_run(thread_id, assistant, given), given, [])


@blueprint.get("/<thread_id>/runs")
def list_(thread_id: str) -> Response:
    find("thread", thread_id)
    active = home().machine.active(thread_id)
    if active:
        home().driver.seen(active)
    return answer_page("run", thread_id)


@blueprint.get("/<thread_id>/runs/<run_id>")
def retrieve(thread_id: str, run_id: str) -> Response:
    return answer(home().driver.seen(_find_run(thread_id, run_id)))


@blueprint.post("/<thread_id>/runs/<run_id>")
def modify(thread_id: str, run_id: str) -> Response:
    given = read_body(MetadataOnly).given()
    with home().store.transaction():
        run = _find_run(thread_id, run_id)
        if "metadata" in given:
            run["metadata"] = merged_metadata(run["metadata"], given["metadata"])
        home().store.put(run)
    return answer(run)


@blueprint.post("/<thread_id>/runs/<run_id>/cancel")
def cancel(thread_id: str, run_id: str) -> Response:
    return answer(home().machine.cancel(_find_run(thread_id, run_id)))


@blueprint.post("/<thread_id>/runs/<run_id>/submit_tool_outputs")
def submit_tool_outputs(thread_id: str, run_id: str) -> Response:
    given = read_body(SubmitToolOutputs).given()
    run = _find_run(thread_id, run_id)
    events: list[Event] = []
    run = home().machine.submit(run, given["tool_outputs"], lambda name, data: events.append((name, data)))
    home().driver.started(run)
    return _answer_stream(run, events) if given.get("stream") else answer(run)


@blueprint.get("/<thread_id>/runs/<run_id>/steps")
def list_steps(thread_id: str, run_id: str) -> Response:
    home().driver.settled(_find_run(thread_id, run_id))
    return answer_page("step", run_id)


@blueprint.get("/<thread_id>/runs/<run_id>/steps/<step_id>")
def retrieve_step(thread_id: str, run_id: str, step_id: str) -> Response:
    home().driver.settled(_find_run(thread_id, run_id))
    return answer(find("step", step_id, run_id))


def _find_run(thread_id: str, run_id: str) -> dict:
    find("thread", thread_id)
    return home().machine.current(find("run", run_id, thread_id))


def _answer_run(run: dict, given: dict, events: list[Event]) -> Response:
    if not given.get("stream"):
        return answer(run)
    return _answer_stream(run, [*events, ("thread.run.created", run), ("thread.run.queued", run)])


def _answer_stream(run: dict, events: list[Event]) -> Response:
    return Response(sse(home().driver.stream(run, events)), content_type=MEDIA_TYPE)
