"""The bytes of files: a folder with one file per id."""

from __future__ import annotations

import hashlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

PIECE = 1 << 20  # bytes read at once
PART = ".part"  # the end of the name of a file that is not complete yet
ORPHANED_AFTER = 600  # seconds for which a complete file may wait for its object to be stored


class Blobs:
    """Bytes by the id of the file object that they belong to.

    Args:
        folder: where they are kept; created when it is first needed.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, content: IO[bytes], id_for: Callable[[str], str]) -> tuple[str, int]:
        """Copy a stream to the disk, piece by piece.

        The file gets its name only once it is whole, so an upload that breaks off leaves nothing behind.

        Args:
            content: the stream, read to its end.
            id_for: returns the id for the bytes with this SHA-256 (in hexadecimal).

        Returns:
            The id, and the number of bytes.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        part, digest, size = self.path(f"{os.getpid()}-{secrets.token_hex(8)}{PART}"), hashlib.sha256(), 0
        try:
            with part.open("wb") as kept:
                while piece := content.read(PIECE):
                    digest.update(piece)
                    size += kept.write(piece)
            file_id = id_for(digest.hexdigest())
            part.rename(self.path(file_id))
        finally:
            part.unlink(missing_ok=True)
        return file_id, size

    def path(self, file_id: str) -> Path:
        """Where the bytes of this file are. The id is one of ours, never a name that came from a client."""
        return self.folder / file_id

    def delete(self, file_id: str) -> None:
        """Delete the bytes of this file, if there are any."""
        self.path(file_id).unlink(missing_ok=True)

    def sweep(self, is_known: Callable[[str], bool]) -> None:
        """Delete what processes that were killed have left: incomplete files, and files without an object.

        Args:
            is_known: whether there is an object with this id.
        """
        import psutil  # here, since a home in a browser has no processes to ask for

        now = time.time()
        for path in list(self.folder.glob("*")):
            if path.name.endswith(PART):
                writer = path.name.partition("-")[0]
                is_left = not writer.isdecimal() or int(writer) == os.getpid() or not psutil.pid_exists(int(writer))
            else:
                is_left = not is_known(path.name) and path.stat().st_mtime < now - ORPHANED_AFTER
            if is_left:
                path.unlink(missing_ok=True)
