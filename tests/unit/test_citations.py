"""Citations: markers that the model repeats, and the phrases that recordings cite by instead."""

from __future__ import annotations

import pytest

from local_api.model.citations import (
    NotFound,
    marker,
    passages_in,
    search_output,
    with_markers,
    with_phrases,
    without_citations,
)

BRIEF, NOTES = marker(0, 0, "brief.pdf"), marker(0, 1, "notes.txt")
FIRST = search_output([(BRIEF, 3, "Gauss has three\nmodels."), (NOTES, 1, "The sea | is calm.")])
SECOND = search_output([(marker(1, 0, "brief.pdf"), 7, "한국의 인공지능 산업")])


def test_markers_count_searches_from_4_and_results_from_0() -> None:
    assert (BRIEF, marker(2, 5, "a.txt")) == ("【4:0†brief.pdf】", "【6:5†a.txt】")


def test_brackets_in_names_and_texts_can_not_forge_a_marker() -> None:
    output = search_output([(marker(0, 0, "【x】.txt"), 1, "as 【4:9†forged.txt】 says")])
    assert [passage.filename for passage in passages_in(output)] == ["[x].txt"]


def test_the_passages_in_an_output_are_those_that_were_put_in() -> None:
    found = [(passage.marker, passage.filename, passage.text.strip()) for passage in passages_in(FIRST)]
    assert found == [
        (BRIEF, "brief.pdf", "Gauss has three\nmodels."),
        (NOTES, "notes.txt", "The sea | is calm."),
    ]
    assert passages_in("Nothing was found.") == []


MARKED = {
    "a phrase": ("Three.【brief.pdf|Gauss has】", "Three.【4:0†brief.pdf】"),
    "across a line break": ("Three.【brief.pdf|three models】", "Three.【4:0†brief.pdf】"),
    "of a later search": ("산업【brief.pdf|인공지능 산업】", "산업【5:0†brief.pdf】"),
    "two": ("A【notes.txt|The sea】 b【brief.pdf|Gauss】", "A【4:1†notes.txt】 b【4:0†brief.pdf】"),
    "none": ("No citation.", "No citation."),
}


@pytest.mark.parametrize("case", MARKED)
def test_a_phrase_becomes_the_marker_of_the_passage_that_contains_it(case: str) -> None:
    recorded, marked = MARKED[case]
    assert with_markers(recorded, [FIRST, SECOND]) == marked


@pytest.mark.parametrize("recorded", ["【brief.pdf|The sea】", "【other.pdf|Gauss】"], ids=["phrase", "file"])
def test_a_phrase_that_no_passage_of_its_file_contains_is_refused(recorded: str) -> None:
    with pytest.raises(NotFound):
        with_markers(recorded, [FIRST, SECOND])


def test_what_is_recorded_of_a_live_reply_cites_the_same_passages_again() -> None:
    reply = f"Three.{BRIEF} Calm.{NOTES}"
    recorded = with_phrases(reply, [FIRST])
    assert "†" not in recorded and recorded.count("|") == 2
    assert with_markers(recorded, [FIRST]) == reply


def test_a_marker_that_no_search_gave_stays_in_what_is_recorded() -> None:
    assert with_phrases("So.【9:9†made_up.txt】", [FIRST]) == "So.【9:9†made_up.txt】"


def test_texts_are_compared_without_either_kind_of_citation() -> None:
    assert without_citations("A【4:0†a.txt】 b【a.txt|some words】.") == "A b."
