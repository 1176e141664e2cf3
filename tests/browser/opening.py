"""A notebook of a test's own, open in JupyterLab."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import nbformat
from nbformat.v4 import new_code_cell, new_notebook
from test_jupyterlab import IDLE, PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from browser.conftest import Lab


@contextmanager
def opened(browser: Browser, lab: Lab, name: str, sources: list[str], height: int = 1400) -> Iterator[Page]:
    """The page of a notebook with these cells, not yet run."""
    notebook = new_notebook(cells=[new_code_cell(source) for source in sources])
    notebook.metadata.kernelspec = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
    nbformat.write(notebook, lab.folder / f"{name}.ipynb")
    page = browser.new_page(viewport={"width": 1280, "height": height})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab.url}/lab/workspaces/{name}/tree/{name}.ipynb")
    page.get_by_text(IDLE).wait_for()
    yield page
    page.close()
