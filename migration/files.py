"""Copies files from one API to another."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TypedDict, TypeVar

from openai import APIStatusError, BadRequestError, NotFoundError, OpenAI, PermissionDeniedError
from openai.types import FileChunkingStrategyParam, FileObject, FilePurpose
from openai.types.vector_stores import file_batch_create_params

from .report import Loss

MOST_IN_BATCH = 2000  # files that a vector store takes in one call, says the SDK's docstring
T = TypeVar("T")


class SearchOptions(TypedDict, total=False):
    """How a vector store indexes a file. Without members, it decides itself."""

    attributes: dict[str, str | float | bool]
    chunking_strategy: FileChunkingStrategyParam


class Files:
    """Copies files, each once.

    Args:
        client: for the API that has them.
        to: for the API that gets them.
        originals: files on this machine. A file that was uploaded for assistants can't be downloaded again; one with
            the same name and size among these replaces it.
        losses: files that can't be copied are added to this list.

    Attributes:
        copied: the copies, by the ids of the originals.
    """

    def __init__(self, client: OpenAI, to: OpenAI, originals: Iterable[Path | str], losses: list[Loss]) -> None:
        self.copied: dict[str, FileObject] = {}
        self._tried: set[str] = set()
        self._client = client
        self._to = to
        self._originals = {(path.name, path.stat().st_size): path for path in map(Path, originals)}
        self._losses = losses

    def copy(self, file_id: str) -> FileObject | None:
        """Copy a file, unless that has been tried before.

        Returns:
            The copy, or None if the file can't be copied.
        """
        if file_id not in self._tried:
            self._tried.add(file_id)
            name = "a file"
            try:
                file = self._client.files.retrieve(file_id)
                name = file.filename
                self.copied[file_id] = self._upload(file)
            except (BadRequestError, NotFoundError, PermissionDeniedError) as error:
                self._losses.append(Loss(file_id, f"{name}: {_message(error)}"))
        return self.copied.get(file_id)

    def create_store(self, options: Mapping[str, SearchOptions], name: str) -> str | None:
        """Create a vector store with copies of files, and wait until they can be searched.

        Args:
            options: by the ids of the originals, how the vector store is to index each.
            name: of the new store.

        Returns:
            The id of the store, or None if there is no file to put into it.
        """
        files: list[file_batch_create_params.File] = [
            {"file_id": new.id, **entry} for file_id, entry in options.items() if (new := self.copy(file_id))
        ]
        if not files:
            return None
        store_id = self._to.vector_stores.create(name=name).id
        for batch in batches(files, MOST_IN_BATCH):
            self._to.vector_stores.file_batches.create_and_poll(store_id, files=batch)
        old_ids = {new.id: old for old, new in self.copied.items()}
        for failed in self._to.vector_stores.files.list(store_id, filter="failed"):
            reason = failed.last_error.message if failed.last_error else "no reason is given"
            self._losses.append(Loss(old_ids[failed.id], f"it can't be searched: {reason}"))
        return store_id

    def _upload(self, file: FileObject) -> FileObject:
        purpose: FilePurpose = "assistants"
        if file.purpose in ("vision", "user_data"):
            purpose = file.purpose
        with tempfile.TemporaryDirectory() as folder:
            path = self._originals.get((file.filename, file.bytes)) or self._downloaded(file, Path(folder))
            with path.open("rb") as content:
                return self._to.files.create(file=(file.filename, content), purpose=purpose)

    def _downloaded(self, file: FileObject, folder: Path) -> Path:
        path = folder / "content"
        with self._client.files.with_streaming_response.content(file.id) as response:
            response.stream_to_file(path)
        return path


def batches(values: Iterable[T], size: int) -> Iterator[Sequence[T]]:
    """The values in their order, in batches of at most this size."""
    rest = iter(values)
    while batch := list(islice(rest, size)):
        yield batch


def _message(error: APIStatusError) -> str:
    return str(error.body["message"]) if isinstance(error.body, dict) and "message" in error.body else str(error)
