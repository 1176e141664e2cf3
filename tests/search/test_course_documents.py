"""The documents of lesson 04: their text is clean, their sources say the same, and the questions can be answered.

The questions were written before there was a search to try them on.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from functools import cache
from pathlib import Path

import mistune
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader

DOCUMENTS = Path(__file__).parents[2] / "data" / "documents"
PDFS = sorted(DOCUMENTS.glob("*.pdf"))
QUESTIONS = json.loads(Path(__file__).with_name("questions.json").read_text(encoding="utf-8"))
MAX_BYTES = 400_000


@cache
def pages(path: Path) -> list[str]:
    """The text of each page, with lines joined."""
    return [" ".join(page.extract_text().split()) for page in PdfReader(path).pages]


def blocks(markdown: str) -> list[str]:
    """What a reader sees of each heading, paragraph, list item and table row."""
    html = mistune.create_markdown(plugins=["table"])(markdown.split("---\n", 2)[2])
    found = BeautifulSoup(html, "html.parser").find_all(["h2", "h3", "p", "li", "tr"])
    return [" ".join(block.get_text(" " if block.name == "tr" else "").split()) for block in found]


@pytest.mark.parametrize("path", PDFS, ids=lambda path: path.stem)
def test_a_pdf_reads_as_its_markdown(path):
    text = " ".join(pages(path))
    source = (DOCUMENTS / "sources" / f"{path.stem}.md").read_text(encoding="utf-8")
    missing = [block for block in blocks(source) if block not in text and "://" not in block]
    assert not missing, f"Build the documents again: python -m maintenance.documents\n{missing}"


@pytest.mark.parametrize("path", PDFS, ids=lambda path: path.stem)
def test_a_pdf_is_small_and_its_text_clean(path):
    text = "".join(pages(path))
    assert path.stat().st_size <= MAX_BYTES
    assert unicodedata.is_normalized("NFC", text)
    assert not [char for char in text if unicodedata.category(char)[0] == "C" or "ﬀ" <= char <= "ﬆ"]


@pytest.mark.parametrize("entry", QUESTIONS, ids=lambda entry: entry["question"])
def test_the_answer_stands_on_its_page(entry):
    found = pages(DOCUMENTS / entry["document"])
    for page in numbers(entry):
        assert entry["answer_term"] in found[page - 1]


def test_questions_in_both_languages_reach_every_page():
    asked = [entry for entry in QUESTIONS if not entry.get("cross")]
    count = Counter(entry["language"] for entry in asked)
    assert count["ko"] == count["en"] >= 32
    assert len({entry["question"] for entry in QUESTIONS}) == len(QUESTIONS)
    reached = {(entry["document"], page) for entry in asked for page in numbers(entry)}
    assert reached == {(path.name, number) for path in PDFS for number in range(1, len(pages(path)) + 1)}


def numbers(entry: dict) -> list[int]:
    """The pages that answer a question, of which most have one."""
    return entry["page"] if isinstance(entry["page"], list) else [entry["page"]]
