"""Files: uploaded by clients or made by assistants."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, cast

from local_api import errors
from local_api.bodies.queries import PageRequest
from local_api.storage.blobs import Blobs
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Page, Store, UnknownCursor

from . import objects
from .objects import File

OWNERS = ("assistant", "thread")  # kinds of objects whose tool resources name files and vector stores


class Files:
    """File objects and their bytes.

    Args:
        store, clock, ids: the home's.
        blobs: where the bytes are kept.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, blobs: Blobs) -> None:
        self.blobs = blobs
        self._store = store
        self._clock = clock
        self._ids = ids
        self._on_delete: list[Callable[[str], None]] = []

    def on_delete(self, callback: Callable[[str], None]) -> None:
        """Register a callback that gets the id of each deleted file, inside the transaction that deletes it."""
        self._on_delete.append(callback)

    def upload(self, filename: str, content: IO[bytes], purpose: str, lifetime: int | None = None) -> File:
        """Create a file from a client's upload.

        Args:
            filename: the name it is uploaded under; folders and control characters in it are dropped.
            content: its bytes, read to the end.
            purpose: what it is for.
            lifetime: seconds until it expires; None to keep it.
        """
        name = "".join(filter(_is_printable, filename.replace("\\", "/").rpartition("/")[2])) or "upload"
        file_id, size = self.blobs.keep(content, lambda digest: self._ids.new("file", "", [name, purpose, digest]))
        return self._insert(file_id, size, name, purpose, lifetime)

    def keep_made(self, file_id: str, filename: str, content: IO[bytes]) -> File:
        """Create a file that an assistant's code has made.

        Args:
            file_id: its id, chosen by the run.
            filename: its name.
            content: its bytes, read to the end.
        """
        _, size = self.blobs.keep(content, lambda digest: file_id)
        return self._insert(file_id, size, filename, "assistants_output", None)

    def find(self, file_id: str) -> File:
        """The file with this id.

        Raises:
            APIError: it doesn't exist, or has expired.
        """
        file = cast("File | None", self._store.get("file", file_id))
        if file is None or self._has_expired(file):
            raise errors.no_such_file(file_id)
        return file

    def page(self, request: PageRequest, purpose: str | None = None) -> Page:
        """A page of the files, or of those for this purpose. Deletes the expired ones first.

        Raises:
            APIError: a cursor is not in the list.
        """
        self.delete_expired()
        match = {"purpose": purpose} if purpose else None
        try:
            return self._store.page("file", **asdict(request), match=match)
        except UnknownCursor as unknown:
            raise errors.no_such_file(str(unknown)) from None

    def bytes_of(self, file: File) -> Path:
        """Where the bytes of a file are.

        Raises:
            APIError: the bytes are missing from the disk.
        """
        path = self.blobs.path(file["id"])
        if not path.is_file():
            raise errors.bytes_missing(file["id"])
        return path

    def check(self, tool_resources: Mapping[str, Any] | None) -> None:
        """Check that the files for a code interpreter exist.

        Raises:
            APIError: one of them doesn't.
        """
        for file_id in code_files(tool_resources):
            self.find(file_id)

    def delete_expired(self) -> None:
        """Delete the files that have expired. No timer does it: lists, searches and the indexer call this."""
        for file in cast("list[File]", self._store.page("file", limit=None).data):
            if self._has_expired(file):
                self._delete(file["id"])

    def delete(self, file_id: str) -> None:
        """Delete a file with its bytes, and remove it from assistants, threads and vector stores.

        Raises:
            APIError: it doesn't exist.
        """
        self._delete(self.find(file_id)["id"])

    def _delete(self, file_id: str) -> None:
        with self._store.transaction():
            for owner in self._store.mentioning(file_id, OWNERS):
                if file_id in code_files(owner["tool_resources"]):
                    owner["tool_resources"]["code_interpreter"]["file_ids"].remove(file_id)
                    self._store.put(owner)
            for callback in self._on_delete:
                callback(file_id)
            self._store.delete(file_id)
        self.blobs.delete(file_id)

    def sweep(self) -> None:
        """Delete the bytes that killed processes have left without a file object. Call it before any upload."""
        self.blobs.sweep(lambda file_id: self._store.get("file", file_id) is not None)

    def _insert(self, file_id: str, size: int, name: str, purpose: str, lifetime: int | None) -> File:
        now = self._clock.tick()
        expires_at = now + lifetime if lifetime else None
        file = objects.file(file_id, now, filename=name, size=size, purpose=purpose, expires_at=expires_at)
        try:
            self._store.insert("file", file)
        except BaseException:
            self.blobs.delete(file_id)
            raise
        return file

    def _has_expired(self, file: File) -> bool:
        return file["expires_at"] is not None and file["expires_at"] <= self._clock.now()


def _is_printable(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Zl", "Zp")  # not allowed in the header of a download


def code_files(tool_resources: Mapping[str, Any] | None) -> list[str]:
    """The ids of the files that these tool resources give to the code interpreter."""
    return ((tool_resources or {}).get("code_interpreter") or {}).get("file_ids") or []
