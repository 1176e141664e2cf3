"""What the helpers say about an argument of the wrong kind: one line that names it and what is wanted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

import helpers


@pytest.fixture(scope="module")
def client() -> openai.OpenAI:
    """A client of lesson 1."""
    return helpers.connect("01_basics", mode="recorded")


@pytest.mark.parametrize(("mistaken", "said"), [
    (lambda c, t: helpers.wait_on_run(c, "run_1"), "wait_on_run(run) wants Run, but was given str. Pass the object"),
    (lambda c, t: helpers.show_steps(c, t), "show_steps(run) wants Run, but was given Thread. Pass what the SDK"),
    (lambda c, t: helpers.answer_run(c, "run_1", {}), "answer_run(run) wants Run, but was given str. Pass the object"),
    (lambda c, t: helpers.show_json([t]), "show_json(obj) wants BaseModel or dict, but was given list. Pass its"),
    (lambda c, t: helpers.show_json(t.id), "show_json(obj) wants BaseModel or dict, but was given str. Pass the"),
    (lambda c, t: helpers.get_response(c, t), "get_response(thread_id) wants str, but was given Thread. Pass its id"),
    (lambda c, t: helpers.ask(c, "asst_1", t, "hi"), "submit_message(thread_id) wants str, but was given Thread. Pass"),
    (lambda c, t: helpers.ask(c, t, t.id, "hi"), "submit_message(assistant_id) wants str, but was given Thread."),
    (lambda c, t: helpers.ask(c, None, t.id, "hi"), "submit_message(assistant_id) wants str, but was given NoneType."),
])  # fmt: skip
def test_a_wrong_argument_is_named(client: openai.OpenAI, mistaken: Callable[..., Any], said: str) -> None:
    thread = client.beta.threads.create()
    with pytest.raises(TypeError) as refused:
        mistaken(client, thread)
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def asked(client: openai.OpenAI, text: str, **assistant: Any) -> str:
    """Why this has no recorded reply."""
    tutor = client.beta.assistants.create(model="gpt-6-luna", **assistant)
    with pytest.raises(helpers.RunError) as failed:
        helpers.ask(client, tutor.id, client.beta.threads.create().id, text)
    return str(failed.value)


def test_a_miss_spells_tools_as_clients_do_and_offers_messages_of_the_same_assistant() -> None:
    client = helpers.connect("03_code_interpreter", mode="recorded")
    recorded = helpers.connection.latest_connection().app.extensions["home"].lesson.recordings[0]
    key = next(key for key in recorded.replies if key.tools == ("python",))
    assert "but with the tools ['code_interpreter']." in asked(client, key.question, instructions=key.instructions)


def test_the_nearest_message_is_one_of_the_same_assistant() -> None:
    client = helpers.connect(mode="recorded")
    recordings = helpers.connection.latest_connection().app.extensions["home"].lesson.recordings
    tutor = next(key for recording in recordings for key in recording.replies if not key.tools)
    other = next(
        key for recording in recordings for key in recording.replies
        if key.instructions != tutor.instructions and key.tools and key.question
    )  # fmt: skip
    said = asked(client, f"{other.question}!", instructions=tutor.instructions)
    own = {
        key.question for recording in recordings for key in recording.replies if key.instructions == tutor.instructions
    }
    assert any(f"nearest recorded message is {question!r}" in said for question in own)
