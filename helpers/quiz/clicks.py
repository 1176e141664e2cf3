"""Hearing a learner's clicks while a cell waits for them.

From 7.4 on, ipykernel takes clicks in by itself while a cell awaits something. Before 7.0 the cell has to fetch them.
Between, nothing can.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from IPython import get_ipython

PAUSE = 0.02  # seconds between two looks
CLICKS = {"comm_open", "comm_msg", "comm_close"}


async def wait_for_clicks(done: Callable[[], bool], timeout: float) -> None:
    """Take clicks in until something has come of them.

    Args:
        done: whether it has.
        timeout: seconds after which to give up.

    Raises:
        RuntimeError: this kernel hears no click while a cell waits.
        TimeoutError: the time was up.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    fetches, held = _must_fetch(kernel), []
    deadline = time.monotonic() + timeout
    try:
        while not done():
            if time.monotonic() > deadline:
                raise TimeoutError(
                    f"Nothing was submitted within {timeout:g} seconds. The form stays open: wait again."
                )
            if fetches:
                await _fetch_clicks(kernel, held)
            await asyncio.sleep(PAUSE)
    finally:
        for entry in held:
            kernel.msg_queue.put_nowait(entry)


def _must_fetch(kernel: Any) -> bool:
    if kernel is None:  # plain Python: whoever awaits this has a loop that does all
        return False
    if hasattr(kernel, "shell_channel_thread"):
        from ipykernel import version_info  # here, so that importing helpers stays quick

        if version_info >= (7, 4):
            return False
    elif hasattr(kernel, "msg_queue"):
        return True
    raise RuntimeError("This kernel hears no click while a cell waits. Look at form.answers in the next cell.")


async def _fetch_clicks(kernel: Any, held: list[Any]) -> None:
    """Handle the clicks that have come; hold back all else, or the cells in line would run inside the waiting one."""
    ident, parent = kernel._parent_ident["shell"], kernel.get_parent("shell")
    kernel.shell_stream.flush()
    while kernel.msg_queue.qsize():
        entry = kernel.msg_queue.get_nowait()
        _, dispatch, arguments = entry
        if _is_click(kernel.session, arguments):
            await dispatch(*arguments)
        else:
            held.append(entry)
    kernel.set_parent(ident, parent, channel="shell")  # what the cell prints next is its own again


def _is_click(session: Any, arguments: tuple) -> bool:
    if not arguments:
        return False
    _, frames = session.feed_identities(arguments[0], copy=False)
    return session.deserialize(frames, content=False, copy=False)["header"]["msg_type"] in CLICKS
