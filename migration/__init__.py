"""Moves a thread of the Assistants API into a conversation of today's API.

`messages` turns messages into items, `files` copies their files, and `migrate` combines the two.
"""

from .migrate import migrate_thread
from .report import Loss, Migration

__all__ = ["Loss", "Migration", "migrate_thread"]
