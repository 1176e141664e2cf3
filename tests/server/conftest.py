"""A server that several tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from contract.talks import CHAT
from server.running import Server, servers_in


@pytest.fixture(scope="module")
def local_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of a module share."""
    with servers_in(tmp_path_factory.mktemp("server")) as start:
        yield start(CHAT)
