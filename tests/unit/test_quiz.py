"""The quiz that a model writes: what is taken, what is sent back for repair, the schema, the marks, the form's text."""

from __future__ import annotations

import copy
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import jsonschema
import nbformat
import pytest
from IPython.utils.io import capture_output
from nbclient import NotebookClient
from nbformat.v4 import new_code_cell, new_notebook

from maintenance.lesson import COURSE, shown
from widgets import Quiz, QuizError, display_quiz, function_schema, grade, parse_quiz

QUIZ = {
    "title": "Favourites",
    "questions": [
        {
            "question_text": "What is your favourite colour?",
            "choices": [
                {"text": "Red", "explanation": "Red is for stopping."},
                {"text": "Blue", "explanation": "Blue is the answer here."},
                {"text": "Green", "explanation": "Green is for going."},
                {"text": "Yellow", "explanation": "Yellow is for waiting."},
            ],
            "answer": 2,
        },
        {
            "question_text": "가장 좋아하는 동물은 무엇인가요?",
            "choices": [
                {"text": "강아지", "explanation": "여기서는 강아지가 정답이에요."},
                {"text": "고양이", "explanation": "고양이는 다음 퀴즈의 정답이에요."},
            ],
            "answer": 1,
        },
    ],
}
TEXT = """\
Favourites

1. What is your favourite colour?
   1) Red
   2) Blue
   3) Green
   4) Yellow

2. 가장 좋아하는 동물은 무엇인가요?
   1) 강아지
   2) 고양이"""

FIRST, SECOND = QUIZ["questions"]
BLUE = FIRST["choices"][1]
OPENING = "The quiz was not shown. Repair this and call the function again:"


# --- What is sent back for repair -----------------------------------------------------------------------------------


def with_(path: str, value: Any) -> dict:
    """The quiz with another value at a place such as `questions.0.answer`."""
    quiz = copy.deepcopy(QUIZ)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    target = quiz
    for part in way:
        target = target[part]
    target[last] = value
    return quiz


def without(path: str) -> dict:
    quiz = with_(path, None)
    *way, last = path.split(".")
    target = quiz
    for part in way:
        target = target[int(part) if part.isdigit() else part]
    del target[last]
    return quiz


def numbered(count: int) -> list[dict]:
    return [{**SECOND, "question_text": f"Question {number}?"} for number in range(count)]


CHOICES = "questions[0].choices"
MALFORMED = {
    "cut off": (
        '{"title": "Fav',
        ["the arguments: are not JSON: Unterminated string starting at: line 1 column 11 (char 10)"],
    ),
    "empty": ("", ["the arguments: are not JSON: Expecting value: line 1 column 1 (char 0)"]),
    "fenced": ("```json\n{}\n```", ["the arguments: are not JSON: Expecting value: line 1 column 1 (char 0)"]),
    "two objects": ("{} {}", ["the arguments: are not JSON: Extra data: line 1 column 4 (char 3)"]),
    "a list": ("[]", ["the quiz: must be an object, not []"]),
    "null": ("null", ["the quiz: must be an object, not null"]),
    "nothing in it": ("{}", ["title: is missing", "questions: is missing"]),
    "no title": (without("title"), ["title: is missing"]),
    "blank title": (with_("title", " \n"), ["title: is blank; write something"]),
    "a number as title": (with_("title", 7), ["title: must be a text, not 7"]),
    "an extra member": (with_("level", "easy"), ["level: does not belong here; leave it out"]),
    "an extra member of a question": (
        with_("questions.1.hint", "It barks."),
        ["questions[1].hint: does not belong here; leave it out"],
    ),
    "half a character as an answer": (
        with_("questions.0.answer", "\ud83d"),
        ['questions[0].answer: must be a whole number, not "?"'],
    ),
    "questions as text": (with_("questions", "Which?"), ['questions: must be a list, not "Which?"']),
    "no questions": (with_("questions", []), ["questions: 0 given, but there must be 1 to 10"]),
    "too many questions": (with_("questions", numbered(11)), ["questions: 11 given, but there must be 1 to 10"]),
    "a question as text": (with_("questions.1", "Which?"), ['questions[1]: must be an object, not "Which?"']),
    "no question text": (without("questions.1.question_text"), ["questions[1].question_text: is missing"]),
    "a long question": (
        with_("questions.0.question_text", "why " * 200),
        ["questions[0].question_text: is too long; there may be 500 characters at most"],
    ),
    "the same question twice": (
        with_("questions.1.question_text", " what is  your favourite COLOUR?"),
        ["questions[1].question_text: says the same as questions[0].question_text; write another"],
    ),
    "no choices": (without("questions.0.choices"), [f"{CHOICES}: is missing"]),
    "one choice": (
        with_("questions.0.choices", [BLUE]),
        [
            f"{CHOICES}: 1 given, but there must be 2 to 4",
            "questions[0].answer: 2 is no choice's number; choices are counted from 1",
        ],
    ),
    "five choices": (
        with_("questions.0.choices", [*FIRST["choices"], {"text": "Pink", "explanation": "No."}]),
        [f"{CHOICES}: 5 given, but there must be 2 to 4"],
    ),
    "a choice as text": (with_("questions.0.choices.3", "Yellow"), [f'{CHOICES}[3]: must be an object, not "Yellow"']),
    "the same choice twice": (
        with_("questions.0.choices.3.text", "blue "),
        [f"{CHOICES}[3].text: says the same as {CHOICES}[1].text; write another"],
    ),
    "a blank choice": (with_("questions.0.choices.0.text", ""), [f"{CHOICES}[0].text: is blank; write something"]),
    "no explanation": (without("questions.0.choices.2.explanation"), [f"{CHOICES}[2].explanation: is missing"]),
    "half a character": (
        json.dumps(with_("questions.0.choices.0.text", "\ud83d")),
        [f"{CHOICES}[0].text: contains half a character; write it again"],
    ),
    "no answer": (without("questions.0.answer"), ["questions[0].answer: is missing"]),
    "answer counted from 0": (
        with_("questions.1.answer", 0),
        ["questions[1].answer: 0 is no choice's number; choices are counted from 1"],
    ),
    "answer too high": (
        with_("questions.1.answer", 3),
        ["questions[1].answer: 3 is no choice's number; choices are counted from 1"],
    ),
    "answer in words": (
        with_("questions.0.answer", "Blue"),
        ['questions[0].answer: must be a whole number, not "Blue"'],
    ),
    "answer as text": (with_("questions.0.answer", "2"), ['questions[0].answer: must be a whole number, not "2"']),
    "answer yes": (with_("questions.0.answer", True), ["questions[0].answer: must be a whole number, not true"]),
    "all at once": (
        {"title": "", "questions": [{**FIRST, "answer": 9}, {**FIRST, "choices": None}, 3]},
        [
            "title: is blank; write something",
            "questions[1].choices: must be a list, not null",
            "questions[2]: must be an object, not 3",
            "questions[1].question_text: says the same as questions[0].question_text; write another",
            "questions[0].answer: 9 is no choice's number; choices are counted from 1",
        ],
    ),
}


@pytest.mark.parametrize(("arguments", "faults"), MALFORMED.values(), ids=MALFORMED.keys())
def test_the_message_names_every_place_and_its_repair(arguments: str | dict, faults: list[str]) -> None:
    as_json = arguments if isinstance(arguments, str) else json.dumps(arguments)
    for given in (arguments, as_json):
        with pytest.raises(QuizError) as caught:
            parse_quiz(given)
        assert caught.value.faults == faults
        assert str(caught.value) == "\n".join([OPENING, *(f"- {fault}" for fault in faults)])


@pytest.mark.parametrize("arguments", ["[" * 100_000, '{"title": 1' + "0" * 5000 + "}"], ids=["depth", "digits"])
def test_json_that_python_refuses_is_a_fault_too(arguments: str) -> None:
    with pytest.raises(QuizError, match="the arguments: are not JSON: "):
        parse_quiz(arguments)


def test_a_message_stays_short() -> None:
    with pytest.raises(QuizError, match=r"- and 9982 more$") as caught:
        parse_quiz({**with_("questions", ["x" * 1000] * 10_000), "x" * 1000: 1})
    assert len(str(caught.value)) < 3000


# --- What is taken --------------------------------------------------------------------------------------------------


def test_a_quiz_comes_back_as_it_was_written() -> None:
    for arguments in (QUIZ, json.dumps(QUIZ), json.dumps(QUIZ, ensure_ascii=False, indent=2)):
        assert parse_quiz(arguments).model_dump() == QUIZ
    assert parse_quiz(with_("title", "  Favourites\n")) == parse_quiz(QUIZ)


def test_text_and_repr_tell_no_answer() -> None:
    quiz = parse_quiz(QUIZ)
    assert str(quiz) == TEXT
    assert "answer" not in repr(quiz) and "정답" not in repr(quiz)


# --- The schema -----------------------------------------------------------------------------------------------------


def test_schema_is_a_strict_function_tool() -> None:
    assert list(function_schema) == ["name", "description", "parameters"]
    assert function_schema["name"] == "generate_quiz"
    parameters = function_schema["parameters"]
    jsonschema.Draft202012Validator.check_schema(parameters)
    jsonschema.validate(QUIZ, parameters)
    for part in parts(parameters):
        assert part.keys() <= {"type", "description", "properties", "required", "additionalProperties", "items"}
        if part["type"] == "object":
            assert part["additionalProperties"] is False
            assert part["required"] == list(part["properties"])


@pytest.mark.parametrize("name", ["no title", "an extra member of a question", "no explanation", "answer in words"])
def test_schema_and_check_agree_on_the_shape(name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(MALFORMED[name][0], function_schema["parameters"])


def test_an_assistant_takes_the_schema(open_home: Callable) -> None:
    client = open_home()
    tool = {"type": "function", "function": {**function_schema, "strict": True}}
    assistant = client.beta.assistants.create(model="gpt-4o", tools=[tool])
    assert assistant.tools[0].to_dict() == tool


def parts(schema: dict) -> Iterator[dict]:
    yield schema
    for inner in [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]:
        yield from parts(inner)


# --- The marks ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("answers", "results", "right"),
    [
        ([2, 1], ["right", "right"], 2),
        ([2, 2], ["right", "wrong"], 1),
        ([4, None], ["wrong", "unanswered"], 0),
        ([None, 1], ["unanswered", "right"], 1),
        ([None, None], ["unanswered", "unanswered"], 0),
    ],
)
def test_grade(answers: list, results: list[str], right: int) -> None:
    graded = grade(parse_quiz(QUIZ), answers)
    assert [mark.result for mark in graded.marks] == results
    assert graded.right == right


def test_output_for_the_model() -> None:
    assert grade(parse_quiz(QUIZ), [3, 1]).output == (
        '[{"choice":3,"question":1,"result":"wrong","text":"Green"},'
        '{"choice":1,"question":2,"result":"right","text":"강아지"}]'
    )
    assert grade(parse_quiz(QUIZ), [None, 2]).output == (
        '[{"choice":null,"question":1,"result":"unanswered","text":null},'
        '{"choice":2,"question":2,"result":"wrong","text":"고양이"}]'
    )


def test_a_questions_part_of_the_output_depends_on_its_own_choice_alone() -> None:
    seen: dict[tuple, set[str]] = {}
    for answers in product([None, 1, 2, 3, 4], [None, 1, 2]):
        for part in json.loads(grade(parse_quiz(QUIZ), answers).output):
            seen.setdefault((part["question"], part["choice"]), set()).add(json.dumps(part))
    assert len(seen) == 5 + 3
    assert {len(texts) for texts in seen.values()} == {1}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([2], "1 given, but the quiz has 2 questions. Give an answer to each, or None."),
        ([2, 1, 1], "3 given, but the quiz has 2 questions. Give an answer to each, or None."),
        ([2, 3], "answers[1] is 3. It must be 1 to 2, or None."),
        ([0, 1], "answers[0] is 0. It must be 1 to 4, or None."),
        (["Blue", 1], "answers[0] is 'Blue'. It must be 1 to 4, or None."),
        ([True, 1], "answers[0] is True. It must be 1 to 4, or None."),
    ],
)
def test_answers_that_do_not_fit(answers: list, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        grade(parse_quiz(QUIZ), answers)
    assert str(caught.value) == message


# --- The form, where nobody can click (tests/browser clicks) --------------------------------------------------------


@pytest.mark.parametrize("questions", [QUIZ["questions"], parse_quiz(QUIZ).questions], ids=["as called", "typed"])
def test_without_widgets_the_form_is_text(questions: list) -> None:
    with capture_output() as captured:
        form = display_quiz("Favourites", questions)
    assert captured.stdout.rstrip("\n") == repr(form) == TEXT
    assert captured.stderr == ""
    assert form.answers is None
    assert isinstance(form.quiz, Quiz)


@pytest.mark.parametrize("questions", [None, [], "Which?", [FIRST, FIRST]])
def test_a_form_shows_only_a_sound_quiz(questions: Any) -> None:
    with pytest.raises(QuizError, match="questions"):
        display_quiz("Favourites", questions)


def test_importing_helpers_leaves_ipywidgets_alone() -> None:
    check = "import sys, helpers, widgets; sys.exit('ipywidgets' in sys.modules)"
    subprocess.run([sys.executable, "-c", check], cwd=COURSE, check=True)


def test_nbval_finds_the_same_text_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(COURSE), os.environ["PYTHONPATH"]]))
    cells = [f"from widgets import display_quiz\nform = display_quiz(**{QUIZ!r})", "form.answers or [2, None]", "form"]
    notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3").execute()
    assert [part["text/plain"] for cell in notebook.cells for part in shown(cell)] == [TEXT, "[2, None]", TEXT]
    nbformat.write(notebook, tmp_path / "quiz.ipynb")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    run = subprocess.run([*command, "quiz.ipynb"], cwd=tmp_path, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert "3 passed" in run.stdout
