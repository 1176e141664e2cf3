"""Ids for new objects: random, or derived from what the client asked for."""

from __future__ import annotations

import hashlib
import json
import secrets
import string
import threading
from collections import Counter

ALPHABET = string.ascii_letters + string.digits
LENGTH = 24
PREFIXES = {
    "assistant": "asst_",
    "thread": "thread_",
    "message": "msg_",
    "run": "run_",
    "step": "step_",
    "call": "call_",
    "file": "file-",
    "vector_store": "vs_",
    "batch": "vsfb_",
    "response": "resp_",
    "conversation": "conv_",
    "container": "cntr_",
    "container_file": "cfile_",
    "function_call": "fc_",
    "function_call_output": "fco_",
    "reasoning": "rs_",
}


def prefix_of(kind: str) -> str:
    """How ids of this kind begin.

    Calls of hosted tools begin with the tool's initials, as the service's do: ``fs_`` for a ``file_search_call``,
    ``ci_`` for a ``code_interpreter_call``, and ``ws_`` for a ``web_search_call``.
    """
    if kind in PREFIXES or not kind.endswith("_call"):
        return PREFIXES[kind]
    return "".join(word[0] for word in kind.removesuffix("_call").split("_")) + "_"


class RandomIds:
    """Ids as OpenAI's service had them: a prefix and 24 random letters and digits."""

    def new(self, kind: str, parent: str, request: object) -> str:
        """A new id of this kind, a key of `PREFIXES` or the type of a hosted tool's call."""
        return prefix_of(kind) + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))

    def made(self, kind: str, run_id: str, ordinal: int) -> str:
        """A new id for an object that a run makes."""
        return self.new(kind, run_id, ordinal)


class DerivedIds:
    """Ids that are the same on every machine: a hash of the request.

    Requests are counted, so a repeated request under the same parent gets a different id each time.
    """

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._lock = threading.Lock()

    def new(self, kind: str, parent: str, request: object) -> str:
        """The id of an object that a client creates.

        Args:
            kind: a key of `PREFIXES` or the type of a hosted tool's call.
            parent: the id of the object it belongs to, or an empty string.
            request: the checked request, as any JSON value.
        """
        key = json.dumps([kind, parent, request], sort_keys=True, ensure_ascii=False)
        with self._lock:
            self._seen[key] += 1
            nth = self._seen[key]
        return derived_id(kind, key, nth)

    def made(self, kind: str, run_id: str, ordinal: int) -> str:
        """The id of the ``ordinal``-th object that a run makes."""
        return derived_id(kind, run_id, ordinal)


Ids = RandomIds | DerivedIds


def derived_id(kind: str, *parts: object) -> str:
    """An id that depends only on the arguments."""
    digest = hashlib.sha256(json.dumps([kind, *parts]).encode()).digest()
    number = int.from_bytes(digest, "big")
    letters = []
    for _ in range(LENGTH):
        number, rest = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[rest])
    return prefix_of(kind) + "".join(letters)
