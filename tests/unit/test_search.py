"""The index of passages: what is found, in which order, and with which scores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local_api.retrieval.chunks import Chunk
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

PASSAGES = {
    "warranty": "The warranty covers defects for two years from the date of purchase.",
    "returns": "You can return a product within thirty days. Refunds take a week.",
    "battery": "Charge the battery to 80 percent. Batteries age faster in heat.",
    "code": "def parse_config(path): return json.loads(Path(path).read_text())",
    "cafe": "Le café est ouvert; la crème brûlée aussi.",
    "보증": "보증 기간은 구입일부터 2년입니다. 고장이 나면 서비스 센터로 연락하세요.",
    "환불": "제품은 30일 이내에 반품할 수 있습니다. 환불은 일주일이 걸립니다.",
    "법": "모든 국민은 법 앞에 평등하다. 누구든지 차별을 받지 아니한다.",
    "AI": "이 제품은 AI가 소음을 줄이고, USB-C로 충전합니다.",
    "保証": "保証期間は購入日から二年間です。修理はサービスセンターへご連絡ください。",
    "返品": "商品は三十日以内に返品できます。返金には一週間かかります。",
    "退货": "商品可在三十天内退货，退款需要一周。",
    "猫": "我的猫在睡觉。",
    "emoji": "Status lights: 🔴 means error, 🟢 means ready.",
}
FOUND = {
    # English: endings, case, accents, width, function words
    "What does the warranty cover?": "warranty",
    "How do I get a refund for products I returned?": "returns",
    "CHARGING BATTERY": "battery",
    "ｗａｒｒａｎｔｙ": "warranty",
    "creme brulee": "cafe",
    "parse config json": "code",
    # Korean: particles and endings joined on, requests, one syllable
    "보증기간은 얼마나 되나요?": "보증",
    "보증이 무엇인가요": "보증",
    "제품을 반품하려면 어떻게 하나요?": "환불",
    "환불에 대해 알려줘": "환불",
    "고장났을 때 연락할 곳": "보증",
    "국민의 평등": "법",
    "법": "법",
    "법인가요?": "법",
    "차별에 관한 내용을 설명해 주세요": "법",
    # Japanese and Chinese: no spaces, question words, one character
    "保証期間は何年ですか？": "保証",
    "返品について教えてください": "返品",
    "サービスセンター": "保証",
    "怎么退货？": "退货",
    "猫": "猫",
    # mixed
    "AI는 무엇을 하나요?": "AI",
    "usb-c 충전": "AI",
    "🟢": "emoji",
    "warranty 🔴 error": "emoji",
}
NOTHING = ["", " \n", "?!", "'\"", "()", "*", "-", ":", "\0", "\ud800", "—「」", "zzzz", "x" * 10_000, "뷁", "鬱"]
SYNTAX = [
    '"warranty', "warranty OR", "AND warranty NOT", "NEAR(warranty", "words:warranty", "^warranty*", "(warranty",
    "{warranty}", "warranty'; DROP TABLE passages; --", "warranty\0two", "\ud800 warranty", "a" * 10_000 + " warranty",
]  # fmt: skip


def chunks_of(*texts: str) -> list[Chunk]:
    return [Chunk(text, page) for page, text in enumerate(texts, 1)]


@pytest.fixture
def index() -> PassageIndex:
    return PassageIndex(Store())


@pytest.fixture
def full(index) -> PassageIndex:
    for name, text in PASSAGES.items():
        index.add("vs", name, chunks_of(text))
    return index


def names(hits) -> list[str]:
    return [hit.file_id for hit in hits]


@pytest.mark.parametrize(("query", "name"), FOUND.items(), ids=range(len(FOUND)))
def test_a_question_finds_its_passage(full, query, name):
    best = full.search(["vs"], [query])[0]
    assert (best.file_id, best.text) == (name, PASSAGES[name])


@pytest.mark.parametrize("query", NOTHING, ids=range(len(NOTHING)))
def test_some_queries_find_nothing(full, query):
    assert full.search(["vs"], [query]) == []


@pytest.mark.parametrize("query", SYNTAX, ids=range(len(SYNTAX)))
def test_a_query_is_words_and_never_syntax(full, query):
    assert "warranty" in names(full.search(["vs"], [query]))


@given(st.text())
def test_any_query_is_answered(query):
    index = PassageIndex(Store())
    index.add("vs", "file", chunks_of("a", "가 나", "猫"))
    assert all(0 < hit.score <= 1 for hit in index.search(["vs"], [query]))


def test_function_words_count_when_there_are_no_others(full):
    assert full.search(["vs"], ["you can"])[0].file_id == "returns"


def test_scores_follow_bm25(index):
    # Three passages of four words each. "apple": in one, idf ln(1 + 2.5/1.5); "pear": in all; "plum": in none.
    index.add("vs", "file", chunks_of("apple pear fig nut", "pear fig nut oak", "pear fig oak elm"))
    [hit, *others] = index.search(["vs"], ["apple"])
    assert (hit.position, hit.page, others) == (0, 1, [])
    assert hit.score == pytest.approx(1 / 2.2, abs=1e-4)
    assert index.search(["vs"], ["pear"])[2].score == pytest.approx(1 / 2.2, abs=1e-4)
    with_missing = index.search(["vs"], ["apple plum"])[0].score
    assert with_missing == pytest.approx(0.9808 / (0.9808 + 2.0794) / 2.2, abs=1e-4)


def test_a_word_in_every_passage_still_ranks_in_a_small_store(index):
    index.add("vs", "file", chunks_of("tea and milk", "tea", "tea tea tea tea"))
    assert [hit.position for hit in index.search(["vs"], ["tea"])] == [2, 1, 0]


def test_scores_of_different_stores_compare(index):
    for store in ("alone", "crowded"):
        index.add(store, "file", chunks_of("The otter sleeps on its back.", "Foxes hunt at night."))
    index.add("crowded", "other", chunks_of(*["An otter swims, and another otter dives."] * 50))
    alone, crowded = (index.search([store], ["otter"])[0].score for store in ("alone", "crowded"))
    assert 0.4 < alone < crowded < 0.7
    # What other stores hold changes nothing.
    index.drop("crowded")
    assert index.search(["alone"], ["otter"])[0].score == alone


def test_scores_stay_within_bounds(index):
    index.add("vs", "file", chunks_of("word " * 5000, *["other"] * 20))
    assert 0.95 < index.search(["vs"], ["word"])[0].score <= 1


def test_threshold_and_limit(full):
    hits = full.search(["vs"], ["warranty battery purchase"])
    assert names(hits) == ["warranty", "battery"] and hits[0].score > hits[1].score
    assert full.search(["vs"], ["warranty battery purchase"], threshold=hits[0].score) == hits[:1]
    assert full.search(["vs"], ["warranty battery purchase"], limit=1) == hits[:1]
    assert full.search(["vs"], ["warranty battery purchase"], threshold=1.0) == []


def test_only_some_files(full):
    query = ["제품 warranty"]
    assert set(names(full.search(["vs"], query))) == {"warranty", "환불", "AI"}
    assert set(names(full.search(["vs"], query, file_ids={"AI", "warranty", "unknown"}))) == {"warranty", "AI"}
    assert full.search(["vs"], query, file_ids=set()) == []


def test_queries_are_merged_by_best_score(full):
    alone = {query: full.search(["vs"], [query]) for query in ("warranty years", "warranty battery")}
    merged = full.search(["vs"], [*alone, "", "warranty years"])
    assert names(merged) == ["warranty", "battery"]
    assert merged[0].score == max(hits[0].score for hits in alone.values())


def test_stores_are_merged_and_a_passage_is_found_once(index):
    index.add("one", "both", chunks_of("red apple"))
    index.add("two", "both", chunks_of("red apple", "green apple"))
    index.add("two", "only", chunks_of("apple"))
    hits = index.search(["one", "two", "one", "unknown"], ["apple"])
    places = [(hit.file_id, hit.position) for hit in hits]
    assert sorted(places) == [("both", 0), ("both", 1), ("only", 0)]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_ties_are_ordered_by_file_and_position(index):
    for file_id in ("b", "a"):
        index.add("vs", file_id, chunks_of("same", "same"))
    hits = index.search(["vs"], ["same"])
    assert [(hit.file_id, hit.position) for hit in hits] == [("a", 0), ("a", 1), ("b", 0), ("b", 1)]
    assert index.search(["vs"], ["same"], limit=3) == hits[:3]


def test_rare_words_decide_in_a_large_store_and_common_ones_still_count(index):
    texts = [f"common {'usual' if number % 2 else 'normal'} number{number}" for number in range(6000)]
    index.add("vs", "file", chunks_of(*texts))
    assert [hit.position for hit in index.search(["vs"], ["common usual number7"], limit=2)] == [7, 1]
    [hit] = index.search(["vs"], ["common"], limit=1)
    assert hit.score > 0
    # Rare words may stand only in files that are left out.
    index.add("vs", "other", chunks_of("common", "usual"))
    assert len(index.search(["vs"], ["common usual normal number7"], file_ids={"other"})) == 2
    assert len(index.search(["vs"], ["common usual normal"], limit=5000)) == 5000


def test_adding_again_replaces_and_removing_forgets(index):
    index.add("vs", "file", chunks_of("old words", "more old words"))
    index.add("vs", "keep", chunks_of("old"))
    index.add("vs", "file", chunks_of("new words 새 단어"))
    assert names(index.search(["vs"], ["old"])) == ["keep"]
    assert index.passages("vs", "file") == chunks_of("new words 새 단어")
    index.remove("vs", "file")
    index.remove("vs", "file")
    index.remove("unknown", "file")
    assert index.search(["vs"], ["new words 단어"]) == [] == index.passages("vs", "file")
    assert names(index.search(["vs"], ["old"])) == ["keep"]


def test_dropping_a_store_leaves_the_others(index):
    for store in ("one", "two"):
        index.add(store, "file", chunks_of("words"))
    index.drop("one")
    index.drop("one")
    assert index.search(["one"], ["words"]) == [] == index.passages("one", "file")
    assert names(index.search(["two"], ["words"])) == ["file"]
    index.add("one", "new", chunks_of("words"))
    assert names(index.search(["one"], ["words"])) == ["new"]


def test_no_passages_are_no_trouble(index):
    index.add("vs", "file", [])
    assert index.search(["vs"], ["words"]) == [] == index.passages("vs", "file")


def test_changes_are_part_of_the_open_transaction():
    store = Store()
    index = PassageIndex(store)
    index.add("kept", "file", chunks_of("words"))
    with pytest.raises(KeyError), store.transaction():
        index.add("new", "file", chunks_of("words"))
        index.remove("kept", "file")
        index.drop("kept")
        raise KeyError
    assert names(index.search(["new", "kept"], ["words"])) == ["file"]
    assert index.passages("new", "file") == []


OTHER = """
import sys
from pathlib import Path
from local_api.retrieval.chunks import Chunk
from local_api.retrieval.search import PassageIndex
from local_api.storage.store import Store

index = PassageIndex(Store(Path(sys.argv[1])))
for number in range(20):
    index.add("shared", f"theirs{number}", [Chunk("some words", 1)] * 20)
    index.add(f"own{number}", "file", [Chunk("some words", 1)])
    index.search(["shared"], ["words"])
    index.remove("shared", f"theirs{number - 1}")
    index.drop(f"own{number}")
"""


def test_two_processes_use_one_file(tmp_path: Path):
    path = tmp_path / "store.sqlite3"
    index = PassageIndex(Store(path))
    with subprocess.Popen([sys.executable, "-c", OTHER, path], stderr=subprocess.PIPE, text=True) as other:
        for number in range(20):
            index.add("shared", f"ours{number}", chunks_of(*["some words"] * 20))
            assert index.search(["shared"], ["words"])
            index.remove("shared", f"ours{number - 1}")
        assert other.communicate() == (None, "")
    hits = index.search(["shared"], ["words"], limit=50)
    assert sorted(set(names(hits))) == ["ours19", "theirs19"] and len(hits) == 40
