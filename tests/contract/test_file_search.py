"""File search in runs: what the model is told, what the reply cites, and what the steps show."""

from __future__ import annotations

import json

import openai
import pytest

from contract.talks import finish, talk, thread_with, tutor

TOOLS = [{"type": "file_search"}]
SEA = "The sea is salt because rivers carry minerals into it. Rain itself is fresh."
MOON = "The moon raises the tides. It takes about four weeks to go round the earth."
KOREAN = "바다는 소금 때문에 짜다. 강물이 광물을 바다로 나른다."
SALT = "Rivers carry minerals【sea.txt|rivers carry minerals】, and 바다는 짜다【바다.md|소금 때문에 짜다】."
CONTENT = "step_details.tool_calls[*].file_search.results[*].content"


def search(*queries: str) -> dict:
    return {"calls": [{"name": "file_search", "arguments": {"queries": list(queries)}}]}


def asked(*entries: dict) -> dict:
    return talk(*entries, tools=["file_search"])


TALKS = [
    asked({"user": "Why is it salt?"}, search("sea salt", "바다 소금"), {"assistant": SALT, "needs": ["minerals"]},
          {"user": "Thanks."}, {"assistant": "You are welcome."}),
    asked({"user": "And the tides?"}, search("sea"), search("tides moon"),
          {"assistant": "The moon【moon.txt|raises the tides】, with the sea【sea.txt|The sea is salt】."}),
    asked({"user": "Who wrote it?"}, search("author"), {"assistant": "Nobody says. 【4:0†nobody.txt】 is no mark."}),
    asked({"user": "Wrong"}, search("sea"), {"assistant": "Cheese【moon.txt|is made of cheese】."}),
]  # fmt: skip


@pytest.fixture
def client(open_home) -> openai.OpenAI:
    return open_home(*TALKS)


def upload(client: openai.OpenAI, name: str, text: str) -> str:
    return client.files.create(file=(name, text.encode()), purpose="assistants").id


@pytest.fixture
def library(client) -> dict[str, str]:
    """The ids of three files by name."""
    return {name: upload(client, name, text) for name, text in
            {"sea.txt": SEA, "moon.txt": MOON, "바다.md": KOREAN}.items()}  # fmt: skip


def run(client: openai.OpenAI, text: str, files, thread_id: str | None = None, **options):
    store = client.vector_stores.create(file_ids=list(files))
    assistant = tutor(
        client,
        tools=[{"type": "file_search", "file_search": options}],
        tool_resources={"file_search": {"vector_store_ids": [store.id]}},
    )
    thread_id = thread_id or thread_with(client).id
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    return finish(client, client.beta.threads.runs.create(thread_id, assistant_id=assistant.id))


def reply(client: openai.OpenAI, run):
    return client.beta.threads.messages.list(run.thread_id, run_id=run.id).data[0].content[0].text


def searches(client: openai.OpenAI, run, **options) -> list:
    steps = client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc", **options).data
    return [call.file_search for step in steps for call in getattr(step.step_details, "tool_calls", [])]


def test_a_reply_cites_the_passages_that_were_found(client, library):
    done = run(client, "Why is it salt?", library.values())
    assert done.status == "completed", done.last_error
    text = reply(client, done)
    names = {id: name for name, id in library.items()}
    assert [names[note.file_citation.file_id] for note in text.annotations] == ["sea.txt", "바다.md"]
    for note in text.annotations:
        assert text.value[note.start_index : note.end_index] == note.text
        assert note.text.startswith("【4:") and note.text.endswith(f"†{names[note.file_citation.file_id]}】")


def test_a_follow_up_is_found_whatever_the_places_were(client, library):
    first = run(client, "Why is it salt?", library.values())
    again = run(client, "Thanks.", library.values(), first.thread_id)
    assert again.status == "completed", again.last_error


def test_each_search_of_a_run_has_markers_of_its_own(client, library):
    notes = reply(client, run(client, "And the tides?", library.values())).annotations
    assert [note.text[:3] for note in notes] == ["【5:", "【4:"]


def test_a_marker_of_nothing_stays_text(client, library):
    text = reply(client, run(client, "Who wrote it?", library.values()))
    assert "【4:0†nobody.txt】" in text.value and text.annotations == []


@pytest.mark.parametrize("files", [("sea.txt", "moon.txt"), ()])
def test_a_citation_that_was_not_found_fails_the_run(client, library, files):
    done = run(client, "Wrong", [library[name] for name in files])
    assert done.status == "failed"
    assert "a passage of moon.txt with 'is made of cheese'" in done.last_error.message


def test_steps_name_the_results_and_tell_their_texts_when_asked(client, library):
    done = run(client, "Why is it salt?", library.values())
    (plain,), (full,) = searches(client, done), searches(client, done, include=[CONTENT])
    assert {result.file_name for result in plain.results} >= {"sea.txt", "바다.md"}
    assert all(result.content is None and 0 < result.score <= 1 for result in plain.results)
    assert SEA in [result.content[0].text for result in full.results]
    assert [result.score for result in plain.results] == sorted((r.score for r in plain.results), reverse=True)


@pytest.mark.parametrize(("options", "most"), [
    ({"max_num_results": 1}, 1),
    ({"ranking_options": {"score_threshold": 1.0}}, 0),
])  # fmt: skip
def test_the_tools_options_count(client, library, options, most):
    (found,) = searches(client, run(client, "Who wrote it?", library.values(), **options))
    assert len(found.results) <= most


def test_the_threads_own_store_is_searched_with_the_assistants(client, library):
    attached = [{"file_id": library["바다.md"], "tools": TOOLS}]
    thread = client.beta.threads.create(
        messages=[{"role": "user", "content": "Why is it salt?", "attachments": attached}]
    )
    store = client.vector_stores.create(file_ids=[library["sea.txt"]])
    resources = {"file_search": {"vector_store_ids": [store.id]}}
    assistant = tutor(client, tools=TOOLS, tool_resources=resources)
    done = finish(client, client.beta.threads.runs.create(thread.id, assistant_id=assistant.id))
    assert done.status == "completed", done.last_error
    assert len(reply(client, done).annotations) == 2


@pytest.mark.parametrize("include", [(), (CONTENT,)])
def test_the_stream_tells_the_search_in_one_delta_and_a_citation_in_one(client, library, wire, include):
    store = client.vector_stores.create(file_ids=list(library.values()))
    assistant = tutor(client, tools=TOOLS, tool_resources={"file_search": {"vector_store_ids": [store.id]}})
    thread = thread_with(client, "Why is it salt?")
    with client.beta.threads.runs.stream(
        thread_id=thread.id, assistant_id=assistant.id, include=list(include)
    ) as stream:
        events = list(stream)
    (delta,) = [event.data for event in events if event.event == "thread.run.step.delta"]
    assert json.loads(delta.to_json())["delta"]["step_details"]["tool_calls"][0]["file_search"]["results"] == []
    step = next(event.data for event in events if event.event == "thread.run.step.completed")
    assert all(bool(r.content) == bool(include) for r in step.step_details.tool_calls[0].file_search.results)
    texts = [event.data.delta.content[0].text for event in events if event.event == "thread.message.delta"]
    cited = [text.value for text in texts if text.annotations]
    assert [value[0] + value[-1] for value in cited] == ["【】", "【】"]
    assert "".join(text.value for text in texts) == stream.get_final_messages()[0].content[0].text.value
