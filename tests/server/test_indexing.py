"""Vector stores of two servers that share a database, of which one is killed in the middle of its work."""

from __future__ import annotations

import openai

from server.running import Server

FILES = 400


def test_what_a_killed_server_left_undone_is_done_by_the_one_that_looks(serve):
    first, second = serve(together=2)
    ids = upload(first.client(), FILES)
    store = first.client().vector_stores.create()
    batch = first.client().vector_stores.file_batches.create(store.id, file_ids=ids)
    first.kill()
    assert look(second, store.id).file_counts.in_progress > 0
    stores = second.client().vector_stores
    batch = stores.file_batches.poll(batch.id, vector_store_id=store.id)
    assert (batch.status, batch.file_counts.completed) == ("completed", FILES)
    assert stores.search(store.id, query="note 77").data[0].filename == "77.txt"


def upload(client: openai.OpenAI, count: int) -> list[str]:
    """The ids of files that say which they are."""
    files = [(f"{number}.txt", f"This is note {number}, and no other.".encode()) for number in range(count)]
    return [client.files.create(file=file, purpose="assistants").id for file in files]


def look(server: Server, store_id: str):
    return server.client().vector_stores.retrieve(store_id)
