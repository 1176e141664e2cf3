"""Files on their way from one API to another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI, PermissionDeniedError
from openai.types import FileObject

from .report import Loss

MOST_IN_BATCH = 2000  # files that a vector store takes in one call, by the SDK's docstrings
T = TypeVar("T")


class Files:
    """Copies files, each once, and remembers what became of them.

    Args:
        client: where they are.
        to: where they shall be.
        originals: files on this machine. A file that was uploaded for assistants can't be downloaded again; the one of
            the same name and size among these takes its place.
        losses: what could not be copied is added to these.
    """

    def __init__(self, client: OpenAI, to: OpenAI, originals: Iterable[Path | str], losses: list[Loss]) -> None:
        self.copied: dict[str, FileObject] = {}
        self._asked: set[str] = set()
        self._client = client
        self._to = to
        self._originals = {(path.name, path.stat().st_size): path for path in map(Path, originals)}
        self._losses = losses

    def copy(self, id: str) -> FileObject | None:
        """A copy of a file, made at its first mention; None if it can't be."""
        if id not in self._asked:
            self._asked.add(id)
            name = "a file"
            try:
                file = self._client.files.retrieve(id)
                name = file.filename
                self.copied[id] = self._upload(file)
            except (BadRequestError, NotFoundError, PermissionDeniedError) as error:
                self._losses.append(Loss(id, f"{name}: {_message(error)}"))
        return self.copied.get(id)

    def store(self, entries: dict[str, dict[str, Any]], name: str) -> str | None:
        """A vector store with copies of these files, once they can be searched; None if there are none.

        Args:
            entries: by their old ids, what else a vector store knows of each.
            name: of the new store.
        """
        files = [{"file_id": new.id, **entry} for id, entry in entries.items() if (new := self.copy(id))]
        if not files:
            return None
        store_id = self._to.vector_stores.create(name=name).id
        for some in batches(files, MOST_IN_BATCH):
            self._to.vector_stores.file_batches.create_and_poll(store_id, files=some)
        old_ids = {new.id: old for old, new in self.copied.items()}
        for failed in self._to.vector_stores.files.list(store_id, filter="failed"):
            self._losses.append(Loss(old_ids[failed.id], f"it can't be searched: {failed.last_error.message}"))
        return store_id

    def _upload(self, file: FileObject) -> FileObject:
        purpose = file.purpose if file.purpose in ("vision", "user_data") else "assistants"
        with tempfile.TemporaryDirectory() as folder:
            path = self._originals.get((file.filename, file.bytes)) or self._downloaded(file, Path(folder))
            with path.open("rb") as content:
                return self._to.files.create(file=(file.filename, content), purpose=purpose)

    def _downloaded(self, file: FileObject, folder: Path) -> Path:
        path = folder / "content"
        with self._client.files.with_streaming_response.content(file.id) as response:
            response.stream_to_file(path)
        return path


def batches(things: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """Things in their order, at most so many at a time."""
    rest = iter(things)
    while batch := list(islice(rest, size)):
        yield batch


def _message(error: APIStatusError) -> str:
    return error.body["message"] if isinstance(error.body, dict) and "message" in error.body else str(error)
