"""Makes a conversation from a thread."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from openai import APIError, OpenAI
from openai.types import FileChunkingStrategyParam
from openai.types.beta import Thread
from openai.types.beta.threads import Message
from openai.types.vector_stores import VectorStoreFile

from helpers.polling import ACTIVE

from .files import Files, SearchOptions, batches
from .messages import item_of
from .report import Loss, Migration

if TYPE_CHECKING:
    from openai.types.responses import ResponseInputItemParam

MOST_ITEMS = 20  # items that a conversation takes in one call, says the SDK's docstring


def migrate_thread(client: OpenAI, thread_id: str, *, to: OpenAI, originals: Iterable[Path | str] = ()) -> Migration:
    """Make a conversation from a thread. Lesson 06 writes it for text alone.

    It gets the thread's text, pictures and files in their order, and its metadata. The thread stays as it is.

    Args:
        client: what `connect` returned.
        thread_id: of the thread.
        to: the client that `connect_today` returned.
        originals: files on this machine that were uploaded. The Assistants API doesn't let anyone download files that
            were uploaded for assistants; a file with the same name and size among these replaces such a file.

    Returns:
        The conversation's id, and what could not be moved.

    Raises:
        openai.NotFoundError: there is no such thread.
        openai.APIError: a request to either API failed. The conversation is deleted, but copies of files may remain.
        FileNotFoundError: one of `originals` does not exist.
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
            to.conversations.items.create(conversation.id, items=cast("Sequence[ResponseInputItemParam]", batch))
    except BaseException:  # including an interrupted cell
        with suppress(APIError):
            to.conversations.delete(conversation.id)
        raise
    return Migration(conversation.id, len(items), files.copied, tools, losses)


def _unfinished(client: OpenAI, thread_id: str) -> Iterator[Loss]:
    for run in client.beta.threads.runs.list(thread_id, limit=1).data:
        if run.status in ACTIVE:
            yield Loss(run.id, f"what this run would still have said: it is {run.status}")


def _tools(client: OpenAI, thread: Thread, messages: list[Message], files: Files) -> Iterator[dict[str, Any]]:
    """The tools with which the model can use the thread's files."""
    if store_id := files.create_store(_for_search(client, thread, messages), f"Files of {thread.id}"):
        yield {"type": "file_search", "vector_store_ids": [store_id]}
    if copies := [new.id for file_id in _for_code(thread, messages) if (new := files.copy(file_id))]:
        yield {"type": "code_interpreter", "container": {"type": "auto", "file_ids": copies}}


def _for_search(client: OpenAI, thread: Thread, messages: list[Message]) -> dict[str, SearchOptions]:
    """The ids of the files that file search has in this thread, each with the options of its vector store."""
    found: dict[str, SearchOptions] = {file_id: {} for file_id in _attached(messages, "file_search")}
    resources = thread.tool_resources and thread.tool_resources.file_search
    for store_id in (resources and resources.vector_store_ids) or []:
        for file in client.vector_stores.files.list(store_id, limit=100):
            found[file.id] = {"attributes": file.attributes or {}, "chunking_strategy": _strategy(file)}
    return found


def _strategy(file: VectorStoreFile) -> FileChunkingStrategyParam:
    strategy = file.chunking_strategy
    if strategy is None or strategy.type != "static":
        return {"type": "auto"}
    sizes = strategy.static
    return {
        "type": "static",
        "static": {
            "chunk_overlap_tokens": sizes.chunk_overlap_tokens,
            "max_chunk_size_tokens": sizes.max_chunk_size_tokens,
        },
    }


def _for_code(thread: Thread, messages: list[Message]) -> list[str]:
    """The ids of the files that the code interpreter has in this thread."""
    resources = thread.tool_resources and thread.tool_resources.code_interpreter
    file_ids = [*((resources and resources.file_ids) or []), *_attached(messages, "code_interpreter")]
    return list(dict.fromkeys(file_ids))


def _attached(messages: list[Message], tool: str) -> Iterator[str]:
    """The ids of the files attached to messages for this tool."""
    for message in messages:
        for attachment in message.attachments or []:
            if attachment.file_id and any(each.type == tool for each in attachment.tools or []):
                yield attachment.file_id
