"""The quiz as a form for the learner to fill in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from IPython.display import display
from pydantic import TypeAdapter

from ..common import Panel
from . import pages
from .check import parse_quiz
from .quiz import Question, Quiz, grade

Answers = list[int | None]


def display_quiz(
    title: str,
    questions: Sequence[Question | dict[str, Any]],
    on_submit: Callable[[Answers], None] | None = None,
) -> QuizForm:
    """Show a quiz as a form, or as text where there are no widgets.

    Args:
        title: of the quiz.
        questions: as in the arguments of a call of `generate_quiz`, or typed.
        on_submit: called with the answers when they are submitted.

    Returns:
        The form; its `answers` are None until the learner submits them.

    Raises:
        QuizError: it is not a valid quiz; the message lists the faults.
    """
    plain = TypeAdapter(Any).dump_python(questions)  # typed questions become dicts, anything else stays as it is
    form = QuizForm(parse_quiz({"title": title, "questions": plain}), on_submit)
    display(form)
    return form


class QuizForm(Panel):
    """The form. Its repr is the quiz as text.

    Attributes:
        quiz: the quiz.
        answers: None until they are submitted; then for each question the number of the chosen choice, or None.
    """

    def __init__(self, quiz: Quiz, on_submit: Callable[[Answers], None] | None = None) -> None:
        from ipywidgets import HTML, Button, HBox, RadioButtons, VBox  # here, to keep `import widgets` fast

        self.quiz = quiz
        self.answers: Answers | None = None
        self._on_submit = on_submit
        self._radios = [RadioButtons(options=pages.options(question), index=None) for question in quiz.questions]
        headings = [HTML(pages.heading(number, question)) for number, question in enumerate(quiz.questions, start=1)]
        blocks = [part for pair in zip(headings, self._radios) for part in pair]
        self._questions = VBox([HTML(pages.HINT), *blocks])
        self._summary = HTML()
        self._page, self._progress = VBox([self._questions]), HTML()
        # The first button stays in place, so that it keeps the keyboard's focus; it only switches between the pages.
        self._review, self._submit = Button(), Button(description="Submit answers", button_style="primary")
        self._buttons = HBox()
        self.box = VBox([HTML(pages.title(quiz)), self._page, self._progress, self._buttons])
        self.box.add_class("course-panel")
        self.box.add_class("course-quiz")
        self._buttons.add_class("quiz-buttons")
        for radio in self._radios:
            radio.observe(self._show_progress, "value")
        self._review.on_click(self._turn_page)
        self._submit.on_click(self._take_answers)
        self._show_questions()
        self._show_progress()

    def __repr__(self) -> str:
        return str(self.quiz)

    def _chosen(self) -> Answers:
        return [radio.value for radio in self._radios]

    def _show_questions(self) -> None:
        self._page.children = [self._questions]
        self._review.description = "Review answers"
        self._buttons.children = [self._review]

    def _show_review(self) -> None:
        self._summary.value = pages.review(self.quiz, self._chosen())
        self._page.children = [self._summary]
        self._review.description = "Change answers"
        self._buttons.children = [self._review, self._submit]

    def _show_progress(self, change: Any = None) -> None:
        self._progress.value = pages.progress(self._chosen())

    def _turn_page(self, button: Any) -> None:
        if self.answers is not None:  # a click that was still under way when the form was locked
            return
        if self._questions in self._page.children:
            self._show_review()
        else:
            self._show_questions()

    def _take_answers(self, button: Any) -> None:
        if self.answers is not None:
            return
        self.answers = self._chosen()
        self._summary.value = pages.result(self.quiz, grade(self.quiz, self.answers))
        self._progress.value = ""
        self._buttons.children = []
        if self._on_submit:
            self._on_submit(self.answers)
