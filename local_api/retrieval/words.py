"""Split passages and queries into the words that search compares.

Chinese and Japanese don't separate words, and Korean attaches particles to them. Text in these scripts is indexed as
pairs of neighbouring characters, so a word of two or more characters is found wherever it begins. Words of other
scripts are indexed as they are; SQLite strips their accents and English endings.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

MOST_MARKS = 30  # on one letter
JOINER = "\u034f"
MAX_WORDS = 64  # in a query; more hardly change the result
HANGUL = r"\uac00-\ud7a3\u1100-\u11ff"
HAN = r"\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
KANA = r"\u3040-\u30ff"
EMOJI = r"\u2190-\u21ff\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
PIECES = re.compile(rf"(?P<hangul>[{HANGUL}]+)|(?P<han>[{HAN}{KANA}]+)|(?P<word>[^\W_{HANGUL}{HAN}{KANA}]+)|[{EMOJI}]")

# Function words of questions. They occur in documents on any subject, so they say nothing about a passage.
ENGLISH = re.compile(
    "an?|about|am|and|any|are|as|at|be|been|but|by|can|could|did|do|does|for|from|had|has|have|how|i|if|in|into|is|its?|me"
    "|my|of|on|or|our|please|should|so|tell|than|that|the|their|them|then|there|these|they|this|those|to|was|we|were"
    "|what|when|where|which|who|whom|whose|why|will|with|would|your?"
)
KOREAN = re.compile(
    r"(무엇|무슨|뭐|뭘|뭔|어떤|어떻|어느|어디|언제|누가|누구|얼마|몇).{0,4}|왜|및|또는|그리고"
    r"|(알려|말해|가르쳐|찾아|보여)(줘|주).{0,4}|(알려|말해|가르쳐|보여|설명해|정리해|요약해)(줘.?|주.{0,4})?"
    r"|주세요|줘|줄래요?|대해서?|대하여|대한|관해서?|관하여|관한|있나요|있습니까|있어요?|되나요|됩니까|하나요|합니까|인가요|입니까"
)
KOREAN_ENDING = re.compile(
    r"(?<=.)(입니까|인가요|이에요|예요|하나요|되나요|했나요|합니까|됩니까|에서는|에게는)$"
    r"|(?<=..)(이란|란|하려면|하면|하는|되는|에서|에게|한테|까지|부터|보다|처럼|으로|이나|은|는|이|가|을|를|의|에|도|만|로|와|과)$"
)
CHINESE_JAPANESE = re.compile(
    r"什么|什麼|怎么|怎麼|怎样|多少|多久|多长|哪些|哪里|哪个|如何|为什么|請問|请问|告诉我|吗$|呢$|何|誰|教え|[\u3040-\u309f]+"
)


def indexed(text: str) -> str:
    """The words of a passage, separated by spaces."""
    return " ".join(word for piece in PIECES.finditer(_folded(text)) for word in _words(piece.group(), piece.lastgroup))


def asked(query: str) -> list[str]:
    """The words of a query, each as an FTS5 expression. Function words count only if there are no others."""
    pieces = [(piece.group(), piece.lastgroup) for piece in PIECES.finditer(_folded(query))]
    content = [(part, kind) for text, kind in pieces for part in _without_function_words(text, kind)]
    words = (_expression(word) for text, kind in content or pieces for word in _pairs_or_word(text, kind))
    return list(dict.fromkeys(words))[:MAX_WORDS]


def composed(text: str, form: Literal["NFC", "NFKC"] = "NFC") -> str:
    """The text in a normal form of Unicode.

    Normalization takes time quadratic in the marks on one letter. As in Unicode's "Stream-Safe Text Format" (UAX #15),
    an invisible joiner therefore starts a new letter after thirty of them.
    """
    marks = "".join(re.escape(sign) for sign in set(text) if unicodedata.combining(sign))
    if marks:
        text = re.sub(f"[{marks}]{{{MOST_MARKS}}}", f"\\g<0>{JOINER}", text)
    return unicodedata.normalize(form, text)


def _folded(text: str) -> str:
    return composed(composed(text, "NFKC").casefold(), "NFKC")


def _words(text: str, kind: str | None) -> Iterator[str]:
    yield from _pairs_or_word(text, kind)
    if kind == "han" and len(text) > 1:
        yield text[-1]  # each character must begin a word to be found alone


def _pairs_or_word(text: str, kind: str | None) -> list[str]:
    if kind in ("hangul", "han") and len(text) > 1:
        return [text[place : place + 2] for place in range(len(text) - 1)]
    return [text]


def _without_function_words(text: str, kind: str | None) -> list[str]:
    if kind == "word":
        return [] if ENGLISH.fullmatch(text) else [text]
    if kind == "hangul":
        return [] if KOREAN.fullmatch(text) else [KOREAN_ENDING.sub("", text)]
    if kind == "han":
        return [part for part in CHINESE_JAPANESE.split(text) if part]
    return [text]


def _expression(word: str) -> str:
    is_character = len(word) == 1 and re.match(rf"[{HANGUL}{HAN}{KANA}]", word)
    return f'"{word}"*' if is_character else f'"{word}"'
