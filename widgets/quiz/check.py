"""Is what a model wrote a quiz? If not, a message from which it can repair it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from pydantic import ValidationError

from .quiz import FEWEST_CHOICES, LONGEST_TEXT, MOST_CHOICES, MOST_QUESTIONS, Quiz

FAULTS_TOLD = 20  # a longer message would only cost tokens
LONGEST_FAULT = 300  # characters; a place can hold names that the model made up
WRONG_TYPE = {"string_type", "int_type", "list_type", "model_type"}
IN_WORDS = {
    "missing": "is missing",
    "extra_forbidden": "does not belong here; leave it out",
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "list_type": "must be a list",
    "model_type": "must be an object",
    "string_unicode": "holds half a character; write it anew",
    "string_too_short": "is blank; write something",
    "string_too_long": f"is too long; there may be {LONGEST_TEXT} characters at most",
}


class QuizError(ValueError):
    """A quiz that can't be shown; the message tells a model what to repair.

    Attributes:
        faults: each with its place and what should be there.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        # Half a character can't be sent.
        self.faults = [fault[:LONGEST_FAULT].encode("utf-8", "replace").decode() for fault in faults]
        told = [f"- {fault}" for fault in self.faults[:FAULTS_TOLD]]
        if len(self.faults) > FAULTS_TOLD:
            told.append(f"- and {len(self.faults) - FAULTS_TOLD} more")
        super().__init__("\n".join(["The quiz was not shown. Repair this and call the function again:", *told]))


def parse_quiz(arguments: str | dict[str, Any]) -> Quiz:
    """Make a quiz of what a model wrote.

    Args:
        arguments: the arguments of a call of `generate_quiz`, as JSON or already decoded.

    Raises:
        QuizError: it is no such quiz; the message names all faults, and can go back to the model as the call's output.
    """
    try:
        value = json.loads(arguments) if isinstance(arguments, str) else arguments
    except (ValueError, RecursionError) as error:  # broken, a number of thousands of digits, or nested too deeply
        raise QuizError([f"the arguments: are not JSON: {error}"]) from None
    quiz, faults = None, []
    try:
        quiz = Quiz.model_validate(value)
    except ValidationError as error:
        faults = [_in_words(fault) for fault in error.errors(include_url=False)]
    faults += _rules_broken(value)
    if faults:
        raise QuizError(faults)
    return quiz


def _in_words(fault: dict[str, Any]) -> str:
    place = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    return f"{place or 'the quiz'}: {IN_WORDS.get(fault['type'], fault['msg'])}{_instead(fault)}"


def _instead(fault: dict[str, Any]) -> str:
    """What a value of the wrong type is, in at most 40 characters; nothing for other faults."""
    if fault["type"] not in WRONG_TYPE:
        return ""
    return f", not {json.dumps(fault['input'], ensure_ascii=False, default=str):.40}"


def _rules_broken(quiz: Any) -> Iterator[str]:
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
    """The list of this name; none if there is no such list, which is pydantic's to say."""
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
