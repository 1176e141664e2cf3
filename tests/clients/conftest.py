"""The server's own tests start servers; so do these."""

from __future__ import annotations

from server.conftest import serve  # noqa: F401
