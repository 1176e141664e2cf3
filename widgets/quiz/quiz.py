"""A multiple-choice quiz that a model writes: its type, the function schema made from that type, and the marks.

`print(quiz)` shows it as text. Neither that text nor its repr contains the answers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_QUESTIONS = 10
FEWEST_CHOICES, MOST_CHOICES = 2, 4
LONGEST_TEXT = 500  # characters
Text = Annotated[str, StringConstraints(strict=True, strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)]

Result = Literal["right", "wrong", "unanswered"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Choice(_Part):
    text: Text = Field(description="The choice, without a number.")
    explanation: Text = Field(
        description="One sentence for the learner: why this choice is right, or wrong.", repr=False
    )


class Question(_Part):
    question_text: Text = Field(description="The question, without a number.")
    choices: list[Choice] = Field(description=f"{FEWEST_CHOICES} to {MOST_CHOICES} different choices.")
    answer: int = Field(strict=True, description="The number of the right choice, counted from 1.", repr=False)


class Quiz(_Part):
    title: Text = Field(description="A short title.")
    questions: list[Question] = Field(description=f"1 to {MOST_QUESTIONS} different questions.")

    def __str__(self) -> str:
        blocks = [self.title]
        for number, question in enumerate(self.questions, start=1):
            choices = [f"   {place}) {choice.text}" for place, choice in enumerate(question.choices, start=1)]
            blocks.append("\n".join([f"{number}. {question.question_text}", *choices]))
        return "\n\n".join(blocks)


@dataclass(frozen=True)
class Mark:
    """The mark for one question.

    Attributes:
        question: its number, counted from 1.
        choice: the number of the chosen choice, counted from 1, or None.
        text: of that choice, or None.
        result: in one word.
    """

    question: int
    choice: int | None
    text: str | None
    result: Result


@dataclass(frozen=True)
class Grade:
    """The marks for all questions, in their order."""

    marks: list[Mark]

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(mark.result == "right" for mark in self.marks)

    @property
    def output(self) -> str:
        """The output of the function call: a JSON list with one object for each question.

        It is canonical, with sorted keys and no spaces: a choice is the same text, whatever the others are.
        """
        marks = [asdict(mark) for mark in self.marks]
        return json.dumps(marks, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def grade(quiz: Quiz, answers: Sequence[int | None]) -> Grade:
    """Mark a learner's answers.

    Args:
        quiz: what was asked.
        answers: for each question the number of the chosen choice, counted from 1, or None.

    Raises:
        ValueError: the answers do not match the questions; the message says where.
    """
    if len(answers) != len(quiz.questions):
        raise ValueError(
            f"{len(answers)} given, but the quiz has {len(quiz.questions)} questions. Give an answer to each, or None."
        )
    pairs = zip(quiz.questions, answers)
    return Grade([_mark(number, question, answer) for number, (question, answer) in enumerate(pairs, start=1)])


def _mark(number: int, question: Question, answer: int | None) -> Mark:
    if answer is None:
        return Mark(number, None, None, "unanswered")
    if type(answer) is not int or not 1 <= answer <= len(question.choices):
        raise ValueError(f"answers[{number - 1}] is {answer!r}. It must be 1 to {len(question.choices)}, or None.")
    result: Result = "right" if answer == question.answer else "wrong"
    return Mark(number, answer, question.choices[answer - 1].text, result)


# --- The schema, made from the type -----------------------------------------------------------------------------------


def _readable(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema without references, titles and limits on lengths, which not every service's strict mode accepts.

    The descriptions state the limits that a model is likely to reach.
    """
    if "$ref" in schema:
        schema = parts[schema["$ref"].rpartition("/")[2]]
    kept = {key: schema[key] for key in ("type", "description") if key in schema}
    if schema["type"] == "array":
        return {**kept, "items": _readable(schema["items"], parts)}
    if schema["type"] == "object":
        members = {name: _readable(member, parts) for name, member in schema["properties"].items()}
        return {**kept, "properties": members, "required": list(members), "additionalProperties": False}
    return kept


_schema = Quiz.model_json_schema()
function_schema = {
    "name": "generate_quiz",
    "description": "Show the learner a quiz with multiple-choice questions, and get back what they answered.",
    "parameters": _readable(_schema, _schema["$defs"]),
}
