"""The quiz of lesson 5, clicked by a learner in JupyterLab: the assistant's feedback speaks of what was clicked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from opening import opened
from test_jupyterlab import choose

from maintenance.lesson import COURSE, load

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from browser.conftest import Lab

ROUNDS = {
    "all right": (
        ["일곱 개", "에이전트는 여러 앱을 넘나들며", "가우스 보이스"],
        [
            "3번 '일곱 개'를 고르셨어요. 정답이에요!",
            "2번 '에이전트는 여러 앱을",
            "4번 '가우스 보이스'를 고르셨어요. 정답이에요!",
        ],
    ),
    "one wrong, one open": (
        ["세 개", "봇은 부르지 않아도"],
        ["1번 '세 개'를 고르셨어요. 실제보다 적어요.", "4번 '봇은 부르지 않아도", "3번 문제: 답하지 않으셨어요."],
    ),
}


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The lesson from its setup to its feedback."""
    sources = [cell.source for cell in load(COURSE / "notebooks" / "05_quiz_generator.ipynb").code]
    form = next(place for place, source in enumerate(sources) if "form = display_quiz" in source)
    with opened(browser, lab, "lesson_quiz", sources[: form + 2]) as page:
        yield page


@pytest.mark.parametrize("name", ROUNDS)
def test_the_feedback_is_on_what_was_clicked(page: Page, name: str) -> None:
    choices, feedback = ROUNDS[name]
    choose(page, "Run", "Run All Cells")
    last = page.locator(".jp-CodeCell").last
    last.get_by_text("nobody clicked, so these").wait_for()
    form = page.locator(".course-quiz").last
    for choice in choices:
        form.locator("label").filter(has_text=choice).click()
    form.get_by_role("button", name="Review answers").click()
    form.get_by_role("button", name="Submit answers").click()
    form.get_by_text("Submitted:").wait_for()
    last.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    for text in ["yours", *feedback]:
        last.get_by_text(text).first.wait_for()
    if folder := os.environ.get("COURSE_SCREENSHOTS"):
        form.screenshot(path=Path(folder) / f"lesson-quiz-{name.split()[0]}.png")
        last.locator(".jp-OutputArea").screenshot(path=Path(folder) / f"lesson-feedback-{name.split()[0]}.png")
