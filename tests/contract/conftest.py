"""Clients of homes with the usual recorded conversations."""

from __future__ import annotations

from collections.abc import Callable

import openai
import pytest

from contract.talks import BREAKS_OFF, CHAT, TOO_LONG, WEATHER


@pytest.fixture
def client(open_home: Callable[..., openai.OpenAI]) -> openai.OpenAI:
    """A client of a fresh home that knows a chat, the weather, a reply that breaks off and one that is too long."""
    return open_home(CHAT, WEATHER, BREAKS_OFF, TOO_LONG)
