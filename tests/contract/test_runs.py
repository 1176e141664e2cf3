"""The life of a run through the SDK: its statuses, tools, limits and locks, and what recorded replies promise."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from functools import partial
from typing import Any

import openai
import pytest
from openai import BadRequestError
from openai.types.beta import Thread
from openai.types.beta.threads import Run

from contract.talks import (
    CHAT,
    HELLO,
    REPORTER,
    TOOL,
    TUTOR,
    WEATHER,
    answer_to,
    ask,
    begin,
    calls_of,
    cancel,
    finish,
    messages_of,
    outputs_for,
    read,
    reporter,
    skip_time,
    steps_of,
    submit,
    talk,
    text_of,
    thread_with,
    tutor,
    waiting,
)

NO_TOKENS = {
    "prompt_tokens": 0,
    "completion_tokens": 0,
    "total_tokens": 0,
    "prompt_token_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
TIMES = ("started_at", "expires_at", "cancelled_at", "failed_at", "completed_at")


def set_times(run: Run) -> set[str]:
    return {name for name in TIMES if getattr(run, name) is not None}


def assert_free(client: openai.OpenAI, run: Run) -> None:
    """The thread takes a message again, and a run that succeeds."""
    client.beta.threads.messages.create(run.thread_id, role="user", content="hi")
    again = client.beta.threads.runs.create_and_poll(
        thread_id=run.thread_id,
        assistant_id=tutor(client).id,
        truncation_strategy={"type": "last_messages", "last_messages": 1},
    )
    assert answer_to(client, again) == HELLO


# --- reading takes a run forward ---


def test_each_read_shows_the_next_status(client):
    run = begin(client, "hi")
    seen = [run, *(read(client, run) for _ in range(3))]
    assert [run.status for run in seen] == ["queued", "in_progress", "completed", "completed"]
    assert [set_times(run) for run in seen] == [
        {"expires_at"},
        {"expires_at", "started_at"},
        {"started_at", "completed_at"},
        {"started_at", "completed_at"},
    ]
    assert [run.usage is None for run in seen] == [True, True, False, False]
    assert seen[2] == seen[3]
    assert seen[1].expires_at == run.created_at + 600
    assert run.created_at < seen[1].started_at < seen[2].completed_at


def test_a_completed_run_leaves_a_message_and_a_step(client):
    run = finish(client, begin(client, "hi"))
    question, reply = messages_of(client, run)
    assert (question.role, reply.role, text_of(reply)) == ("user", "assistant", HELLO)
    assert (reply.assistant_id, reply.run_id, reply.status) == (run.assistant_id, run.id, "completed")
    assert reply.completed_at >= reply.created_at
    (step,) = steps_of(client, run)
    assert (step.type, step.status, step.expires_at) == ("message_creation", "completed", None)
    assert step.usage.to_dict() == run.usage.to_dict()
    assert step.step_details.message_creation.message_id == reply.id
    assert (step.run_id, step.assistant_id, step.thread_id) == (run.id, run.assistant_id, run.thread_id)


@pytest.mark.parametrize("look", [
    lambda client, run: client.beta.threads.messages.list(run.thread_id),
    lambda client, run: client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id),
])  # fmt: skip
def test_reading_what_a_run_made_takes_it_to_its_rest(client, look):
    run = begin(client, "hi")
    assert len(look(client, run).data) > 0
    assert read(client, run).status == "completed"
    assert answer_to(client, run) == HELLO


def test_listing_runs_is_a_look_too(client):
    run = begin(client, "hi")
    seen = [client.beta.threads.runs.list(run.thread_id).data[0].status for _ in range(2)]
    assert seen == ["in_progress", "completed"]


def test_a_write_refused_by_its_lock_takes_the_run_forward(client):
    run = begin(client, "hi")
    for _ in range(2):
        with pytest.raises(BadRequestError):
            client.beta.threads.messages.create(run.thread_id, role="user", content="Next")
    client.beta.threads.messages.create(run.thread_id, role="user", content="Next")
    assert read(client, run).status == "completed"


def test_create_and_run_makes_the_thread_as_well(client):
    run = client.beta.threads.create_and_run_poll(
        assistant_id=tutor(client).id,
        thread={"messages": [{"role": "user", "content": "hi"}], "metadata": {"a": "1"}},
        metadata={"b": "2"},
    )
    assert (run.status, run.metadata) == ("completed", {"b": "2"})
    assert client.beta.threads.retrieve(run.thread_id).metadata == {"a": "1"}
    assert [text_of(message) for message in messages_of(client, run)] == ["hi", HELLO]


# --- failing ---


def test_a_question_that_is_not_recorded_fails_and_says_what_to_do(client):
    run = finish(client, begin(client, "What is 2 + 3?"))
    assert (run.status, set_times(run)) == ("failed", {"started_at", "failed_at"})
    assert run.last_error.code == "invalid_prompt"
    for part in ("lesson", "What is 2 + 2?", "COURSE_MODE=live"):
        assert part in run.last_error.message
    assert run.usage.to_dict() == NO_TOKENS
    assert answer_to(client, run) is None
    assert steps_of(client, run) == []
    assert_free(client, run)


def test_a_reply_that_breaks_off_is_kept_as_incomplete(client):
    run = finish(client, begin(client, "Tell me all"))
    assert (run.status, set_times(run)) == ("failed", {"started_at", "failed_at"})
    assert run.last_error.to_dict() == {"code": "rate_limit_exceeded", "message": "You are too fast."}
    message, (step,) = messages_of(client, run)[-1], steps_of(client, run)
    assert (message.status, message.incomplete_details.reason) == ("incomplete", "run_failed")
    assert (text_of(message), message.completed_at) == ("It all began", None)
    assert message.incomplete_at >= message.created_at
    assert (step.status, step.last_error.to_dict()) == ("failed", run.last_error.to_dict())
    assert step.failed_at >= step.created_at
    assert_free(client, run)


# --- cancelling and expiring ---

CANCELLABLE = {
    "queued": lambda client: begin(client, "hi"),
    "in_progress": lambda client: read(client, begin(client, "hi")),
    "requires_action": waiting,
}


@pytest.mark.parametrize("status", CANCELLABLE)
def test_a_cancelled_run_stops_in_two_looks(client, status):
    run = CANCELLABLE[status](client)
    assert run.status == status
    stopping = cancel(client, run)
    assert (stopping.status, stopping.cancelled_at, stopping.required_action) == ("cancelling", None, None)
    assert stopping.usage is None
    stopped = read(client, stopping)
    assert (stopped.status, stopped.expires_at) == ("cancelled", None)
    assert stopped.cancelled_at > stopping.created_at
    assert answer_to(client, run) is None
    assert_free(client, run)


def test_a_run_cancelled_before_the_model_spoke_used_no_tokens(client):
    assert finish(client, cancel(client, begin(client, "hi"))).usage.to_dict() == NO_TOKENS


def test_cancelling_ends_the_step_that_waits(client):
    run = finish(client, cancel(client, waiting(client)))
    (step,) = steps_of(client, run)
    assert (step.status, step.completed_at) == ("cancelled", None)
    assert step.cancelled_at >= step.created_at
    assert run.usage.completion_tokens == 40


@pytest.mark.parametrize("status", CANCELLABLE)
def test_a_run_expires_after_ten_minutes_and_not_before(client, status):
    run = CANCELLABLE[status](client)
    skip_time(client, 580)
    assert client.beta.threads.runs.update(run.id, thread_id=run.thread_id).status == status
    skip_time(client, 21)
    late = read(client, run)
    assert (late.status, late.required_action) == ("expired", None)
    assert set_times(late) <= {"started_at", "expires_at"}
    assert late.usage is not None
    assert answer_to(client, run) is None
    assert_free(client, run)


def test_expiry_is_noticed_by_the_write_that_it_frees(client):
    run = waiting(client)
    skip_time(client, 601)
    client.beta.threads.messages.create(run.thread_id, role="user", content="hi")
    assert read(client, run).status == "expired"
    (step,) = steps_of(client, run)
    assert (step.status, step.completed_at) == ("expired", None)
    assert step.expired_at >= step.created_at


def test_a_run_that_ended_stays_as_it_ended(client):
    run = finish(client, begin(client, "hi"))
    skip_time(client, 10_000)
    assert read(client, run) == run


# --- function calls ---


def test_a_run_waits_for_the_outputs_of_its_calls(client):
    run = waiting(client)
    assert (run.status, set_times(run), run.usage) == ("requires_action", {"started_at", "expires_at"}, None)
    first, second = calls_of(run)
    assert first != second
    assert run.required_action.to_dict() == {
        "type": "submit_tool_outputs",
        "submit_tool_outputs": {
            "tool_calls": [
                {
                    "id": first,
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Paris"}'},
                },
                {
                    "id": second,
                    "type": "function",
                    "function": {"name": "get_weather", "arguments": '{"city": "Rome"}'},
                },
            ]
        },
    }
    (step,) = steps_of(client, run)
    assert (step.type, step.status, step.usage) == ("tool_calls", "in_progress", None)
    assert [call.id for call in step.step_details.tool_calls] == [first, second]
    assert [call.function.output for call in step.step_details.tool_calls] == [None, None]
    assert read(client, run) == run


@pytest.mark.parametrize("arrange", [list, lambda outputs: outputs[::-1]], ids=["in order", "reversed"])
def test_submitted_outputs_finish_the_run(client, arrange):
    run = waiting(client)
    queued = submit(client, run, arrange(outputs_for(run, "18", "24")))
    assert (queued.status, queued.required_action, queued.usage) == ("queued", None, None)
    assert queued.expires_at == run.expires_at
    again = read(client, queued)
    assert (again.status, again.expires_at) == ("in_progress", run.expires_at)
    assert again.started_at > run.started_at
    done = finish(client, again)
    assert (done.status, answer_to(client, run)) == ("completed", "Paris 18, Rome 24.")
    calls, words = steps_of(client, done)
    assert (calls.type, calls.status, words.type) == ("tool_calls", "completed", "message_creation")
    assert [call.function.output for call in calls.step_details.tool_calls] == ["18", "24"]


def test_outputs_decide_what_is_said(client):
    run = waiting(client)
    done = finish(client, submit(client, run, outputs_for(run, "18", "25")))
    assert (done.status, done.last_error is None) == ("failed", False)


def test_a_refused_submit_can_be_made_good(client):
    run = waiting(client)
    with pytest.raises(BadRequestError):
        submit(client, run, outputs_for(run, "18"))
    assert finish(client, submit(client, run, outputs_for(run, "18", "24"))).status == "completed"


def test_a_run_may_ask_twice(open_home):
    call = {"name": "get_weather", "arguments": {"city": "Oslo"}}
    rounds = [{"calls": [call], "tokens": 3}, {"outputs": ["no"]}, {"calls": [call], "tokens": 5}, {"outputs": ["4"]}]
    client = open_home(
        talk({"user": "Oslo?"}, *rounds, {"assistant": "4."}, instructions=REPORTER, tools=["get_weather"])
    )
    thread, assistant = thread_with(client, "Oslo?"), reporter(client)
    first = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    second = finish(client, submit(client, first, outputs_for(first, "no")))
    assert (second.status, calls_of(second) == calls_of(first)) == ("requires_action", False)
    done = finish(client, submit(client, second, outputs_for(second, "4")))
    assert (done.status, answer_to(client, done)) == ("completed", "4.")
    assert [step.type for step in steps_of(client, done)] == ["tool_calls", "tool_calls", "message_creation"]


def test_words_before_a_call_are_a_message_of_their_own(open_home):
    call = {"name": "get_weather", "arguments": {"city": "Oslo"}}
    says = {"assistant": "I'll look.", "calls": [call]}
    client = open_home(
        talk(
            {"user": "Oslo?"}, says, {"outputs": ["4"]}, ("Sure?", "Yes."), instructions=REPORTER, tools=["get_weather"]
        ),
        talk(
            {"user": "Oslo?"},
            says,
            {"outputs": ["5"]},
            {"assistant": "5."},
            instructions=REPORTER,
            tools=["get_weather"],
        ),
    )
    thread, assistant = thread_with(client, "Oslo?"), reporter(client)
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
    done = finish(client, submit(client, run, outputs_for(run, "5")))
    assert [text_of(message) for message in messages_of(client, done)] == ["Oslo?", "I'll look.", "5."]
    assert [step.type for step in steps_of(client, done)] == ["message_creation", "tool_calls", "message_creation"]


def test_a_conversation_goes_on_after_a_function_round(open_home):
    entries = [*WEATHER["messages"], {"user": "Thanks"}, {"assistant": "Any time."}]
    client = open_home({**WEATHER, "messages": entries})
    run = waiting(client)
    finish(client, submit(client, run, outputs_for(run, "18", "24")))
    thread = client.beta.threads.retrieve(run.thread_id)
    thanks = ask(client, thread, client.beta.assistants.retrieve(run.assistant_id), "Thanks")
    assert answer_to(client, thanks) == "Any time."


# --- usage and limits ---


def test_a_runs_usage_is_the_sum_of_its_steps(client):
    run = waiting(client)
    done = finish(client, submit(client, run, outputs_for(run, "18", "24")))
    steps = [step.usage for step in steps_of(client, done)]
    assert [usage.completion_tokens for usage in steps] == [40, 7]
    assert 0 < steps[0].prompt_tokens < steps[1].prompt_tokens
    assert done.usage.prompt_tokens == sum(usage.prompt_tokens for usage in steps)
    assert done.usage.completion_tokens == 47
    assert done.usage.total_tokens == done.usage.prompt_tokens + 47


def test_a_reply_that_hits_the_limit_is_incomplete(client):
    run = finish(client, begin(client, "Talk on", max_completion_tokens=256))
    assert (run.status, run.incomplete_details.reason) == ("incomplete", "max_completion_tokens")
    assert set_times(run) == {"started_at", "completed_at"}
    assert run.usage.completion_tokens == 256
    message, (step,) = messages_of(client, run)[-1], steps_of(client, run)
    assert (message.status, message.incomplete_details.reason) == ("incomplete", "max_tokens")
    assert ("word " * 300).startswith(text_of(message))
    assert 0 < len(text_of(message)) < len("word " * 300)
    assert (step.status, step.usage.to_dict()) == ("completed", run.usage.to_dict())
    assert_free(client, run)


def test_a_limit_that_is_not_reached_changes_nothing(client):
    run = finish(client, begin(client, "Talk on", max_completion_tokens=10_000))
    assert (run.status, run.incomplete_details) == ("completed", None)
    assert answer_to(client, run) == "word " * 300


LONG_CALL = {"name": "get_weather", "arguments": {"city": "Paris"}}
OVER_THE_LIMIT = {
    "words, as counted when recorded": [{"assistant": "word " * 200, "tokens": 300}],
    "a call": [{"calls": [LONG_CALL], "tokens": 300}],
    "a call with long arguments": [{"calls": [{**LONG_CALL, "arguments": {"city": "word " * 300}}]}],
    "what is left after a call": [
        {"calls": [LONG_CALL], "tokens": 200},
        {"outputs": ["18"]},
        {"assistant": "word " * 100, "tokens": 100},
    ],
}


@pytest.mark.parametrize("entries", OVER_THE_LIMIT.values(), ids=OVER_THE_LIMIT)
def test_the_completion_limit_holds_for_all_replies_of_a_run_together(open_home, entries):
    client = open_home(talk({"user": "Paris and Rome?"}, *entries, instructions=REPORTER, tools=["get_weather"]))
    run = finish(client, begin(client, "Paris and Rome?", max_completion_tokens=256))
    if run.status == "requires_action" and len(entries) > 1:
        run = finish(client, submit(client, run, outputs_for(run, "18")))
    assert (run.status, run.required_action) == ("incomplete", None)
    assert run.incomplete_details.reason == "max_completion_tokens"
    assert run.usage.completion_tokens <= 256
    assert {step.status for step in steps_of(client, run)} <= {"completed"}


BIG = "word " * 300


def test_a_prompt_that_cannot_be_cut_to_its_limit_ends_the_run(open_home):
    client = open_home(talk((BIG, "Read.")))
    run = finish(client, begin(client, BIG, max_prompt_tokens=256))
    assert (run.status, run.last_error) == ("incomplete", None)
    assert run.incomplete_details.reason == "max_prompt_tokens"
    assert answer_to(client, run) is None
    assert finish(client, begin(client, BIG, max_prompt_tokens=10_000)).status == "completed"


def test_the_prompt_limit_holds_for_all_turns_of_a_run_together(open_home):
    question = "Paris? " + "word " * 150
    call = {"calls": [LONG_CALL]}
    client = open_home(
        talk(
            {"user": question}, call, {"outputs": ["18"]}, {"assistant": "18."},
            instructions=REPORTER, tools=["get_weather"],
        )
    )  # fmt: skip
    thread, assistant = thread_with(client, question), reporter(client)
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, max_prompt_tokens=256
    )
    assert run.status == "requires_action"
    done = finish(client, submit(client, run, outputs_for(run, "18")))
    assert (done.status, done.last_error) == ("incomplete", None)
    assert done.incomplete_details.reason == "max_prompt_tokens"
    assert done.usage.prompt_tokens <= 256


def test_messages_in_the_middle_make_way_for_the_prompt_limit(open_home):
    client = open_home(
        talk({"user": "First"}, {"user": BIG}, ("Last", "All of it.")),
        talk({"user": "First"}, ("Last", "Both ends.")),
        talk(("Last", "Only the end.")),
    )
    answers = {}
    for limit in (None, 10_000, 256):
        thread = thread_with(client, "First", BIG, "Last")
        run = client.beta.threads.runs.create_and_poll(
            thread_id=thread.id, assistant_id=tutor(client).id, max_prompt_tokens=limit
        )
        answers[limit] = answer_to(client, run)
        assert run.usage.prompt_tokens <= (limit or 10_000)
    assert answers == {None: "All of it.", 10_000: "All of it.", 256: "Both ends."}


@pytest.mark.parametrize(("strategy", "answer"), [
    (None, "After hi."),
    ({"type": "auto"}, "After hi."),
    ({"type": "last_messages", "last_messages": 1}, "Alone."),
    ({"type": "last_messages", "last_messages": 3}, "After hi."),
    ({"type": "last_messages", "last_messages": 100}, "After hi."),
])  # fmt: skip
def test_the_model_reads_the_newest_messages_that_the_strategy_allows(open_home, strategy, answer):
    client = open_home(talk(("hi", HELLO), ("And now?", "After hi.")), talk(("And now?", "Alone.")))
    thread, assistant = client.beta.threads.create(), tutor(client)
    ask(client, thread, assistant, "hi")
    client.beta.threads.messages.create(thread.id, role="user", content="And now?")
    run = client.beta.threads.runs.create_and_poll(
        thread_id=thread.id, assistant_id=assistant.id, truncation_strategy=strategy
    )
    assert answer_to(client, run) == answer
    assert len(messages_of(client, run)) == 4


def test_last_messages_does_not_forget_what_the_run_itself_did(open_home):
    client = open_home(WEATHER)
    run = waiting(client, truncation_strategy={"type": "last_messages", "last_messages": 1})
    assert finish(client, submit(client, run, outputs_for(run, "18", "24"))).status == "completed"


# --- what a run may bring along ---


def test_additional_instructions_are_appended(open_home):
    client = open_home(talk(("hi", "Hi!"), instructions=f"{TUTOR}\nBe brief."))
    run = begin(client, "hi", additional_instructions="Be brief.")
    assert run.instructions == f"{TUTOR}\nBe brief."
    assert answer_to(client, finish(client, run)) == "Hi!"
    assert client.beta.assistants.retrieve(run.assistant_id).instructions == TUTOR


def test_additional_messages_join_the_thread_before_the_run(client):
    added = [{"role": "assistant", "content": HELLO}, {"role": "user", "content": "What is 2 + 2?"}]
    run = finish(client, begin(client, "hi", additional_messages=added))
    assert [text_of(message) for message in messages_of(client, run)] == ["hi", HELLO, "What is 2 + 2?", "Four."]
    assert [message.run_id for message in messages_of(client, run)] == [None, None, None, run.id]


OVERRIDES = {
    "instructions": ({"instructions": "Be rude."}, {"instructions": "Be rude."}),
    "tools": ({"tools": [TOOL]}, {"tools": ["get_weather"]}),
    "format": ({"response_format": {"type": "json_object"}}, {"format": "json_object"}),
}


@pytest.mark.parametrize(("options", "recorded"), OVERRIDES.values(), ids=OVERRIDES)
def test_an_override_reaches_the_model(open_home, options, recorded):
    client = open_home(CHAT, talk(("hi", "Overridden."), **recorded))
    run = finish(client, begin(client, "hi", **options))
    assert answer_to(client, run) == "Overridden."
    assert answer_to(client, finish(client, begin(client, "hi"))) == HELLO


def test_a_change_of_the_assistant_does_not_reach_a_run_under_way(client):
    run = begin(client, "hi")
    client.beta.assistants.update(run.assistant_id, instructions="Be rude.")
    assert answer_to(client, finish(client, run)) == HELLO


# --- locks ---


@pytest.mark.parametrize("status", CANCELLABLE)
def test_reading_and_metadata_are_free_while_a_run_is_active(client, status):
    run = CANCELLABLE[status](client)
    thread_id, tag = run.thread_id, {"a": "1"}
    changed = client.beta.threads.runs.update(run.id, thread_id=thread_id, metadata=tag)
    assert (changed.status, changed.metadata) == (status, tag)
    assert client.beta.threads.update(thread_id, metadata=tag).metadata == tag
    assert client.beta.threads.retrieve(thread_id).metadata == tag
    message = client.beta.threads.messages.list(thread_id, order="asc").data[0]
    assert client.beta.threads.messages.update(message.id, thread_id=thread_id, metadata=tag).metadata == tag
    assert finish(client, run).metadata == tag


def test_a_lock_is_one_threads_own(client):
    waiting(client)
    assert finish(client, begin(client, "hi")).status == "completed"


# --- recorded replies ---

MISS = None
CONVERSATIONS = {
    "as recorded": [("hi", HELLO), ("What is 2 + 2?", "Four."), ("And twice that?", "Eight, of course.")],
    "asked again": [("hi", HELLO), ("hi", HELLO), ("hi", HELLO)],
    "the second question again": [("hi", HELLO), ("What is 2 + 2?", "Four."), ("What is 2 + 2?", "Four.")],
    "all again": [("hi", HELLO), ("What is 2 + 2?", "Four."), ("hi", HELLO), ("What is 2 + 2?", "Four.")],
    "back to the second, then on": [
        ("hi", HELLO),
        ("What is 2 + 2?", "Four."),
        ("And twice that?", "Eight, of course."),
        ("What is 2 + 2?", "Four."),
        ("And twice that?", "Eight, of course."),
    ],
    "a changed question": [("hello", MISS), ("What is 2 + 2?", MISS)],
    "a changed question in between": [("hi", HELLO), ("What is 2 + 3?", MISS), ("And twice that?", MISS)],
    "a question too many": [("hi", HELLO), ("What is 2 + 3?", MISS), ("What is 2 + 2?", MISS)],
    "back before the change": [("hi", HELLO), ("What is 2 + 3?", MISS), ("hi", HELLO), ("What is 2 + 2?", "Four.")],
    "a follow-up alone": [("What is 2 + 2?", MISS)],
    "a follow-up too early": [("hi", HELLO), ("And twice that?", MISS)],
    "nearly the same words": [("Hi", MISS)],
}


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_a_reply_is_given_to_the_recorded_history_and_no_other(open_home, conversation):
    client = open_home(CHAT)
    thread, assistant = client.beta.threads.create(), tutor(client)
    for question, answer in conversation:
        run = ask(client, thread, assistant, question)
        assert (run.status, answer_to(client, run)) == ("completed" if answer else "failed", answer)


@pytest.mark.parametrize(("change", "hint"), [
    ({"instructions": "Be rude."}, TUTOR),
    ({"tools": [TOOL]}, "tools"),
])  # fmt: skip
def test_a_miss_names_what_differs_from_the_recording(client, change, hint):
    run = finish(client, begin(client, "hi", **change))
    assert run.status == "failed"
    assert hint in run.last_error.message


@pytest.mark.parametrize("change", [{"model": "gpt-4o"}, {"temperature": 0.1}, {"metadata": {"a": "1"}}])
def test_a_reply_does_not_depend_on_model_settings_or_metadata(client, change):
    assert answer_to(client, finish(client, begin(client, "hi", **change))) == HELLO


def test_ids_in_a_question_may_differ_from_the_recorded_ones(open_home):
    client = open_home(talk(("Who wrote msg_aaaaaaaaaaaaaaaaaaaaaaaa?", "You did.")))
    run = finish(client, begin(client, "Who wrote msg_bbbbbbbbbbbbbbbbbbbbbbbb?"))
    assert answer_to(client, run) == "You did."


def test_the_unused_replies_of_a_recording_are_known(client):
    finish(client, begin(client, "hi"))
    (recording,) = client.get("/local/recordings", cast_to=object)["data"]
    assert (recording["name"], recording["source"], recording["date"]) == (
        "lesson",
        "written for this test",
        "2026-11-22",
    )
    assert "hi" not in recording["unused"]
    assert "What is 2 + 2?" in recording["unused"]


@pytest.mark.parametrize(
    ("said", "next_"),
    [
        ([], ["hi", "Tell me all", "Talk on"]),
        (["hi"], ["What is 2 + 2?"]),
        (["hi", "hi"], ["What is 2 + 2?"]),
        (["hi", "What is 2 + 2?"], ["And twice that?"]),
        (["hi", "What is 2 + 2?", "And twice that?"], []),
        (["never recorded"], []),
    ],
)
def test_the_questions_that_can_be_asked_next_are_known(client, said, next_):
    assistant, thread = tutor(client), thread_with(client)
    for text in said:
        ask(client, thread, assistant, text)
    assert questions(client, assistant_id=assistant.id, thread_id=thread.id) == next_
    assert said or questions(client, assistant_id=assistant.id) == next_


def test_the_questions_that_can_be_asked_depend_on_the_assistant(client):
    assert questions(client, assistant_id=reporter(client).id) == ["Paris and Rome?"]
    assert questions(client, assistant_id=tutor(client, instructions="Sing.").id) == []
    with pytest.raises(openai.NotFoundError, match="No assistant found"):
        questions(client, assistant_id="asst_aaaaaaaaaaaaaaaaaaaaaaaa")


def questions(client, **query):
    return client.get("/local/questions", cast_to=object, options={"params": query})["data"]


# --- the same everywhere ---


def lesson(client: openai.OpenAI) -> list[dict]:
    """Everything that a small lesson makes."""
    run = waiting(client)
    chat = begin(client, "hi")
    finish(client, submit(client, run, outputs_for(run, "18", "24")))
    return [*everything(client, finish(client, chat)), *everything(client, read(client, run))]


def everything(client: openai.OpenAI, run: Run) -> list[dict]:
    made = [
        client.beta.assistants.retrieve(run.assistant_id),
        client.beta.threads.retrieve(run.thread_id),
        run,
        *messages_of(client, run),
        *steps_of(client, run),
    ]
    return [object.to_dict() for object in made]


def test_two_fresh_homes_make_the_same_objects(open_home):
    first, second = (lesson(open_home(CHAT, WEATHER, name=name)) for name in ("one", "two"))
    assert first == second
    assert len({object["id"] for object in first}) == len(first) > 8


def test_time_starts_at_nine_on_the_recordings_day_and_moves_a_second_a_write(open_home):
    client = open_home(CHAT, date="2025-02-03")
    nine = int(datetime(2025, 2, 3, 9, tzinfo=timezone.utc).timestamp())
    assert [tutor(client).created_at for _ in range(3)] == [nine + 1, nine + 2, nine + 3]


def test_the_same_request_twice_makes_two_objects(client):
    thread = client.beta.threads.create()
    made = [client.beta.threads.messages.create(thread.id, role="user", content="hi") for _ in range(2)]
    assert made[0].id != made[1].id
    assert [message.id for message in messages_of(client, thread)] == [message.id for message in made]


QUESTIONS = ["hi", "Talk on", "Nobody recorded this", "Tell me all"]


def one_after_the_other(job: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    return [job(item) for item in items]


def in_reverse(job: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    return [job(item) for item in items[::-1]][::-1]


def all_together(job: Callable[[Any], Any], items: list[Any]) -> list[Any]:
    with ThreadPoolExecutor(len(items)) as pool:
        return list(pool.map(job, items))


@pytest.mark.parametrize("order", [in_reverse, all_together])
def test_work_in_several_threads_is_the_same_in_any_order(open_home, order):
    results = []
    for do in (one_after_the_other, order):
        client = open_home(CHAT, talk(("Talk on", BIG)), name=do.__name__)
        assistant, threads = tutor(client), [thread_with(client, question) for question in QUESTIONS]
        results.append(do(partial(converse, client, assistant.id), threads))
    assert [without_recording(result) for result in results[0]] == [without_recording(result) for result in results[1]]


def converse(client: openai.OpenAI, assistant_id: str, thread: Thread) -> list[dict]:
    run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant_id)
    client.beta.threads.messages.create(thread.id, role="user", content="Bye")
    return everything(client, run)


def without_recording(objects: list[dict]) -> list[dict]:
    """All but the recording's name, which a failed run tells."""
    return [{**object, "last_error": bool(object.get("last_error"))} for object in objects]


def test_a_run_that_asks_for_tools_for_ever_is_ended(open_home):
    round_ = [{"calls": [{"name": "get_weather", "arguments": {}}]}, {"outputs": ["?"]}]
    client = open_home(talk({"user": "Paris and Rome?"}, *round_ * 101, instructions=REPORTER, tools=["get_weather"]))
    run, rounds = finish(client, begin(client, "Paris and Rome?")), 0
    while run.status == "requires_action":
        run, rounds = finish(client, submit(client, run, outputs_for(run, "?"))), rounds + 1
    assert (run.status, rounds) == ("failed", 100)
    assert "called the model 100 times" in run.last_error.message
