"""How many tokens a text has, roughly.

Exact counts belong to one model's tokenizer. This estimate needs none, and is the same everywhere; it is used where
no model has counted: for replies written for the course, for prompts cut to a size, and for chunks of documents.
The rates are rounded from what current multilingual tokenizers give on ordinary prose: about four letters of a
European language a token, one and a half Hangul syllables, one Chinese character or kana, three digits, one of
any other sign.
"""

from __future__ import annotations

import math
import re

LETTERS_PER_TOKEN = 4
HANGUL_PER_TOKEN = 1.5
DIGITS_PER_TOKEN = 3

PIECES = re.compile(
    r"(?P<hangul>[\uac00-\ud7a3\u1100-\u11ff\u3130-\u318f]+)"
    r"|(?P<cjk>[\u3040-\u30ff\u3400-\u9fff])"
    r"|(?P<digits>\d+)"
    r"|(?P<letters>[^\W\d_]+)"
    r"|(?P<sign>[^\w\s]|_)"
)


def estimate_tokens(text: str) -> int:
    """The estimated number of tokens of a text; 0 only for a text without any visible character."""
    total = 0
    for piece in PIECES.finditer(text):
        total += _tokens_of(piece.lastgroup or "", len(piece.group()))
    return total


def _tokens_of(kind: str, length: int) -> int:
    per_token = {"hangul": HANGUL_PER_TOKEN, "digits": DIGITS_PER_TOKEN, "letters": LETTERS_PER_TOKEN}.get(kind, 1)
    return math.ceil(length / per_token)


def shortened(text: str, most: int) -> str:
    """The text's beginning and end, where it has more characters than this."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]}\n[… {len(text) - 2 * half:,} characters left out …]\n{text[-half:]}"
