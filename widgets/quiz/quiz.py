"""A multiple-choice quiz that a model writes: its type, the function schema made from it, and the marks.

`print(quiz)` shows it as text. Neither that nor its repr tells an answer.
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
    """What became of one question.

    Attributes:
        question: its number, from 1.
        choice: the number of the chosen choice, from 1, or None.
        text: the words of that choice, or None.
        result: in one word.
    """

    question: int
    choice: int | None
    text: str | None
    result: Literal["right", "wrong", "unanswered"]


@dataclass(frozen=True)
class Grade:
    """What became of all questions, in their order."""

    marks: list[Mark]

    @property
    def right(self) -> int:
        """How many answers are right."""
        return sum(mark.result == "right" for mark in self.marks)

    @property
    def output(self) -> str:
        """What goes back to the model as the call's output: a JSON list with one object a question.

        It is canonical, keys sorted and no blanks: the same choice is the same text, whatever else was chosen.
        """
        marks = [asdict(mark) for mark in self.marks]
        return json.dumps(marks, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def grade(quiz: Quiz, answers: Sequence[int | None]) -> Grade:
    """Mark a learner's answers.

    Args:
        quiz: what was asked.
        answers: for each question the number of the chosen choice, counted from 1, or None.

    Raises:
        ValueError: the answers do not fit the questions; the message says which.
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
    result = "right" if answer == question.answer else "wrong"
    return Mark(number, answer, question.choices[answer - 1].text, result)


# --- The schema, from the type --------------------------------------------------------------------------------------


def _readable(schema: Any, parts: dict[str, Any]) -> Any:
    """A schema without references and titles, and without limits on lengths, which not every service's strict mode has.

    The descriptions tell a model those limits that it is likely to meet.
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
