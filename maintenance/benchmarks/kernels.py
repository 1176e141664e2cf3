"""A Jupyter kernel as JupyterLab starts it, whose output and memory can be read."""

from __future__ import annotations

import subprocess
from types import TracebackType
from typing import Any

import psutil
from jupyter_client.manager import start_new_kernel
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from maintenance.lesson import COURSE


class FreshKernel:
    """A kernel that has just started, in the course's folder; it ends with the `with` block."""

    def __enter__(self) -> FreshKernel:
        self._manager, self._client = start_new_kernel(
            kernel_name="python3", cwd=COURSE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._client.stop_channels()
        self._manager.shutdown_kernel(now=True)

    def run(self, code: str) -> str:
        """Run a cell, and return what it printed.

        Raises:
            RuntimeError: the cell raised an error; the message is its traceback.
        """
        printed: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            if message["msg_type"] == "stream":
                printed.append(message["content"]["text"])

        reply = self._client.execute_interactive(code, output_hook=collect)["content"]
        if reply["status"] != "ok":
            raise RuntimeError("\n".join(reply["traceback"]))
        return "".join(printed)

    @property
    def memory(self) -> float:
        """The resident memory of the kernel and its children, in MB."""
        provisioner = self._manager.provisioner
        assert isinstance(provisioner, LocalProvisioner)  # the kernel is a process on this machine
        process = psutil.Process(provisioner.pid)
        return sum(each.memory_info().rss for each in (process, *process.children(recursive=True))) / 2**20
