"""Every lesson keeps every rule of tests/lessons.py, and every rule notices when it is broken."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import lessons
from lessons import GATES, badge, repository
from maintenance.lesson import COURSE, PATHS, Lesson, load

Break = Callable[[Lesson], object]

TITLE = """# A small lesson

[![Open in Colab](https://colab.research.google.com/assets/colab-badge.svg)]({badge})

**You will be able to**

- make a thing
- look at it,
  twice

**Time** about 20 minutes.

> **Status** The API was switched off in August 2026."""
SETUP = """try:
    import helpers
except ModuleNotFoundError:
    !git clone -q {repository} course
client = helpers.connect("01_small")"""
PICTURE = """## See

![A thing](thing.svg), [a page](page.md) and [itself](01_small.ipynb#Check-yourself).

```python
# no heading, and [no link](nowhere.md)
```"""
RECAP = """## Recap

1. make a thing: so
2. look at it, twice: `so`

## Check yourself

**1. Is it round?**

- a) Always.
- b) Never.
- c) Seldom.

<details><summary>Answer</summary>

- a) No. It has corners.
- b) Right. It has corners.
- c) No. It never is.

</details>

**2. Is it blue?**

- a) Yes.
- b) No.
- c) Nobody knows.

<details><summary>Answer</summary>

- a) Right. It is.
- b) No. It is blue.
- c) No. You do.

</details>

## Exercises

### Exercise 1: first

Do it."""
ANSWERS = """<details><summary>Hint</summary>

Think.

</details>

<details><summary>Solution</summary>

```python
answer = 12
```

</details>"""


def printing(source: str, text: str) -> nbformat.NotebookNode:
    return new_code_cell(source, outputs=[new_output("stream", text=text)])


def good_cells(name: str = "01_small") -> list[nbformat.NotebookNode]:
    """Title, setup, a picture, 12 cells with prose between, recap, two exercises."""
    setup = SETUP.format(repository=repository()).replace("01_small", name)
    cells = [
        new_markdown_cell(TITLE.format(badge=badge(name))),
        printing(setup, "recorded"),
        new_markdown_cell(PICTURE),
    ]
    for number in range(12):
        cells += [printing(f"print({number})", f"{number}\n"), new_markdown_cell("A number.")]
    exercise = [new_code_cell("answer = ..."), printing("print(answer)", "Not yet: go on.\n")]
    cells += [new_markdown_cell(RECAP), *exercise, new_markdown_cell(f"{ANSWERS}\n\n### Exercise 2: second\n\nAgain.")]
    return [*cells, new_code_cell("answer = ..."), printing("print(answer)", "Not yet\n"), new_markdown_cell(ANSWERS)]


@pytest.fixture
def small_lesson(tmp_path: Path) -> Callable[..., Lesson]:
    """A function that writes a small lesson that keeps all rules, after breaking it, and reads it back."""
    (tmp_path / "thing.svg").write_text("<svg/>")
    (tmp_path / "page.md").write_text("# A page")

    def write(break_: Break = lambda lesson: None, name: str = "01_small") -> Lesson:
        notebook = new_notebook(cells=good_cells(name), metadata={"language_info": {"name": "python"}})
        lesson = Lesson(tmp_path / f"{name}.ipynb", notebook)
        for count, cell in enumerate(lesson.code, start=1):
            cell.execution_count = count
        break_(lesson)
        nbformat.write(notebook, lesson.path)
        return load(lesson.path)

    return write


def replaced(old: str, new: str) -> Break:
    """Change a text wherever it stands in the cells."""

    def change(lesson: Lesson) -> None:
        assert any(old in cell.source for cell in lesson.cells)
        for cell in lesson.cells:
            cell.source = cell.source.replace(old, new)

    return change


def output(*args: str, **fields: object) -> Break:
    """Replace the output of a cell in the middle."""
    return lambda lesson: lesson.code[4].update(outputs=[new_output(*args, **fields)])


def metadata(part: Callable[[Lesson], nbformat.NotebookNode], **fields: object) -> Break:
    return lambda lesson: part(lesson).metadata.update(fields)


def without(start: int, stop: int) -> Break:
    return lambda lesson: lesson.cells.__delitem__(slice(start, stop))


def middle(lesson: Lesson) -> nbformat.NotebookNode:
    return lesson.code[4]


# The rule, a way to break it, and some words of the complaint.
BROKEN = [
    (lessons.gate_order, lambda lesson: middle(lesson).update(execution_count=9), "in the order"),
    (lessons.gate_order, lambda lesson: middle(lesson).update(execution_count=None), "in the order"),
    (lessons.gate_stored_outputs, lambda lesson: middle(lesson).update(outputs=[]), "no output is stored"),
    (lessons.gate_stored_outputs, lambda lesson: middle(lesson).update(source="1 + 1", outputs=[]), "1 + 1"),
    (lessons.gate_clean_outputs, output("stream", name="stderr", text="a warning"), "a warning"),
    (lessons.gate_clean_outputs, output("error", ename="KeyError", evalue="'x'"), "KeyError"),
    (lessons.gate_private, output("stream", text="saved in /home" + "/ann/course"), "/home/a"),
    (lessons.gate_private, output("display_data", data={"text/html": "<b>/Users/ann</b>"}), "/Users/a"),
    (lessons.gate_private, replaced("print(3)", 'open("/ro' + 'ot/notes")'), "/root"),
    (lessons.gate_private, replaced("A number.", r"Look in C:\Users\ann."), "C:"),
    (lessons.gate_private, replaced("print(3)", 'OpenAI(api_key="sk-proj-abcdefgh")'), "sk-proj-"),
    (lessons.gate_cell_sizes, replaced("print(3)", "print(3)\n" * 26), "26 lines"),
    (lessons.gate_cell_sizes, replaced("print(", "\n1\n2\n3\n4\n5\nprint("), "a median of 6"),
    (lessons.gate_cell_sizes, without(3, 7), "11 code cells"),
    (
        lessons.gate_cell_sizes,
        lambda lesson: lesson.cells.__setitem__(slice(3, 3), good_cells()[3:19]),
        "21 code cells",
    ),
    (lessons.gate_prose, lambda lesson: [lesson.cells.pop(number) for number in (10, 8, 6)], "3 of 15"),
    (lessons.gate_headings, replaced("A number.", "# Another title"), "level 1, not one"),
    (lessons.gate_headings, replaced("# A small lesson", "A small lesson"), "0 headings"),
    (lessons.gate_headings, replaced("## See", "### See"), "level 3 after 1"),
    (lessons.gate_recap, replaced("1. make a thing: so\n2.", "1."), "1 items in the recap"),
    (lessons.gate_recap, replaced("1. make a thing", "1. made a thing"), "'made a thing"),
    (
        lessons.gate_recap,
        replaced("- make a thing\n- look at it,\n  twice", "- look at it, twice\n- make a thing"),
        "look",
    ),
    (lessons.gate_recap, replaced("**You will be able to**", "**Read on**"), "0 objectives"),
    (lessons.gate_pictures, replaced("![A thing]", "![ ]"), "no alt text"),
    (lessons.gate_pictures, replaced("![A thing](thing.svg)", '<img src="thing.svg">'), "no alt text"),
    (lessons.gate_pictures, replaced("(thing.svg)", "(things.svg)"), "no such picture"),
    (lessons.gate_pictures, replaced("(thing.svg)", "(https://example.com/thing.svg)"), "missing offline"),
    (lessons.gate_links, replaced("(page.md)", "(pages.md#top)"), "a link to nothing: pages.md"),
    (lessons.gate_links, replaced("#Check-yourself", "#Check-me"), "a link to nothing: 01_small.ipynb#Check-me"),
    (lessons.gate_quiz, replaced("**2. Is it blue?**", "Is it blue?"), "1 questions"),
    (lessons.gate_quiz, replaced("- c) No. It never is.", ""), "explained ['a', 'b']"),
    (lessons.gate_quiz, replaced("- c) Seldom.", ""), "choices ['a', 'b']"),
    (lessons.gate_quiz, replaced("- a) No. It has", "- a) Right. It has"), "not one right choice"),
    (lessons.gate_minutes, replaced("about 20 minutes", "about 40 minutes"), "states 40"),
    (lessons.gate_minutes, replaced("**Time** about 20 minutes.", ""), "states None"),
    (lessons.gate_lesson_name, replaced('"01_small"', '"02_other"'), "02_other"),
    (lessons.gate_addresses, replaced("/blob/main/", "/blob/old/"), "the badge leads"),
    (lessons.gate_addresses, replaced("-q https", "-q https://example.com/?"), "clones"),
    (lessons.gate_addresses, replaced("!git", "# !git"), "clones []"),
    (lessons.gate_exercises, without(32, 35), "not a cell, a check and the answers"),
    (lessons.gate_exercises, replaced("### Exercise 2: second", "### And then"), "1 exercises"),
    (lessons.gate_exercises, lambda lesson: lesson.code[-1].outputs[0].update(text="Well done."), "'Not yet'"),
    (lessons.gate_exercises, replaced("<summary>Hint</summary>", "Hint"), "no folded hint"),
    (lessons.gate_exercises, replaced("```python\nanswer", "```\nanswer"), "no folded solution"),
    (lessons.gate_banner, replaced("switched off in August 2026", "improved"), "no status banner"),
    (lessons.gate_file, metadata(middle, execution={"iopub.execute_input": "2026-11-22"}), "'execution'"),
    (lessons.gate_file, lambda lesson: lesson.notebook.metadata.language_info.update(version="3.11.7"), "'version'"),
    (lessons.gate_file, metadata(lambda lesson: lesson.notebook, papermill={"duration": 1.2}), "'papermill'"),
    (lessons.gate_file, output("stream", text="x" * 150_000), "150000 at most"),
]


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate.__name__)
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_lesson_keeps_the_rules(path: Path, gate: Callable[[Lesson], list[str]]) -> None:
    assert gate(load(path)) == []


def test_lessons_begin_with_the_same_setup() -> None:
    assert lessons.different_setups([load(path) for path in PATHS]) == []


def test_nothing_is_defined_twice() -> None:
    assert lessons.defined_twice([load(path) for path in PATHS]) == []


def test_the_template_lacks_only_what_is_to_be_filled_in() -> None:
    template = load(COURSE / "maintenance" / "lesson_template.ipynb")
    lesson = Lesson(PATHS[0].with_name("NN_name.ipynb"), template.notebook)
    complaining = {gate for gate in GATES if gate is not lessons.gate_file and gate(lesson)}
    never_run = {lessons.gate_order, lessons.gate_stored_outputs, lessons.gate_exercises, lessons.gate_minutes}
    assert complaining == {lessons.gate_cell_sizes, *never_run}
    assert lessons.gate_file(template) == []
    assert lessons.different_setups([load(PATHS[0]), lesson]) == []


def test_small_lesson_keeps_the_rules(small_lesson: Callable[..., Lesson]) -> None:
    lesson = small_lesson()
    assert [gate(lesson) for gate in GATES] == [[] for _ in GATES]


@pytest.mark.parametrize(("gate", "break_", "words"), BROKEN, ids=[f"{row[0].__name__}-{row[2]}" for row in BROKEN])
def test_rule_notices(gate: Callable, break_: Break, words: str, small_lesson: Callable[..., Lesson]) -> None:
    assert words in "\n".join(gate(small_lesson(break_)))


def test_every_rule_is_seen_to_notice() -> None:
    assert {gate for gate, _, _ in BROKEN} == set(GATES)


def test_another_setup_is_noticed(small_lesson: Callable[..., Lesson]) -> None:
    first, second = small_lesson(), small_lesson(name="02_next")
    assert lessons.different_setups([first, second]) == []
    other = small_lesson(replaced("import helpers", "import helpers, os"), name="03_last")
    assert lessons.different_setups([first, second, other]) == ["03_last.ipynb has another setup cell"]


def test_a_second_definition_is_noticed(small_lesson: Callable[..., Lesson]) -> None:
    first = small_lesson(replaced("print(3)", "def double(x):\n    return 2 * x"))
    second = small_lesson(replaced("print(3)", "async def double(x):\n    return x"), name="02_next")
    assert lessons.defined_twice([first, second]) == ["double is defined 2 times"]
