"""The playground without a browser: its text, its words escaped, and what a learner meets when something goes wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import openai
import pytest

from contract.talks import BREAKS_OFF, CHAT, TOOL, TUTOR, WEATHER, talk
from local_api.http.in_process import client_over, http
from panels import pages, say, widget
from widgets import playground

HOSTILE = "<script>alert('&')</script>"
MARKED = talk(
    {"user": "Mark it"},
    {"calls": [{"name": HOSTILE, "arguments": {HOSTILE: HOSTILE}}]},
    {"outputs": [HOSTILE]},
    {"assistant": HOSTILE, "error": {"code": "server_error", "message": HOSTILE}},
)


@pytest.fixture
def client(open_home: Callable[..., openai.OpenAI]) -> openai.OpenAI:
    return open_home(CHAT, WEATHER, BREAKS_OFF, MARKED)


def make(client: openai.OpenAI, **members: Any) -> str:
    return client.beta.assistants.create(**{"model": "gpt-6-luna", "instructions": TUTOR, **members}).id


def test_its_text_tells_how_much_there_is(client: openai.OpenAI) -> None:
    assert repr(playground(client)) == "playground: 0 assistants, 0 recorded questions"
    tutor = make(client)
    assert repr(playground(client)) == "playground: 1 assistant, 3 recorded questions"
    make(client, instructions="You report the weather.", tools=[TOOL])
    assert repr(playground(client)) == "playground: 2 assistants, 1 recorded question"  # those of the newest
    panel = playground(client, tutor)
    assert panel._repr_mimebundle_()["text/plain"] == "playground: 2 assistants, 3 recorded questions"
    assert (panel.assistant_id, panel.thread_id) == (tutor, None)


def test_what_it_cannot_open_is_told_in_place(client: openai.OpenAI) -> None:
    missing = "asst_" + "a" * 24
    assert repr(playground(client, missing)) == f"playground: No assistant found with id '{missing}'."

    def broken(environ: dict, start_response: Callable) -> list[bytes]:
        raise http.ConnectError("the cable is out")

    with client_over(broken) as unplugged:
        nowhere = openai.OpenAI(api_key="none", base_url="http://nowhere/v1", http_client=unplugged, max_retries=0)
        assert repr(playground(nowhere)) == "playground: Connection error."


def test_words_are_never_html(client: openai.OpenAI) -> None:
    make(client, name=HOSTILE)
    panel = playground(client)
    say(panel, HOSTILE)  # not recorded: the failure repeats it
    say(panel, "Mark it")
    widget(panel, "Textarea", description="Output").value = HOSTILE
    widget(panel, "Button", description="Submit output").click()
    shown = pages(panel)
    assert "The run failed (server_error)" in shown
    assert shown.count("&lt;script&gt;alert(&#x27;&amp;&#x27;)&lt;/script&gt;") >= 5
    assert "<script" not in shown


def test_a_message_without_a_reply_does_not_stay(client: openai.OpenAI) -> None:
    """What was never recorded would make all that follows a miss."""
    make(client)
    panel = playground(client)
    say(panel, "hi")
    say(panel, "Never recorded")
    assert "No recorded reply to this" in pages(panel)
    assert widget(panel, "Textarea", description="Message").value == "Never recorded"
    assert texts_in(client, panel) == ["hi", "Hello there, how are you?"]
    widget(panel, "Button", description="What is 2 + 2?").click()
    assert texts_in(client, panel)[-1] == "Four."


def test_a_reply_that_breaks_off_stays(client: openai.OpenAI) -> None:
    make(client)
    panel = playground(client)
    say(panel, "Tell me all")
    assert "You are too fast." in pages(panel)
    assert texts_in(client, panel) == ["Tell me all", "It all began"]


def test_enter_sends_and_deleting_does_not(client: openai.OpenAI) -> None:
    make(client)
    panel = playground(client)
    message = widget(panel, "Textarea", description="Message")
    for text in ["hi\nthere", "hi\nt", "hi\n", "hi"]:
        message.value = text
    assert panel.thread_id is None
    message.value = "hi\n"
    assert texts_in(client, panel)[0] == "hi"


def texts_in(client: openai.OpenAI, panel: Any) -> list[str]:
    page = client.beta.threads.messages.list(panel.thread_id, order="asc")
    return [message.content[0].text.value for message in page]
