"""The Markdown pages: their links lead somewhere, and what they quote is what the code says."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from maintenance.lesson import COURSE, FENCE, PATHS, load

PAGES = [*sorted(COURSE.glob("*.md")), *sorted(COURSE.glob("docs/**/*.md")), *sorted(COURSE.glob("data/**/*.md"))]
TROUBLESHOOTING = COURSE / "docs" / "TROUBLESHOOTING.md"
PARTS = ("helpers", "widgets", "migration", "local_api")
CODE = [COURSE / "course.py", *(path for part in PARTS for path in (COURSE / part).rglob("*.py"))]
MEANT = 8  # letters that a template must have of its own: a shorter one fits anything


# --- Links ----------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Where a link into the page can lead: ids that are set, and headings as GitHub names them."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ +(.+)$", FENCE.sub("", text), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)">', text))


def broken_links(page: Path) -> list[str]:
    text = re.sub(r"`[^`\n]*`", "", FENCE.sub("", page.read_text(encoding="utf-8")))
    broken = []
    for target in re.findall(r"(?<=\]\()[^)\s]+", text):
        file, _, anchor = target.partition("#")
        path = page.parent / file if file else page
        if re.match(r"(https?|mailto):", target):
            continue
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    return broken


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(COURSE).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    assert broken_links(page) == []


@pytest.mark.parametrize("link", ["nowhere.md", "page.md#nothing", "#nothing", "page.md#Here"])
def test_a_broken_link_is_noticed(tmp_path: Path, link: str) -> None:
    page = tmp_path / "page.md"
    page.write_text('# Here, and there\n[a](#here-and-there) [b](#set) [c](page.md#set)\n<a id="set"></a>\n')
    assert broken_links(page) == []
    page.write_text(f"{page.read_text()}[broken]({link})\n")
    assert broken_links(page) == [link]


# --- Messages -------------------------------------------------------------------------------------------------------


@cache
def templates() -> list[re.Pattern[str]]:
    """Every text in the code as a pattern, in which anything may stand for what is filled in."""
    sources = [path.read_text(encoding="utf-8") for path in CODE]
    sources += [exercise.check.source for path in PATHS for exercise in load(path).exercises]
    return [
        re.compile(".+".join(map(re.escape, pieces)))
        for source in sources
        for node in ast.walk(ast.parse(source))
        if sum(map(str.isalpha, "".join(pieces := pieces_of(node)))) >= MEANT
    ]


def pieces_of(node: ast.AST) -> list[str]:
    """The fixed pieces of a text, between which something is filled in; none if it is no text."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.JoinedStr):
        fixed = (part.value if isinstance(part, ast.Constant) else "\0" for part in node.values)
        return "".join(fixed).split("\0")
    return []


def quoted() -> list[str]:
    """The course's own messages in the page: each line that is fenced as text."""
    blocks = re.findall(r"^```text\n(.*?)^```", TROUBLESHOOTING.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def test_quoted_messages_are_those_of_the_code() -> None:
    unknown = [line for line in quoted() if not any(template.fullmatch(line) for template in templates())]
    assert quoted() and unknown == []


def test_a_message_that_no_code_has_is_noticed() -> None:
    assert not any(template.fullmatch("There is no recording of '09_x' here.") for template in templates())


def test_check_leads_into_the_page() -> None:
    """A fault that can be made anywhere, and every anchor that course.py may name."""
    check = [sys.executable, COURSE / "course.py", "check"]
    said = subprocess.run(check, capture_output=True, text=True, env={**os.environ, "COURSE_MODE": "Live"}).stdout
    assert re.search(r"WRONG +mode .*\(docs/TROUBLESHOOTING\.md#check-mode\)$", said, re.MULTILINE)
    source = (COURSE / "course.py").read_text(encoding="utf-8")
    named = re.findall(r"\{HELP\}#(\w+)\b(?!-)", source)
    subjects = [f"check-{subject}" for subject in re.findall(r'yield "(\w+)"', source)]
    assert len(named) == 2 and len(subjects) >= 7
    assert {*named, *subjects} <= anchors(TROUBLESHOOTING)
