"""Jupyter's messages to and from a kernel, over polled sockets, without an event loop."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any

import zmq
from jupyter_client import write_connection_file
from jupyter_client.session import Session

SHELL, CONTROL, NEWS = "shell", "control", "iopub"
LONGEST_MESSAGE = 256 * 2**20  # bytes; a longer one is not received
KINDS = {SHELL: zmq.DEALER, CONTROL: zmq.DEALER, NEWS: zmq.SUB}


def new_connection(folder: Path) -> Path:
    """Write a connection file for a kernel and its client: sockets in this folder, or ports on Windows."""
    place: dict[str, Any] = {"transport": "ipc", "ip": str(folder / "s")} if os.name == "posix" else {}
    path, _ = write_connection_file(str(folder / "c.json"), key=secrets.token_hex(16).encode(), **place)
    return Path(path)


class Wire:
    """The client's end of a connection. It belongs to the thread that makes it.

    Args:
        connection: the file that `new_connection` wrote.
    """

    def __init__(self, connection: Path) -> None:
        facts = json.loads(connection.read_text())
        self._session = Session(key=facts["key"].encode(), signature_scheme=facts["signature_scheme"])
        self._context = zmq.Context()
        self._sockets: dict[str, zmq.Socket[bytes]] = {}
        for name, kind in KINDS.items():
            socket = self._context.socket(kind)
            socket.linger = 0
            socket.maxmsgsize = LONGEST_MESSAGE
            socket.rcvhwm = 0  # at a limit, messages would be dropped, and among them the one that the code is done
            separator = "-" if facts["transport"] == "ipc" else ":"
            socket.connect(f"{facts['transport']}://{facts['ip']}{separator}{facts[f'{name}_port']}")
            self._sockets[name] = socket
        self._sockets[NEWS].subscribe(b"")

    def send(self, channel: str, kind: str, content: dict[str, Any]) -> str:
        """Send a message; returns its id."""
        message = self._session.send(self._sockets[channel], kind, content)
        assert message is not None, "only a closed socket is sent nothing"
        return str(message["header"]["msg_id"])

    def receive(self, channel: str, timeout: float) -> dict[str, Any] | None:
        """The next message, or None if there is none within this time, in seconds."""
        if not self._sockets[channel].poll(round(1000 * timeout)):
            return None
        return self._session.recv(self._sockets[channel], mode=0)[1]

    def close(self) -> None:
        """Close the connection."""
        for socket in self._sockets.values():
            socket.close()
        self._context.term()
