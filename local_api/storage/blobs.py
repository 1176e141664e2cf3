"""Where the bytes of files are kept: a folder, one file an id."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20  # bytes read at once


class Blobs:
    """Bytes by the id of the file object that they belong to.

    Args:
        folder: where they are kept; it is made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: BinaryIO, id_for: Callable[[str], str]) -> tuple[str, int]:
        """Copy a stream to the disk, piece by piece. It gets its name when it is whole.

        Args:
            content: the stream, read to its end.
            id_for: gives the id for the bytes with this SHA-256.

        Returns:
            The id, and how many bytes there were.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part, digest, size = self.path(f"{secrets.token_hex(8)}.part"), hashlib.sha256(), 0
        try:
            with part.open("wb") as kept:
                while piece := content.read(PIECE):
                    digest.update(piece)
                    size += kept.write(piece)
            id = id_for(digest.hexdigest())
            part.rename(self.path(id))
        finally:
            part.unlink(missing_ok=True)
        return id, size

    def path(self, id: str) -> Path:
        """Where the bytes of this file are. The id is one of ours, never a name that somebody chose."""
        return self.folder / id

    def delete(self, id: str) -> None:
        """Forget the bytes of this file."""
        self.path(id).unlink(missing_ok=True)
