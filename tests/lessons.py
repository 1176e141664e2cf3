"""The lessons as tests see them: their parts, and the rules that each must keep.

A rule ("gate") is a function that takes a lesson and returns complaints, so that the tests can turn it on the lessons
and on small broken notebooks alike.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from statistics import median
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from maintenance.lesson import COURSE, SOLUTION, Lesson, lines_of, load, printed, shown
from private import private_in

# The rules' numbers.
LONGEST_CELL = 25
MEDIAN_LINES = 5
BODY_CELLS = range(12, 21)
ADJACENT_SHARE = 0.15
EXERCISES = 2
# How the minutes of a lesson are worked out, and how far those that it states may be from them.
WORDS_A_MINUTE, LINES_A_MINUTE, CELLS_A_MINUTE = 200, 15, 6
MINUTES_A_QUIZ, MINUTES_AN_EXERCISE = 2, 5
MINUTES_OFF = 10
LARGEST_FILE = 150_000

SHOWING = {"print", "display", "show_json", "print_message", "connect"}
EXPLAINED = re.compile(r"^- (\w)\) (No|Right)[.:] \S", re.MULTILINE)
HINT = re.compile(r"<details>\s*<summary>Hint</summary>\s*\S.*?</details>", re.DOTALL)


def repository() -> str:
    """The address of the course, from the one place where it stands."""
    text = (COURSE / "pyproject.toml").read_text(encoding="utf-8")  # tomllib is missing from Python 3.10
    return re.search(r'^\[project\.urls\][^\[]*?^Repository\s*=\s*"(.+?)"', text, re.MULTILINE | re.DOTALL).group(1)


def badge(name: str) -> str:
    """Where the Colab badge of a lesson leads."""
    place = repository().removeprefix("https://github.com/")
    return f"https://colab.research.google.com/github/{place}/blob/main/notebooks/{name}.ipynb"


# --- The rules for one lesson ---------------------------------------------------------------------------------------


def gate_order(lesson: Lesson) -> list[str]:
    counts = [cell.execution_count for cell in lesson.code]
    return [] if lesson.is_clean else [f"the cells were run in the order {counts}"]


def gate_stored_outputs(lesson: Lesson) -> list[str]:
    return [f"no output is stored for: {cell.source}" for cell in lesson.code if _shows(cell) and not cell.outputs]


def gate_clean_outputs(lesson: Lesson) -> list[str]:
    complaints = []
    for cell in lesson.code:
        wanted_error = "raises-exception" in cell.metadata.get("tags", [])
        for output in cell.outputs:
            if output.get("name") == "stderr":
                complaints.append(f"stderr: {output.text}")
            if output.output_type == "error" and not wanted_error:
                complaints.append(f"error: {output.ename}: {output.evalue}")
    return complaints


def gate_private(lesson: Lesson) -> list[str]:
    texts = [cell.source for cell in lesson.cells]
    texts += [_readable(part) for cell in lesson.code for part in shown(cell)]
    return [f"{found!r} in: {text}" for text in texts for found in private_in(text)]


def gate_cell_sizes(lesson: Lesson) -> list[str]:
    complaints = [
        f"{lines_of(cell)} lines, {LONGEST_CELL} at most: {cell.source}"
        for cell in lesson.code
        if lines_of(cell) > LONGEST_CELL
    ]
    if len(lesson.body) not in BODY_CELLS:
        complaints.append(f"{len(lesson.body)} code cells before the recap, not 12 to 20")
    middle = median([lines_of(cell) for cell in lesson.body] or [0])
    if middle > MEDIAN_LINES:
        complaints.append(f"a median of {middle} lines a cell, {MEDIAN_LINES} at most")
    return complaints


def gate_prose(lesson: Lesson) -> list[str]:
    checks = {exercise.check.id for exercise in lesson.exercises}
    counted = [cell for cell in lesson.code if cell.id not in checks]
    previous = [None, *lesson.cells]
    adjacent = [
        cell for before, cell in zip(previous, lesson.cells, strict=False) if cell in counted and _is_code(before)
    ]
    if len(adjacent) <= ADJACENT_SHARE * len(counted):
        return []
    return [f"{len(adjacent)} of {len(counted)} code cells have no prose before them"]


def gate_headings(lesson: Lesson) -> list[str]:
    levels = [heading.level for heading in lesson.headings]
    complaints = [] if levels.count(1) == 1 else [f"{levels.count(1)} headings of level 1, not one"]
    for above, heading in zip([0, *levels], lesson.headings, strict=False):
        if heading.level > above + 1:
            complaints.append(f"level {heading.level} after {above}: {heading.text}")
    return complaints


def gate_recap(lesson: Lesson) -> list[str]:
    objectives = _items(lesson, r"You will be able to.*?\n", r"[-*]")
    recap = _items(lesson, r"^## Recap\n", r"\d+\.")
    if not objectives or len(objectives) != len(recap):
        return [f"{len(objectives)} objectives, {len(recap)} items in the recap"]
    pairs = zip(objectives, recap, strict=True)
    return [
        f"{item!r} does not begin with {aim!r}" for aim, item in pairs if not re.match(rf"{re.escape(aim)}\b", item)
    ]


def gate_pictures(lesson: Lesson) -> list[str]:
    complaints = []
    for alt, target in _pictures(lesson):
        if not alt.strip():
            complaints.append(f"no alt text: {target}")
        if target.startswith("http"):
            if "colab-badge" not in target:
                complaints.append(f"not in the course, so missing offline: {target}")
        elif not (lesson.path.parent / target).is_file():
            complaints.append(f"no such picture: {target}")
    return complaints


def gate_links(lesson: Lesson) -> list[str]:
    text = re.sub(r"`[^`\n]*`", "", "\n\n".join(lesson.prose))
    targets = re.findall(r"(?<=\]\()[^)\s]+", text) + re.findall(r'href="([^"]+)"', text)
    local = [target for target in targets if not re.match(r"(https?|mailto):", target)]
    return [f"a link to nothing: {target}" for target in local if not _is_there(lesson, *target.partition("#")[::2])]


def gate_lesson_name(lesson: Lesson) -> list[str]:
    names = re.findall(r'helpers\.connect\("(.*?)"\)', lesson.setup)
    return [] if names == [lesson.path.stem] else [f"the setup cell of {lesson.path.stem} connects to {names}"]


def gate_addresses(lesson: Lesson) -> list[str]:
    badges = re.findall(r"colab-badge\.svg\)\]\((.+?)\)", lesson.cells[0].source)
    clones = re.findall(r"^ *!git clone .*?(https?://\S+)", lesson.setup, re.MULTILINE)
    complaints = [] if badges == [badge(lesson.path.stem)] else [f"the badge leads to {badges}"]
    return complaints if clones == [repository()] else [*complaints, f"the setup cell clones {clones}"]


def gate_exercises(lesson: Lesson) -> list[str]:
    headings, exercises = lesson.exercise_headings, lesson.exercises
    complaints = [] if len(headings) >= EXERCISES else [f"{len(headings)} exercises, {EXERCISES} at least"]
    whole = {exercise.name for exercise in exercises}
    complaints += [
        f"not a cell, a check and the answers: {heading.text}" for heading in headings if heading.text not in whole
    ]
    for exercise in exercises:
        if not printed(exercise.check).startswith("Not yet"):
            complaints.append(f"the check does not say 'Not yet': {exercise.name}")
        if not HINT.search(exercise.answers):
            complaints.append(f"no folded hint: {exercise.name}")
        if not SOLUTION.search(exercise.answers):
            complaints.append(f"no folded solution: {exercise.name}")
    return complaints


def gate_quiz(lesson: Lesson) -> list[str]:
    """Two questions, and for each of their choices why it is right or wrong."""
    text = "\n".join(lesson.prose).partition("\n## Check yourself\n")[2].partition("\n## ")[0]
    questions = re.split(r"^\*\*\d\. ", text, flags=re.MULTILINE)[1:]
    complaints = [] if len(questions) == 2 else [f"{len(questions)} questions to check oneself, not two"]
    for question in questions:
        choices, _, answers = question.partition("<summary>Answer</summary>")
        letters, explained = re.findall(r"^- (\w)\)", choices, re.MULTILINE), dict(EXPLAINED.findall(answers))
        if len(letters) < 3 or letters != list(explained):
            complaints.append(f"choices {letters}, explained {list(explained)}: {question[:60]}")
        if sorted(explained.values())[-2:] != ["No", "Right"]:
            complaints.append(f"not one right choice: {question[:60]}")
    return complaints


def minutes(lesson: Lesson) -> float:
    """How long a lesson takes, worked out from its length."""
    prose = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
    outputs = [part.get(kind, "") for cell in lesson.code for part in shown(cell) for kind in ("stdout", "text/plain")]
    reading = sum(len(text.split()) for text in prose + outputs) / WORDS_A_MINUTE
    code = sum(lines_of(cell) for cell in lesson.body) / LINES_A_MINUTE + len(lesson.code) / CELLS_A_MINUTE
    return reading + code + MINUTES_A_QUIZ + MINUTES_AN_EXERCISE * len(lesson.exercises)


def gate_minutes(lesson: Lesson) -> list[str]:
    """The minutes stated are about those that it takes to read the lesson, run it and solve its exercises."""
    stated = re.search(r"\*\*Time\*\* about (\d+) minutes", lesson.cells[0].source)
    worked_out = minutes(lesson)
    if stated and abs(int(stated[1]) - worked_out) <= MINUTES_OFF:
        return []
    return [f"it takes about {worked_out:.0f} minutes, and states {stated and stated[1]}"]


def gate_banner(lesson: Lesson) -> list[str]:
    quote = " ".join(re.findall(r"^> *(.*)", lesson.cells[0].source, re.MULTILINE))
    found = "Status" in quote and re.search(r"\boff\b.*\b2026\b", quote)
    return [] if found else ["no status banner that says that the API was switched off in 2026"]


def gate_file(lesson: Lesson) -> list[str]:
    """Small, and nothing in it about the machine or the time at which it was run."""
    size = lesson.path.stat().st_size
    complaints = [] if size <= LARGEST_FILE else [f"{size} bytes, {LARGEST_FILE} at most"]
    for cell in lesson.cells:
        complaints += [f"a cell's metadata hold {name!r}" for name in cell.metadata.keys() - {"tags", "jupyter"}]
    metadata = lesson.notebook.metadata
    surplus = metadata.keys() - {"kernelspec", "language_info", "widgets"}
    surplus |= metadata.get("language_info", {}).keys() - {"name"}
    return complaints + [f"the notebook's metadata hold {name!r}" for name in sorted(surplus)]


GATES = [gate for name, gate in list(globals().items()) if name.startswith("gate_")]


# --- The rules for all lessons together -----------------------------------------------------------------------------


def different_setups(lessons: list[Lesson]) -> list[str]:
    """Setup cells that are not those of the first lesson, the lesson's name aside."""
    setups = {lesson.path.name: lesson.setup.replace(f'"{lesson.path.stem}"', "LESSON") for lesson in lessons}
    first = next(iter(setups.values()))
    return [f"{name} has another setup cell" for name, setup in setups.items() if setup != first]


def defined_twice(lessons: list[Lesson]) -> list[str]:
    names = Counter(
        node.name
        for lesson in lessons
        for cell in lesson.code
        for node in _parsed(cell).body
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
    )
    return [f"{name} is defined {count} times" for name, count in names.items() if count > 1]


# --- Reading cells --------------------------------------------------------------------------------------------------


def _is_code(cell: NotebookNode | None) -> bool:
    return cell is not None and cell.cell_type == "code"


def _is_there(lesson: Lesson, target: str, heading: str) -> bool:
    """Whether a link leads to a file, and to one of its headings if that is a lesson."""
    path = lesson.path.parent / target if target else lesson.path
    if not heading or path.suffix != ".ipynb":
        return path.exists()
    return path.is_file() and heading in [each.text.replace(" ", "-") for each in load(path).headings]


def _parsed(cell: NotebookNode) -> ast.Module:
    return ast.parse(TransformerManager().transform_cell(cell.source))


def _shows(cell: NotebookNode) -> bool:
    """Whether running a cell is sure to show something: it calls what prints, or ends in a value."""
    body = _parsed(cell).body
    ends_in_value = body and isinstance(body[-1], ast.Expr) and not isinstance(body[-1].value, (ast.Call, ast.Await))
    return bool(ends_in_value and not cell.source.rstrip().endswith(";")) or any(map(_calls_showing, body))


def _calls_showing(node: ast.AST) -> bool:
    # What stands in a function, a branch or an exception's handler need not be run.
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.If, ast.ExceptHandler)):
        return False
    if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in SHOWING:
        return True
    return any(map(_calls_showing, ast.iter_child_nodes(node)))


def _readable(part: dict[str, Any]) -> str:
    return "\n".join(str(value) for value in part.values())


def _items(lesson: Lesson, opening: str, mark: str) -> list[str]:
    """The items of the first list after some words, each on one line."""
    text = "\n\n".join(lesson.prose)
    start = re.search(opening, text, re.MULTILINE)
    if not start:
        return []
    block = re.search(rf"^{mark} .*?(?=\n\s*\n|\Z)", text[start.end() :], re.MULTILINE | re.DOTALL)
    items = re.split(rf"^{mark} +", block[0], flags=re.MULTILINE)[1:] if block else []
    return [" ".join(item.split()) for item in items]


def _pictures(lesson: Lesson) -> list[tuple[str, str]]:
    text = "\n\n".join(lesson.prose)
    tags = re.findall(r"<img\b[^>]*>", text)
    attributes = [dict(re.findall(r'(\w+)="([^"]*)"', tag)) for tag in tags]
    return re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", text) + [
        (found.get("alt", ""), found.get("src", "")) for found in attributes
    ]
