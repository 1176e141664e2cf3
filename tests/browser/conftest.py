"""JupyterLab on a copy of the course, and a headless Chromium to look at it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import pytest

from maintenance.chromium import CHROMIUM, FLAGS
from maintenance.lesson import COURSE, PATHS

PATIENCE = 180  # seconds in which JupyterLab starts, even on a busy machine
# Nothing may be looked up or fetched but from this machine.
OFFLINE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
LAB = ["--no-browser", "--allow-root", "--IdentityProvider.token=", "--ServerApp.password=", "--LabApp.news_url=None"]
LAB += ["--LabApp.extension_manager=readonly", "--ServerApp.port_retries=0"]
SETTINGS = {
    "notebook-extension/tracker": {"windowingMode": "none"},  # draw all cells, not only those in sight
    "apputils-extension/notification": {"fetchNews": "false"},  # and no question about news on top of them
}


@dataclass(frozen=True)
class Lab:
    url: str
    folder: Path


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """JupyterLab over a copy of the course whose lessons have never been run."""
    folder = tmp_path_factory.mktemp("course")
    for part in ("notebooks", "helpers", "widgets", "migration", "local_api", "data"):
        shutil.copytree(COURSE / part, folder / part)
    for path in PATHS:
        _forget_outputs(folder / "notebooks" / path.name)
    home = tmp_path_factory.mktemp("jupyter")
    port = _free_port()
    command = [sys.executable, "-m", "jupyterlab", *LAB, f"--ServerApp.port={port}", f"--ServerApp.root_dir={folder}"]
    with (home / "log").open("w") as log:
        server = subprocess.Popen(command, env=_environment(home), stdout=log, stderr=log)
    try:
        _wait_until_up(f"http://127.0.0.1:{port}/api", server, home / "log")
        yield Lab(f"http://127.0.0.1:{port}", folder)
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def browser() -> Iterator[object]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is missing: pip install playwright")
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=[*FLAGS, OFFLINE])
        yield chromium
        chromium.close()


def _forget_outputs(path: Path) -> None:
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    nbformat.write(notebook, path)


def _environment(home: Path) -> dict[str, str]:
    """The learner's own Jupyter settings must not matter, nor be touched."""
    for name, settings in SETTINGS.items():
        path = home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(settings))
    folders = {
        "JUPYTER_CONFIG_DIR": "config",
        "JUPYTER_DATA_DIR": "data",
        "JUPYTER_RUNTIME_DIR": "runtime",
        "JUPYTERLAB_SETTINGS_DIR": "settings",
        "JUPYTERLAB_WORKSPACES_DIR": "workspaces",
        "IPYTHONDIR": "ipython",
    }
    return {**os.environ, **{name: str(home / folder) for name, folder in folders.items()}, "COURSE_MODE": "recorded"}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_until_up(url: str, server: subprocess.Popen, log: Path) -> None:
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        try:
            urllib.request.urlopen(url, timeout=5).close()
            return
        except OSError:
            if server.poll() is not None:
                break
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()}")
