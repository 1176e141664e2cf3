"""Containers: where the code of responses runs, and what it made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypedDict, cast

from local_api import errors
from local_api.documents.files import Files
from local_api.documents.objects import File
from local_api.storage.ids import Ids
from local_api.storage.store import Store

from .objects import Item, Response


class Container(TypedDict):
    id: str
    created_at: int
    file_ids: list[str]


class Containers:
    """Containers.

    Args:
        store, ids, files: the home's.
    """

    def __init__(self, store: Store, ids: Ids, files: Files) -> None:
        self._store = store
        self._ids = ids
        self._files = files

    def get(self, container_id: str) -> Container | None:
        """The container with this id, or None."""
        return cast("Container | None", self._store.get("container", container_id))

    def file(self, container_id: str, file_id: str) -> File:
        """A file that the code in a container has made.

        Raises:
            APIError: one of them doesn't exist.
        """
        if self.get(container_id) is None:
            raise errors.no_such("Container", container_id)
        return self._files.find(file_id)

    def opened_for(self, response: Response, items: Iterable[Item]) -> str:
        """The id of the container in which a response's code runs; empty if it runs none.

        Args:
            response: a new response.
            items: what it goes on from. Unless it names a container, it goes on in the latest one that they used.

        Raises:
            APIError: the container that it names, or a file for it, doesn't exist.
        """
        tool = next((tool for tool in response["tools"] if tool["type"] == "code_interpreter"), None)
        if tool is None:
            return ""
        wanted = tool["container"]
        if isinstance(wanted, str):
            if self.get(wanted) is None:
                raise errors.no_such("Container", wanted, "tools.container")
            return wanted
        file_ids = wanted.get("file_ids", [])
        for file_id in file_ids:
            self._files.find(file_id)
        container = self._latest(items)
        if container is None:
            return self._create(response, wanted, file_ids)
        self._store.put({**container, "file_ids": container["file_ids"] + file_ids})
        return container["id"]

    def _latest(self, items: Iterable[Item]) -> Container | None:
        used = [item["container_id"] for item in items if item["type"] == "code_interpreter_call"]
        return next((found for container_id in reversed(used) if (found := self.get(container_id))), None)

    def _create(self, response: Response, wanted: dict[str, Any], file_ids: list[str]) -> str:
        container_id = self._ids.new("container", response["id"], wanted)
        container: Container = {"id": container_id, "created_at": response["created_at"], "file_ids": file_ids}
        self._store.insert("container", container)
        return container_id
