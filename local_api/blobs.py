"""Where the bytes of files are kept: a folder, one file an id."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import BinaryIO

PIECE = 1 << 20  # bytes read at once


def digest_of(content: BinaryIO) -> str:
    """The SHA-256 of a stream from here to its end; the stream is put back where it was."""
    start, digest = content.tell(), hashlib.sha256()
    while piece := content.read(PIECE):
        digest.update(piece)
    content.seek(start)
    return digest.hexdigest()


class Blobs:
    """Bytes by the id of the file object that they belong to.

    Args:
        folder: where they are kept; it is made when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, id: str, content: BinaryIO) -> int:
        """Copy a stream to the disk, piece by piece.

        Returns:
            How many bytes it had.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with self.path(id).open("wb") as kept:
            shutil.copyfileobj(content, kept)
            return kept.tell()

    def path(self, id: str) -> Path:
        """Where the bytes of this file are. The id is one of ours, never a name that somebody chose."""
        return self.folder / id

    def delete(self, id: str) -> None:
        """Forget the bytes of this file."""
        self.path(id).unlink(missing_ok=True)
