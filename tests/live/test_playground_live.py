"""The playground over a live endpoint: a reply is seen while it comes, and interrupting the kernel stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator

import openai
import pytest
from ipywidgets import HTML

from live.endpoint import Exchange, deltas, message, opening, refusing, saying
from panels import pages, say
from widgets import playground

SAYING = 'play-words">Once</div>'


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Set as soon as the first word of the reply is on the page."""
    seen = threading.Event()

    def watch(change: dict) -> None:
        if SAYING in change["new"]:
            seen.set()

    def made(widget: HTML) -> None:
        if isinstance(widget, HTML):
            widget.observe(watch, "value")

    HTML.on_widget_constructed(made)
    yield seen
    HTML.on_widget_constructed(None)


def test_interrupting_the_kernel_stops_the_run(answered: Callable, drawn: threading.Event) -> None:
    hung_up = []

    def slow(exchange: Exchange) -> None:
        exchange.head()
        exchange.send(*opening(message("")), *deltas("Once"))
        if drawn.wait(10):
            signal.raise_signal(signal.SIGINT)
        hung_up.append(exchange.was_hung_up())

    client, _ = answered(slow, saying("Again."))
    panel = opened(client)
    say(panel, "Tell me a story")
    assert drawn.is_set() and "Stopped." in pages(panel)
    (run,) = client.beta.threads.runs.list(panel.thread_id)
    assert run.status == "cancelled"
    say(panel, "And now?")
    assert "Again." in pages(panel)
    assert hung_up == [True]


def test_a_refusal_is_told_in_place(answered: Callable) -> None:
    client, _ = answered(refusing(401, "Wrong."))
    panel = opened(client)
    say(panel, "hi")
    assert "does not accept the key" in pages(panel)
    assert not client.beta.threads.messages.list(panel.thread_id).data


def opened(client: openai.OpenAI) -> object:
    client.beta.assistants.create(model="any", name="Teller")
    panel = playground(client)
    assert repr(panel) == "playground: 1 assistant, live"
    return panel
