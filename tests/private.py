"""What must never be written down: keys, and paths of the machine that somebody works on."""

from __future__ import annotations

import re

PRIVATE = (
    r"(?<![\w.])/(home|Users|tmp)/\w",
    r"(?<![\w.])/roo[t]\b",  # so written, this line does not break its own rule
    r"\b[A-Z]:\\\w+\\\w",  # two folders: a picture's bytes look like one now and then
    r"\bsk-[\w-]{8,}",
    r"\b(gh[pousr]_|github_pat_|hf_|AKIA|AIza|xox[abp]-)[\w-]{16,}",
    r"-----BEGIN [A-Z ]*PRIVATE KEY",
)


def private_in(text: str) -> list[str]:
    """The beginnings of what is private in a text."""
    return [found[0] for rule in PRIVATE if (found := re.search(rule, text))]
