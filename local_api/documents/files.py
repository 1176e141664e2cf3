"""Files: uploaded by clients or made by assistants, and who uses them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

from local_api import errors
from local_api.storage.blobs import Blobs
from local_api.storage.clock import Clock
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from . import objects

USERS = ("assistant", "thread")  # kinds of objects whose tool resources name files


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

    def on_delete(self, forget: Callable[[str], None]) -> None:
        """Have a file's id told to somebody else who must forget it, inside the transaction that deletes it."""
        self._on_delete.append(forget)

    def upload(self, filename: str, content: BinaryIO, purpose: str, lifetime: int | None = None) -> dict:
        """A new file from a client.

        Args:
            filename: the name it came under; folders and control characters in it are left out.
            content: its bytes, read to their end.
            purpose: what it is for.
            lifetime: seconds after which it is gone; None to keep it.
        """
        name = "".join(filter(_is_shown, filename.replace("\\", "/").rpartition("/")[2])) or "upload"
        id, size = self.blobs.keep(content, lambda digest: self._ids.new("file", "", [name, purpose, digest]))
        return self._insert(id, size, name, purpose, lifetime)

    def keep_made(self, id: str, filename: str, content: BinaryIO) -> dict:
        """A new file that an assistant made.

        Args:
            id: its id, which its run gave it.
            filename: its name.
            content: its bytes, read to their end.
        """
        _, size = self.blobs.keep(content, lambda digest: id)
        return self._insert(id, size, filename, "assistants_output", None)

    def find(self, id: str) -> dict:
        """The file with this id.

        Raises:
            APIError: there is none, or it has expired (error 7).
        """
        file = self._store.get("file", id)
        if file is None or self._forgotten(file):
            raise errors.no_such_file(id)
        return file

    def bytes_of(self, file: dict) -> Path:
        """Where the bytes of a file are.

        Raises:
            APIError: they were taken away behind our back.
        """
        path = self.blobs.path(file["id"])
        if not path.is_file():
            raise errors.bytes_missing(file["id"])
        return path

    def check(self, tool_resources: dict[str, Any] | None) -> None:
        """Make sure that the files which somebody's code interpreter shall have are there.

        Raises:
            APIError: one is not (error 7).
        """
        for id in code_files(tool_resources):
            self.find(id)

    def forget_expired(self) -> None:
        """Delete the files whose time is over; like all expiry, it is found out by looking."""
        for file in self._store.page("file", limit=None).data:
            self._forgotten(file)

    def delete(self, file: dict) -> None:
        """Forget a file and its bytes, and take it from everybody who has it."""
        with self._store.transaction():
            for user in self._store.mentioning(file["id"], USERS):
                if file["id"] in code_files(user["tool_resources"]):
                    user["tool_resources"]["code_interpreter"]["file_ids"].remove(file["id"])
                    self._store.put(user)
            for forget in self._on_delete:
                forget(file["id"])
            self._store.delete(file["id"])
        self.blobs.delete(file["id"])

    def _insert(self, id: str, size: int, name: str, purpose: str, lifetime: int | None) -> dict:
        now = self._clock.tick()
        expires_at = now + lifetime if lifetime else None
        file = objects.file(id, now, filename=name, bytes=size, purpose=purpose, expires_at=expires_at)
        self._store.insert("file", file)
        return file

    def _forgotten(self, file: dict) -> bool:
        expired = file["expires_at"] is not None and file["expires_at"] <= self._clock.now()
        if expired:
            self.delete(file)
        return expired


def _is_shown(character: str) -> bool:
    return unicodedata.category(character) not in ("Cc", "Zl", "Zp")  # a header can't hold them


def code_files(tool_resources: dict[str, Any] | None) -> list[str]:
    """The ids of the files that these tool resources give to the code interpreter."""
    return ((tool_resources or {}).get("code_interpreter") or {}).get("file_ids") or []
