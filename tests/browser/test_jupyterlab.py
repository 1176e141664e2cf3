"""A learner opens a lesson in JupyterLab and runs it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from maintenance.lesson import PATHS, load, shown

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from browser.conftest import Lab

IDLE = "Python 3 (ipykernel) | Idle"
PATIENCE = 180_000  # milliseconds until what is waited for is given up: a busy machine takes its time
# The cell that stands for each lesson in the README, in notebooks/images.
PREVIEWS = {
    "01_basics": 4,
    "02_functions_wrapper": 21,
    "03_code_interpreter": 29,
    "04_retrieval": 21,
    "05_quiz_generator": 23,
    "06_responses_api": 9,
}
PREVIEW_HEIGHT = 560  # pixels


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_run_all_gives_the_committed_outputs(path: Path, browser: Browser, lab: Lab) -> None:
    committed = load(path)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE)
    page.goto(f"{lab.url}/lab/workspaces/{path.stem}/tree/notebooks/{path.name}")
    page.get_by_text(IDLE).wait_for()

    choose(page, "Run", "Run All Cells")
    page.locator(".jp-CodeCell .jp-InputPrompt").get_by_text(f"[{len(committed.code)}]:", exact=True).wait_for()
    page.get_by_text(IDLE).wait_for()
    choose(page, "File", "Save Notebook")
    page.locator(".jp-mod-current.jp-mod-dirty").wait_for(state="detached")
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        take_picture(page, Path(folder) / f"{path.stem}.png")
        take_preview(page, Path(folder) / f"{path.stem}_preview.png", PREVIEWS[path.stem])
    page.close()

    run = load(lab.folder / "notebooks" / path.name)
    assert [cell.execution_count for cell in run.code] == [cell.execution_count for cell in committed.code]
    for cell, expected in zip(run.code, committed.code, strict=True):
        assert shown(cell) == shown(expected), cell.source


def choose(page: Page, menu: str, entry: str) -> None:
    page.locator(".lm-MenuBar-itemLabel").get_by_text(menu, exact=True).click()
    page.locator(".lm-Menu-itemLabel").get_by_text(entry, exact=True).click()


def take_picture(page: Page, path: Path) -> None:
    """A picture of the whole lesson: the window is made as tall as the notebook, which scrolls otherwise."""
    panel = page.locator(".jp-NotebookPanel .jp-WindowedPanel-outer")
    height = panel.evaluate("panel => panel.scrollHeight")
    page.set_viewport_size({"width": 1280, "height": height + 200})
    panel.evaluate("panel => panel.scrollTo(0, 0)")
    page.wait_for_timeout(1000)  # until it has been drawn anew
    path.parent.mkdir(parents=True, exist_ok=True)
    page.locator(".jp-NotebookPanel").screenshot(path=path)


def take_preview(page: Page, path: Path, number: int) -> None:
    """A picture of one cell, from its top."""
    box = page.locator(".jp-NotebookPanel .jp-Cell").nth(number).bounding_box()
    page.screenshot(path=path, clip={**box, "height": min(box["height"], PREVIEW_HEIGHT)})
