"""A learner answers a quiz in JupyterLab: by clicking, by keyboard alone, in part, and in every look of the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest
from opening import opened
from pictures import take_pictures
from test_jupyterlab import choose

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

    from browser.conftest import Lab

SHOW = """\
from widgets import display_quiz

def choice(text, explanation):
    return {"text": text, "explanation": explanation}

questions = [
    {"question_text": "What is the sky's favourite colour on a clear day?", "answer": 2, "choices": [
        choice("Red", "Only at sunrise and sunset, when light comes a long way through the air."),
        choice("Blue", "Air scatters blue light more than red, so it comes from everywhere."),
        choice("Green", "A clear sky is not green by day."),
        choice("<b>Plaid</b>", "The sky <i>does not</i> do patterns."),
    ]},
    {"question_text": "좋아하는 동물을 떠올려 보세요. 다음 중 알을 낳는 동물은 무엇일까요?", "answer": 3, "choices": [
        choice("강아지", "강아지는 새끼를 낳는 포유류예요."),
        choice("고양이", "고양이도 새끼를 낳는 포유류예요."),
        choice("거북이", "맞아요. 거북이는 땅에 알을 낳아요."),
    ]},
    {"question_text": "Which of these is a favourite food of giant pandas?", "answer": 1, "choices": [
        choice("Bamboo", "They eat little else."),
        choice("Ice cream, which is rather hard to come by in the mountain forests of China where wild pandas live",
               "Hard to come by indeed."),
    ]},
]
submitted = []
form = display_quiz("A quiz of favourites & more", questions, on_submit=submitted.append)"""
READ = "print(form.answers, submitted)"


@pytest.fixture(scope="module")
def page(browser: Browser, lab: Lab) -> Iterator[Page]:
    """The quiz's notebook, not yet run."""
    with opened(browser, lab, "quiz", [SHOW, READ], height=1000) as page:
        yield page


@pytest.fixture
def form(page: Page) -> Locator:
    """A fresh form."""
    choose(page, "Run", "Run All Cells")
    page.get_by_text("None []", exact=True).wait_for()
    form = page.locator(".course-quiz")
    form.get_by_text("0 of 3 answered").wait_for()
    return form


@pytest.fixture
def read(page: Page) -> Callable[[], str]:
    """A function that runs the last cell again and gives what it prints."""

    def read_() -> str:
        cell = page.locator(".jp-CodeCell").nth(1)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        output = cell.locator(".jp-OutputArea-output").get_by_text(re.compile(r"\[.*\] \[\["))
        return output.inner_text().strip()

    return read_


@pytest.mark.parametrize(
    ("choices", "answers", "score"),
    [
        (["Blue", "거북이", "Bamboo"], [2, 3, 1], "3 of 3 right"),
        (["<b>Plaid</b>", "고양이", "Bamboo"], [4, 2, 1], "1 of 3 right"),
    ],
    ids=["all right", "mostly wrong"],
)
def test_clicking(form: Locator, read: Callable[[], str], choices: list, answers: list, score: str) -> None:
    for choice in choices:
        form.locator("label").filter(has_text=choice).click()
    form.get_by_text("3 of 3 answered").wait_for()
    button(form, "Review answers").click()
    button(form, "Submit answers").click()
    form.get_by_text(score).wait_for()
    assert read() == f"{answers} [{answers}]"


def test_keyboard_alone(form: Locator, page: Page, read: Callable[[], str]) -> None:
    form.locator("input").first.focus()
    press(page, "Tab", "Space", "Tab", "Tab", "Tab", "Tab", "Space")  # Blue, then 고양이
    form.get_by_text("2 of 3 answered").wait_for()
    press(page, "Tab", "Tab", "Tab", "Space", "Tab", "Enter")  # the second food, then to the review
    button(form, "Submit answers").wait_for()
    press(page, "Enter")  # back by the same button
    form.locator("input").first.wait_for()
    assert form.locator("input:checked").count() == 3
    press(page, "Space")
    button(form, "Submit answers").wait_for()
    press(page, "Tab", "Enter")
    form.get_by_text("1 of 3 right").wait_for()
    assert read() == "[2, 2, 2] [[2, 2, 2]]"


def test_review_names_what_is_open_and_the_result_explains(form: Locator, read: Callable[[], str], page: Page) -> None:
    assert "scatters" not in form.inner_html()  # nothing is explained before it is submitted
    form.locator("label").filter(has_text="<b>Plaid</b>").click()
    form.locator("label").filter(has_text="거북이").click()
    take_pictures(page, form, "quiz-1-questions")
    button(form, "Review answers").click()
    form.get_by_text("Not answered: 3.").wait_for()
    assert form.locator("input").count() == 0
    take_pictures(page, form, "quiz-2-review")
    button(form, "Submit answers").click()
    form.get_by_text("Submitted: 1 of 3 right").wait_for()
    take_pictures(page, form, "quiz-3-result")
    assert form.locator("input, button").count() == 0
    blocks = [block.splitlines() for block in form.locator(".quiz-line").all_inner_texts()]
    assert blocks == [
        ["✗ Wrong: 4) <b>Plaid</b>", "The sky <i>does not</i> do patterns."],
        ["✓ The right answer: 2) Blue", "Air scatters blue light more than red, so it comes from everywhere."],
        ["✓ Right: 3) 거북이", "맞아요. 거북이는 땅에 알을 낳아요."],
        ["○ Not answered"],
        ["✓ The right answer: 1) Bamboo", "They eat little else."],
    ]
    assert read() == "[4, 3, None] [[4, 3, None]]"


def button(form: Locator, name: str) -> Locator:
    return form.get_by_role("button", name=name)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
