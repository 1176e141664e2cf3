"""Talking to an assistant, one function for each step."""

from __future__ import annotations

from openai import OpenAI
from openai.pagination import SyncCursorPage
from openai.types.beta import Thread
from openai.types.beta.threads import Message, Run

from .arguments import expect
from .polling import wait_on_run
from .printing import print_message


def create_new_thread(client: OpenAI) -> Thread:
    """Create an empty thread. Written in lesson 02."""
    return client.beta.threads.create()


def submit_message(client: OpenAI, assistant_id: str, thread_id: str, text: str) -> Run:
    """Add a user's message to a thread and start a run on it. Written in lesson 02.

    Returns:
        The run, still `queued`: this does not wait for it.

    Raises:
        openai.BadRequestError: another run is active on the thread.
        TypeError: an object was given in place of its id.
    """
    expect("submit_message(assistant_id)", assistant_id, str)
    expect("submit_message(thread_id)", thread_id, str)
    client.beta.threads.messages.create(thread_id=thread_id, role="user", content=text)
    return client.beta.threads.runs.create(thread_id=thread_id, assistant_id=assistant_id)


def get_response(client: OpenAI, thread_id: str) -> SyncCursorPage[Message]:
    """List the messages of a thread, oldest first. Written in lesson 02.

    Returns:
        A page; a `for` loop over it goes through all pages.

    Raises:
        TypeError: an object was given in place of its id.
    """
    expect("get_response(thread_id)", thread_id, str)
    return client.beta.threads.messages.list(thread_id=thread_id, order="asc")


def create_thread_and_run(client: OpenAI, assistant_id: str, text: str) -> tuple[Thread, Run]:
    """Create a thread with its first message and start a run on it. Written in lesson 02."""
    thread = create_new_thread(client)
    return thread, submit_message(client, assistant_id, thread.id, text)


def ask(client: OpenAI, assistant_id: str, thread_id: str, text: str) -> Run:
    """Send a message, wait for the reply, and print the thread's last two messages. Written in lesson 02.

    Returns:
        The completed run; or one in `requires_action`, which has no reply yet.

    Raises:
        RunError: the run ended without a reply.
        TimeoutError: it took too long; see `wait_on_run`.
    """
    run = wait_on_run(client, submit_message(client, assistant_id, thread_id, text))
    newest = client.beta.threads.messages.list(thread_id=thread_id, limit=2).data
    print_message(reversed(newest))
    return run
