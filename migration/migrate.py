"""A thread as a conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from openai import APIError, OpenAI
from openai.types.beta import Thread
from openai.types.beta.threads import Message

from helpers.polling import WAITING

from .files import Files, batches
from .messages import item_of
from .report import Loss, Migration

MOST_ITEMS = 20  # items that a conversation takes in one call, by the SDK's docstrings
ACTIVE = (*WAITING, "requires_action")


def migrate_thread(client: OpenAI, thread_id: str, *, to: OpenAI, originals: Iterable[Path | str] = ()) -> Migration:
    """Make a conversation of a thread. Lesson 06 writes it for text alone.

    Text, pictures and files come along, in their order, and so do the thread's metadata. The thread stays as it is.

    Args:
        client: what `connect` returned.
        thread_id: of the thread.
        to: what `connect_today` returned.
        originals: files on this machine that were uploaded. The Assistants API does not give out what was uploaded for
            assistants; a file among these that has the same name and size takes its place.

    Returns:
        Where the conversation is, and what did not come along.

    Raises:
        openai.NotFoundError: there is no such thread.
        openai.APIError: one of the two did not do as asked. No conversation is left then, but copies of files may be.
        FileNotFoundError: one of `originals` is not there.
    """
    losses = [Loss(thread_id, "the ids and times of its messages, its runs and their steps")]
    files = Files(client, to, originals, losses)
    thread = client.beta.threads.retrieve(thread_id)
    messages = list(client.beta.threads.messages.list(thread_id, order="asc", limit=100))
    losses += _unfinished(client, thread_id)
    items = [item for message in messages if (item := item_of(message, files, losses))]
    tools = list(_tools(client, thread, messages, files))
    conversation = to.conversations.create(metadata=thread.metadata or {})
    try:
        for batch in batches(items, MOST_ITEMS):
            to.conversations.items.create(conversation.id, items=batch)
    except BaseException:  # an interrupted cell, too
        with suppress(APIError):
            to.conversations.delete(conversation.id)
        raise
    return Migration(conversation.id, len(items), files.copied, tools, losses)


def _unfinished(client: OpenAI, thread_id: str) -> Iterator[Loss]:
    for run in client.beta.threads.runs.list(thread_id, limit=1).data:
        if run.status in ACTIVE:
            yield Loss(run.id, f"what this run would still have said: it is {run.status}")


def _tools(client: OpenAI, thread: Thread, messages: list[Message], files: Files) -> Iterator[dict[str, Any]]:
    """The tools by which the model reaches the thread's files."""
    if store_id := files.store(_searched(client, thread, messages), f"Files of {thread.id}"):
        yield {"type": "file_search", "vector_store_ids": [store_id]}
    if copies := [new.id for id in _computed(thread, messages) if (new := files.copy(id))]:
        yield {"type": "code_interpreter", "container": {"type": "auto", "file_ids": copies}}


def _searched(client: OpenAI, thread: Thread, messages: list[Message]) -> dict[str, dict[str, Any]]:
    """The files that searches in this thread find, by id, each with what its vector store knows of it."""
    found: dict[str, dict[str, Any]] = {id: {} for id in _attached(messages, "file_search")}
    resources = thread.tool_resources and thread.tool_resources.file_search
    for store_id in (resources and resources.vector_store_ids) or []:
        for file in client.vector_stores.files.list(store_id, limit=100):
            found[file.id] = {"attributes": file.attributes or {}, "chunking_strategy": _strategy(file)}
    return found


def _strategy(file: Any) -> dict[str, Any]:
    strategy = file.chunking_strategy.to_dict() if file.chunking_strategy else {"type": "auto"}
    return strategy if strategy["type"] == "static" else {"type": "auto"}


def _computed(thread: Thread, messages: list[Message]) -> list[str]:
    """The ids of the files that code in this thread finds."""
    resources = thread.tool_resources and thread.tool_resources.code_interpreter
    ids = [*((resources and resources.file_ids) or []), *_attached(messages, "code_interpreter")]
    return list(dict.fromkeys(ids))


def _attached(messages: list[Message], tool: str) -> Iterator[str]:
    """The ids of files that are attached to messages for a tool."""
    for message in messages:
        for attachment in message.attachments or []:
            if attachment.file_id and any(each.type == tool for each in attachment.tools or []):
                yield attachment.file_id
