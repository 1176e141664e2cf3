"""Histories without repeats, which a learner makes who runs cells again."""

from __future__ import annotations

import pytest

from local_api.model.recording import MOST_REWINDS, rewinds


def talk(said: str) -> tuple[tuple[str, str], ...]:
    """A history in short: capital letters are said by the user, small ones by the assistant."""
    return tuple(("user" if letter.isupper() else "assistant", letter) for letter in said)


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ("", [""]),
        ("AaB", ["AaB"]),
        ("AaA", ["AaA", "A"]),
        ("AaAaB", ["AaAaB", "AaB"]),
        ("AaBbA", ["AaBbA", "A"]),
        ("AaAaBbB", ["AaAaBbB", "AaBbB", "AaAaB", "AaB"]),
        ("AaBa", ["AaBa"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_everything_from_a_message_up_to_its_repeat_may_be_left_out(said: str, ways: list[str]) -> None:
    assert list(rewinds(talk(said))) == [talk(way) for way in ways]


def test_the_number_of_histories_is_bounded() -> None:
    many = talk("".join(letter * 2 for letter in "ABCDEFGHIJKLMNOP"))  # 2 to the power of 16 histories
    assert len(list(rewinds(many))) == MOST_REWINDS
