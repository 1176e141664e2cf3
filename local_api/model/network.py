"""How an endpoint is reached: what the environment says about proxies and certificates."""

from __future__ import annotations

import importlib.util
import os
import re
import ssl
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from local_api.settings import is_loopback


def http_options(address: str) -> dict[str, Any]:
    """The options of the HTTP client that talks to this address.

    A server on this machine is never asked through a proxy, which couldn't reach it: to the proxy, `localhost` is the
    proxy's own machine.

    Raises:
        ValueError: a variable of the environment names a proxy or certificates that can't be used.
    """
    is_local = is_loopback(urlsplit(address).hostname or "")
    if not is_local:
        _check_proxies()
    certificates = _certificates()
    return {"trust_env": not is_local, **({"verify": certificates} if certificates else {})}


def proxy_note(address: str) -> str:
    """A sentence that names the variable with the proxy between here and this address; empty if there is none."""
    parts = urlsplit(address)
    host, proxies = parts.hostname or "", getproxies()
    used = next((scheme for scheme in (parts.scheme, "all") if proxies.get(scheme)), None)
    if used is None or is_loopback(host) or proxy_bypass(host):
        return ""
    name = _variable(used)
    return f"The request went through the proxy in {name}: if the proxy is at fault, add {host} to NO_PROXY."


def _check_proxies() -> None:
    """Refuse a proxy that the HTTP client would refuse with a traceback. Its address may hold a password."""
    has_socks = importlib.util.find_spec("socksio") is not None
    for scheme in ("http", "https", "all"):
        address = getproxies().get(scheme) or ""
        kind = urlsplit(address).scheme if "://" in address else "http"
        if kind in ("http", "https") or (kind in ("socks5", "socks5h") and has_socks):
            continue
        name = _variable(scheme)
        raise ValueError(f"{name} names a proxy of the kind {kind}, which can't be used here. {_way_out(name)}")


def _certificates() -> ssl.SSLContext | None:
    """The certificates that the environment names; None if it names none."""
    file, folder = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return None
    try:
        return ssl.create_default_context(cafile=file) if file else ssl.create_default_context(capath=folder)
    except OSError:
        raise ValueError(
            f"SSL_CERT_FILE names {file}, which holds no certificates or isn't there. {_way_out('SSL_CERT_FILE')}"
        ) from None


def _variable(scheme: str) -> str:
    """The name of the variable with the proxy for these addresses, as the environment spells it."""
    pattern = re.compile(f"{scheme}_proxy", re.IGNORECASE)
    return next((name for name in os.environ if pattern.fullmatch(name)), "the system's settings")


def _way_out(name: str) -> str:
    return f"Type unset {name} (on Windows: set {name}=) where you start the course, then start it again."
