"""Splitting: nothing is lost, passages are as long and as alike as asked, and they end where a reader pauses."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from local_api.retrieval.chunks import Chunk, split
from local_api.tokens import estimate_tokens

WHOLE = [
    "a",
    "of",
    "word",
    "sentence.",
    "(in",
    "end.\n\n",
    "line\n",
    "한국어",
    "문장이다.",
    "👩‍🚀",
    "e\u0301",
    "12345",
    "٣٤",
    "_",
]
CUT = ["漢字", "東京タワー、", "。", "「は", "x" * 90, "가" * 90, "漢" * 90, "e" + "\u0301" * 50, "\u200b", "🇰🇷" * 50]
PAGES = st.lists(st.lists(st.sampled_from(WHOLE + CUT), max_size=60).map(" ".join), max_size=4)
SIZES = st.integers(10, 60).flatmap(lambda size: st.tuples(st.just(size), st.integers(0, size // 2)))


def bare(text: str) -> str:
    return "".join(text.split())


@settings(deadline=None)  # how long it takes says more of the machine
@given(pages=PAGES, sizes=SIZES)
def test_nothing_is_lost_and_sizes_hold(pages, sizes):
    size, overlap = sizes
    text, covered = bare("".join(pages)), {0}
    for chunk in split(pages, size, overlap):
        assert chunk.text and estimate_tokens(chunk.text) <= size
        # It begins where the last may have ended, or before, and goes on further.
        piece = bare(chunk.text)
        places = [place for place in range(len(text)) if text.startswith(piece, place)]
        covered = {place + len(piece) for place in places if any(place <= end < place + len(piece) for end in covered)}
    assert len(text) in covered


@settings(deadline=None)  # how long it takes says more of the machine
@given(words=st.lists(st.integers(100_000, 999_999), min_size=1, max_size=300, unique=True), sizes=SIZES)
def test_neighbours_overlap_as_asked(words, sizes):
    size, overlap = sizes
    chunks = [chunk.text.split() for chunk in split([" ".join(map(str, words))], size, overlap)]
    shared = [[word for word in one if word in other] for one, other in pairwise(chunks)]
    assert all(2 * len(words) in (overlap, overlap - 1) for words in shared)  # a number of six digits has two tokens
    assert all(other[: len(words)] == words for words, other in zip(shared, chunks[1:]))


@settings(deadline=None)  # how long it takes says more of the machine
@given(pages=st.lists(st.lists(st.sampled_from(WHOLE), max_size=60).map(" ".join), max_size=4), sizes=SIZES)
def test_words_stay_whole(pages, sizes):
    words = set(" ".join(pages).split())
    assert all(words.issuperset(chunk.text.split()) for chunk in split(pages, *sizes))


@pytest.mark.parametrize(
    "character", ["👍🏽", "👩‍🚀", "🇰🇷", "e\u0301", "가", "\u1112\u1161\u11ab", "が", "か\u3099", "葛\U000e0100"]
)
@pytest.mark.parametrize("size", [10, 11, 12, 13])
def test_characters_stay_whole_even_in_endless_words(character, size):
    chunks = split([character * 100], size, overlap=0)
    assert {chunk.text.replace(character, "") for chunk in chunks} == {""}
    assert sum(len(chunk.text) for chunk in chunks) == 100 * len(character)


@pytest.mark.parametrize(("text", "first"), [
    ("a b c d e f g h\n\ni j k l", "a b c d e f g h"),
    ("a b c d e f g h.\ni j k l", "a b c d e f g h."),
    ("a b c d e f g. h\ni j k l", "a b c d e f g."),
    ("a b c d e f g h i j k l", "a b c d e f g h i j"),
    ("Is it? Yes.\n\nc d e f g h", "Is it? Yes.\n\nc d e f g"),
    ("今日は寒い日だ。明日は雪が", "今日は寒い日だ。"),
    ("彼は「今日は寒い」と言った", "彼は「今日は寒い」と"),
    ("明日は大変とても寒「寒い」", "明日は大変とても寒"),
    ("a b c d e 3.14 f g h", "a b c d e 3.14 f g"),
    ("오늘은 날씨가 아주 춥다. 내일은 눈이 온다.", "오늘은 날씨가 아주 춥다."),
])  # fmt: skip
def test_a_passage_ends_where_a_reader_pauses(text, first):
    assert split([text], size=10, overlap=0)[0].text == first


def test_a_passage_knows_the_page_on_which_it_begins():
    pages = ["", "a b c d e f g h", "i j", "", "k l m n o p q r s t", ""]
    chunks = split(pages, size=8, overlap=2)
    assert [(chunk.text.split()[0], chunk.page) for chunk in chunks] == [("a", 2), ("g", 2), ("m", 5)]


@pytest.mark.parametrize("pages", [[], [""], ["", " \n "]])
def test_no_text_gives_no_passages(pages):
    assert split(pages) == []


def test_usual_sizes_and_one_passage():
    assert split(["short"]) == [Chunk("short", 1)]
    chunks = split(["word " * 2000])
    assert [len(chunk.text.split()) for chunk in chunks] == [800, 800, 800, 800]


@pytest.mark.parametrize("pages", [["x" * 1_000_000], ["漢" * 200_000], ["(" * 300_000], ["e" + "\u0301" * 300_000],
                                   ["\n" * 500_000 + "x"], ["a\n" * 200_000]])  # fmt: skip
def test_endless_texts_end(pages):
    chunks = split(pages)
    assert max(estimate_tokens(chunk.text) for chunk in chunks) <= 800
    assert bare(chunks[-1].text)[-1:] == pages[0].strip()[-1:]
