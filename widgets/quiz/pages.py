"""The pages of the quiz form, as HTML. Everything that a model wrote is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .. import common
from .quiz import Grade, Mark, Question, Quiz
from .style import STYLE

# It doesn't mention the arrow keys: in JupyterLab they move from cell to cell.
HINT = '<div class="quiz-hint">Click your choices, or go to them with Tab and choose with Space.</div>'


def title(quiz: Quiz) -> str:
    """The top of the form, with its style."""
    return f'{common.STYLE}{STYLE}<div class="panel-title" role="heading" aria-level="3">{escape(quiz.title)}</div>'


def heading(number: int, question: Question) -> str:
    """A question with its number, counted from 1."""
    return f'<div class="quiz-question">{number}. {escape(question.question_text)}</div>'


def options(question: Question) -> list[tuple[str, int]]:
    """The labels of the choices with their numbers, counted from 1. Plain text: radio buttons escape it."""
    return [(_numbered(question, number), number) for number in range(1, len(question.choices) + 1)]


def progress(answers: Sequence[int | None]) -> str:
    """How many questions have an answer."""
    done = len(answers) - answers.count(None)
    bar = f'<progress max="{len(answers)}" value="{done}" aria-hidden="true"></progress>'
    return f'<div class="quiz-progress">{bar} {done} of {len(answers)} answered</div>'


def review(quiz: Quiz, answers: Sequence[int | None]) -> str:
    """What was chosen, before it is submitted, and which questions have no answer yet."""
    missing = [str(number) for number, answer in enumerate(answers, start=1) if answer is None]
    note = "Nothing is submitted yet."
    if missing:
        note += f" <b>Not answered: {', '.join(missing)}.</b> You can go back, or submit all the same."
    chosen = [
        _line("○ Not answered") if answer is None else _line(f"● {escape(_numbered(question, answer))}")
        for question, answer in zip(quiz.questions, answers)
    ]
    return f"<div>{note}</div>" + _under_questions(quiz, chosen)


def result(quiz: Quiz, grade: Grade) -> str:
    """What is right and what is wrong, and why: in words, so that nobody has to rely on colours."""
    score = f"<div>Submitted: <b>{grade.right} of {len(grade.marks)} right</b></div>"
    return score + _under_questions(quiz, map(_verdict, quiz.questions, grade.marks))


def _verdict(question: Question, mark: Mark) -> str:
    right = _explained(question, question.answer)
    if mark.result == "right":
        return _line(f"✓ Right: {right}", "quiz-right")
    if mark.choice is None:
        found = _line("○ Not answered")
    else:
        found = _line(f"✗ Wrong: {_explained(question, mark.choice)}", "quiz-wrong")
    return found + _line(f"✓ The right answer: {right}", "quiz-right")


def _explained(question: Question, number: int) -> str:
    explanation = question.choices[number - 1].explanation
    return f"<b>{escape(_numbered(question, number))}</b><br>{escape(explanation)}"


def _numbered(question: Question, number: int) -> str:
    return f"{number}) {question.choices[number - 1].text}"


def _line(html: str, kind: str = "") -> str:
    return f'<div class="quiz-line {kind}">{html}</div>'


def _under_questions(quiz: Quiz, answers: Iterable[str]) -> str:
    numbered = enumerate(zip(quiz.questions, answers), start=1)
    return "".join(heading(number, question) + answer for number, (question, answer) in numbered)
