"""What `connect` refuses, and that nothing is left open behind it."""

from __future__ import annotations

import gc
import sys
import warnings

import openai
import pytest

import helpers


def test_an_sdk_renewed_while_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a notebook service had loaded an older one before the setup cell installed ours."""
    monkeypatch.setattr(openai, "__version__", "2.40.0")
    with pytest.raises(RuntimeError, match=r"still uses 2\.40\.0: restart the session, then run this cell again"):
        helpers.connect("01_basics")


@pytest.mark.skipif(sys.version_info < (3, 13), reason="nothing warns before Python 3.13")
def test_a_forgotten_client_leaves_nothing_open() -> None:
    """From Python 3.13 on, a database that is forgotten while it is open warns."""
    gc.collect()  # what other tests have left
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ResourceWarning)
        helpers.connect("01_basics").beta.threads.create()
        helpers.connect("01_basics")
        gc.collect()
    assert not told
