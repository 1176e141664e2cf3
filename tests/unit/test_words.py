"""Words as search compares them."""

from __future__ import annotations

import unicodedata

import pytest

from local_api.retrieval.words import MAX_WORDS, MOST_MARKS, asked, composed, indexed

PASSAGES = [
    ("", ""),
    ("—!?", ""),
    ("Rivers carry salt.", "rivers carry salt"),
    ("snake_case and USB-C", "snake case and usb c"),
    ("Straße ＡＢＣ", "strasse abc"),  # case and width are folded; SQLite strips accents
    ("보증기간은", "보증 증기 기간 간은"),
    ("법", "법"),
    ("退货", "退货 货"),  # the last character begins a word of its own, so that it is found alone
    ("サービス", "サー ービ ビス ス"),
    ("AI가 🟢", "ai 가 🟢"),
]


@pytest.mark.parametrize(("text", "words"), PASSAGES)
def test_the_words_of_a_passage(text, words):
    assert indexed(text) == words


QUERIES = [
    ("", []),
    ("What does the warranty cover?", ['"warranty"', '"cover"']),
    ("salt salt SALT", ['"salt"']),
    ("who are you", ['"who"', '"are"', '"you"']),  # function words count if there are no others
    ("보증이 무엇인가요", ['"보증"']),  # the particle and the question word go
    ("법", ['"법"*']),  # a single character matches every word that begins with it
    ("猫", ['"猫"*']),
    ("怎么退货", ['"退货"']),
    ('say "hi" OR NOT', ['"say"', '"hi"', '"not"']),  # never FTS5's syntax
]


@pytest.mark.parametrize(("query", "expressions"), QUERIES)
def test_the_words_of_a_query(query, expressions):
    assert asked(query) == expressions


def test_a_query_has_a_bounded_number_of_words():
    assert len(asked(" ".join(f"word{number}" for number in range(1000)))) == MAX_WORDS


def test_text_is_composed_with_few_marks_on_a_letter():
    assert composed("e\u0301") == "é"
    assert composed("e\u0301" * 3) == "é" * 3
    many = composed("a" + "\u0301" * 200_000)
    runs = many.replace("\u034f", " ").split()
    assert max(sum(map(bool, map(unicodedata.combining, run))) for run in runs) <= MOST_MARKS
