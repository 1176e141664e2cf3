"""Checks whether what a model wrote is a quiz; if not, the error says how to repair it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from .quiz import FEWEST_CHOICES, LONGEST_TEXT, MOST_CHOICES, MOST_QUESTIONS, Quiz

MOST_FAULTS = 20  # in the message: a longer one would only cost tokens
LONGEST_FAULT = 300  # characters; a fault can contain names that the model made up
WRONG_TYPE = {"string_type", "int_type", "list_type", "model_type"}
IN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "does not belong here; leave it out",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "string_unicode": "contains half a character; write it again",
    "string_too_short": "is blank; write something",
    "string_too_long": f"is too long; there may be {LONGEST_TEXT} characters at most",
}


class QuizError(ValueError):
    """A quiz that can't be shown; the message tells the model what to repair.

    Attributes:
        faults: for each, where it is and what is expected there.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        # A lone surrogate can't be encoded, so it couldn't be sent.
        self.faults = [fault[:LONGEST_FAULT].encode("utf-8", "replace").decode() for fault in faults]
        lines = [f"- {fault}" for fault in self.faults[:MOST_FAULTS]]
        if len(self.faults) > MOST_FAULTS:
            lines.append(f"- and {len(self.faults) - MOST_FAULTS} more")
        super().__init__("\n".join(["The quiz was not shown. Repair this and call the function again:", *lines]))


def parse_quiz(arguments: str | dict[str, Any]) -> Quiz:
    """Turn what a model wrote into a quiz.

    Args:
        arguments: the arguments of a call of `generate_quiz`, as JSON or already decoded.

    Raises:
        QuizError: it is not a valid quiz; the message lists the faults, and can be the output of the model's call.
    """
    try:
        value = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError) as error:  # malformed, a number with thousands of digits, or nested too deeply
        raise QuizError([f"the arguments: are not JSON: {error}"]) from None
    broken_rules = list(_broken_rules(value))
    try:
        quiz = Quiz.model_validate(value)
    except ValidationError as error:
        faults = [_in_words(fault) for fault in error.errors(include_url=False)]
        raise QuizError(faults + broken_rules) from None
    if broken_rules:
        raise QuizError(broken_rules)
    return quiz


def _in_words(fault: ErrorDetails) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    return f"{place or 'the quiz'}: {IN_WORDS.get(fault['type'], fault['msg'])}{_instead(fault)}"


def _instead(fault: ErrorDetails) -> str:
    """A value of the wrong type, in at most 40 characters; empty for other faults."""
    if fault["type"] not in WRONG_TYPE:
        return ""
    return f", not {json.dumps(fault['input'], ensure_ascii=False, default=str):.40}"


def _broken_rules(quiz: Any) -> Iterator[str]:
    questions = _members(quiz, "questions")
    if questions is not None:
        yield from _miscounted("questions", questions, 1, MOST_QUESTIONS)
        yield from _repeated("questions", questions, "question_text")
    for index, question in enumerate(questions or []):
        place, choices = f"questions[{index}]", _members(question, "choices")
        if choices is not None:
            yield from _miscounted(f"{place}.choices", choices, FEWEST_CHOICES, MOST_CHOICES)
            yield from _repeated(f"{place}.choices", choices, "text")
            if type(question.get("answer")) is int and not 1 <= question["answer"] <= len(choices):
                yield f"{place}.answer: {question['answer']} is no choice's number; choices are counted from 1"


def _members(value: Any, name: str) -> list[Any] | None:
    """The list with this name; None if there is none, which pydantic reports."""
    members = value.get(name) if isinstance(value, dict) else None
    return members if isinstance(members, list) else None


def _miscounted(place: str, members: list[Any], fewest: int, most: int) -> Iterator[str]:
    if not fewest <= len(members) <= most:
        yield f"{place}: {len(members)} given, but there must be {fewest} to {most}"


def _repeated(place: str, members: list[Any], name: str) -> Iterator[str]:
    first: dict[str, int] = {}
    for index, member in enumerate(members):
        text = member.get(name) if isinstance(member, dict) else None
        if isinstance(text, str) and text.strip():
            same = first.setdefault(" ".join(text.casefold().split()), index)
            if same != index:
                yield f"{place}[{index}].{name}: says the same as {place}[{same}].{name}; write another"
