"""Pictures of a part of a page, to be looked at; only where COURSE_SCREENSHOTS names a folder for them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

NARROW = 700  # pixels


def take_pictures(page: Page, part: Locator, name: str) -> None:
    """In both themes, and where there is little room."""
    if not (folder := os.environ.get("COURSE_SCREENSHOTS")):
        return
    for theme in ("JupyterLab Dark", "JupyterLab Light"):
        page.locator(".lm-MenuBar-itemLabel").get_by_text("Settings", exact=True).click()
        page.locator(".lm-Menu-itemLabel").get_by_text("Theme", exact=True).hover()
        page.locator(".lm-Menu-itemLabel").get_by_text(theme, exact=True).click()
        page.wait_for_timeout(1500)  # until it has been drawn anew
        part.screenshot(path=Path(folder) / f"{name}-{theme.split()[1].lower()}.png")
    size = page.viewport_size
    page.set_viewport_size({**size, "width": NARROW})
    page.wait_for_timeout(1000)
    part.screenshot(path=Path(folder) / f"{name}-narrow.png")
    page.set_viewport_size(size)
