"""Moving a thread of the Assistants API into a conversation of today's API.

`messages` turns messages into items, `files` takes files along, `migrate` does the one with the other.
"""

from .migrate import Loss, Migration, migrate_thread

__all__ = ["Loss", "Migration", "migrate_thread"]
