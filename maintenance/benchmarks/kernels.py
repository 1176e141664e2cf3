"""A Jupyter kernel as JupyterLab starts it, to run code in and to be looked at."""

from __future__ import annotations

import subprocess
from types import TracebackType

import psutil
from jupyter_client.manager import start_new_kernel

from maintenance.lesson import COURSE


class FreshKernel:
    """A kernel that has just started, in the course's folder; it ends with the `with` block."""

    def __enter__(self) -> FreshKernel:
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self._manager, self._client = start_new_kernel(kernel_name="python3", cwd=COURSE, **quiet)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        """Run a cell, and return what it printed.

        Raises:
            RuntimeError: the cell raised an error; the message is its traceback.
        """
        printed = []

        def hear(message: dict) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, output_hook=hear)["content"]
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply["traceback"]))
        return "".join(printed)

    @property
    def memory(self) -> float:
        """What the kernel and its children hold in memory (resident set size), in MB."""
        process = psutil.Process(self._manager.provisioner.pid)
        return sum(one.memory_info().rss for one in (process, *process.children(recursive=True))) / 2**20
