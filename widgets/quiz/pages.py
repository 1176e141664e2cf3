"""The pages of the quiz form, as HTML. A model's words are escaped wherever they enter it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from .quiz import Grade, Mark, Question, Quiz

LOOK = """<style>
.course-quiz { max-width: 46em; padding: 4px 16px 14px 8px; font-size: 14px; word-break: keep-all; }
.course-quiz, .course-quiz .widget-box { overflow: visible; }
.course-quiz .widget-html, .course-quiz .widget-html-content,
.course-quiz .widget-radio, .course-quiz .widget-radio-box {
  width: 100%; height: auto; margin: 0; overflow: visible; font-size: inherit;
}
.course-quiz .widget-html-content { line-height: 1.5; overflow-wrap: anywhere; }
.course-quiz .widget-radio-box label {
  position: relative; width: auto; height: auto; margin: 0; padding: 3px 6px 3px 28px; border-radius: 3px;
  font-size: inherit; line-height: 1.5; white-space: normal; overflow-wrap: anywhere; cursor: pointer;
}
.course-quiz .widget-radio-box label:hover { background: var(--jp-layout-color2, rgba(128, 128, 128, .15)); }
.course-quiz .widget-radio-box input { position: absolute; left: 6px; top: .4em; margin: 0; }
.course-quiz .widget-radio-box label:focus-within, .course-quiz .widget-button:focus {
  outline: 2px solid var(--jp-brand-color1, #1976d2); outline-offset: 1px;
}
.course-quiz .quiz-title { font-size: 1.3em; font-weight: 600; }
.course-quiz .quiz-hint { color: var(--jp-ui-font-color2, inherit); }
.course-quiz .quiz-question { margin: 14px 0 2px; font-weight: 600; white-space: pre-wrap; }
.course-quiz .quiz-line { margin: 4px 0 4px 6px; padding-left: 12px; border-left: 3px solid rgba(128, 128, 128, .5); }
.course-quiz .quiz-right { border-color: var(--jp-success-color1, #388e3c); }
.course-quiz .quiz-wrong { border-color: var(--jp-error-color1, #d32f2f); }
.course-quiz .quiz-progress { margin-top: 14px; }
.course-quiz .quiz-progress progress { width: 10em; margin-right: 6px; vertical-align: middle; }
.course-quiz .widget-button { width: auto; min-width: 10em; height: 32px; line-height: 30px; margin: 8px 10px 2px 2px; }
.course-quiz .quiz-buttons { flex-wrap: wrap; }
</style>"""
# Not by arrow keys: JupyterLab takes those to go from cell to cell.
HINT = '<div class="quiz-hint">Click your choices, or go to them with Tab and choose with Space.</div>'


def title(quiz: Quiz) -> str:
    """The top of the form, which also brings its style."""
    return f'{LOOK}<div class="quiz-title" role="heading" aria-level="3">{escape(quiz.title)}</div>'


def heading(number: int, question: Question) -> str:
    """A question with its number, from 1."""
    return f'<div class="quiz-question">{number}. {escape(question.question_text)}</div>'


def options(question: Question) -> list[tuple[str, int]]:
    """The labels of the choices with their numbers, from 1. These are text to a browser, never HTML."""
    return [(_numbered(question, number), number) for number in range(1, len(question.choices) + 1)]


def progress(answers: Sequence[int | None]) -> str:
    """How many questions have an answer."""
    done = len(answers) - answers.count(None)
    bar = f'<progress max="{len(answers)}" value="{done}" aria-hidden="true"></progress>'
    return f'<div class="quiz-progress">{bar} {done} of {len(answers)} answered</div>'


def review(quiz: Quiz, answers: Sequence[int | None]) -> str:
    """What was chosen, before it is submitted, and which questions are still open."""
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
    """What is right and what is wrong, and why: told in words, so that no colour is needed."""
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
