"""No way to the network. Python imports this by itself in every process that has this folder on its PYTHONPATH.

So it holds for the tests, and for the kernels and servers that they start.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable


class NetworkRefused(OSError):
    """Something tried to leave this machine."""


def refuse_foreign(host: object) -> None:
    """Let loopback pass, and nothing else."""
    name = host.decode() if isinstance(host, bytes) else host
    if name in (None, "", "localhost"):
        return
    try:
        address = ipaddress.ip_address(str(name).partition("%")[0])
    except ValueError:
        address = None
    if address is None or not (address.is_loopback or address.is_unspecified):
        raise NetworkRefused(f"A test tried to reach {name}.")


def _only_local(call: Callable) -> Callable:
    def guarded(sock: socket.socket, *args: object) -> object:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            refuse_foreign(args[-1][0])
        return call(sock, *args)

    return guarded


def _only_local_names(call: Callable) -> Callable:
    def guarded(host: object, *args: object, **options: object) -> object:
        refuse_foreign(host)
        return call(host, *args, **options)

    return guarded


for _name in ("connect", "connect_ex", "sendto"):
    setattr(socket.socket, _name, _only_local(getattr(socket.socket, _name)))
socket.getaddrinfo = _only_local_names(socket.getaddrinfo)
