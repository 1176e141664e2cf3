"""Recorded replies: their file, and how the reply to a request is found.

A recording contains conversations in the order in which one reads them. Each reply's key is everything before it:
instructions, tool names, text format, the messages so far, the number of calls since the question, and what the
learner submitted. The key is the same whether a thread or a response asks.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from local_api.tokens import estimate_tokens

from .citations import without_citations
from .model import ModelRequest

ANY_LIST = "[…]"  # in a recording: any JSON list that was submitted
MOST_REWINDS = 200  # histories tried: each repeat can double them, and a lesson has only a few repeats
ANY_ID = re.compile(r"\b(asst_|thread_|msg_|run_|step_|call_|vs_|vsfb_|file-|resp_|conv_|cntr_)[A-Za-z0-9]{22,32}\b")


class RecordingError(ValueError):
    """A recording that can't be used; the message says which file, and where in it."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Call(_Strict):
    """A function call of the model."""

    name: str
    arguments: dict[str, Any] | str


class Failure(_Strict):
    """A reply that breaks off."""

    code: Literal["server_error", "rate_limit_exceeded", "invalid_prompt"]
    message: str


class Entry(_Strict):
    """One line of a conversation: what the user says, what the model replies, or what the learner submits.

    A reply may list what it `needs` to be true: texts that must occur in the outputs of our own tools in this run.
    A reply to the output ``[…]``, which means any JSON list, may consist of `parts`: a text for each possible element
    of the list, by the element as canonical JSON.
    """

    user: str | None = None
    assistant: str | None = None
    calls: list[Call] = []
    outputs: list[str] | None = None
    error: Failure | None = None
    needs: list[str] = []
    parts: dict[str, str] = {}
    tokens: int | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _is_one_thing(self) -> Entry:
        replies = self.assistant is not None or bool(self.calls) or self.error is not None or bool(self.parts)
        if [self.user is not None, self.outputs is not None, replies].count(True) != 1:
            raise ValueError("must be one of user, outputs, or a reply (assistant, calls, error)")
        return self

    def text(self) -> str:
        """All words in it, for counting."""
        arguments = [call.name + json.dumps(call.arguments, ensure_ascii=False) for call in self.calls]
        return " ".join([self.user or self.assistant or "", *arguments, *(self.outputs or [])])

    def count(self) -> int:
        """Its tokens: as recorded, else as estimated."""
        return estimate_tokens(self.text()) if self.tokens is None else self.tokens


class Conversation(_Strict):
    """Messages under one set of instructions and tools."""

    instructions: str | None
    tools: list[str] = []
    format: str = "text"
    messages: list[Entry]

    @model_validator(mode="after")
    def _parts_have_a_list(self) -> Conversation:
        for before, entry in zip([None, *self.messages], self.messages):
            if entry.parts and (before is None or (before.outputs or [""])[-1] != ANY_LIST):
                raise ValueError(f"a reply of parts follows the output {ANY_LIST!r}")
        return self


class RecordingFile(_Strict):
    """The content of the file."""

    source: str
    date: date
    conversations: list[Conversation]


# Tools that the model knows by another name than clients do.
CLIENT_NAMES = {"python": "code_interpreter"}


class Key(NamedTuple):
    """Everything that a reply depends on."""

    instructions: str | None
    tools: tuple[str, ...]
    format: str
    messages: tuple[tuple[str, str], ...]
    calls: int
    outputs: tuple[str, ...]

    @property
    def question(self) -> str:
        """The last thing the user said."""
        return next((text for role, text in reversed(self.messages) if role == "user"), "")


@dataclass
class Recording:
    """The replies of one lesson.

    Args:
        name: the file's name without its ending.
        source: who wrote the replies, or which model and endpoint answered.
        date: the day on which they were recorded.
        replies: by key.
        tokens: the counted tokens of each recorded text.
    """

    name: str
    source: str
    date: date
    replies: dict[Key, Entry] = field(default_factory=dict)
    tokens: dict[str, int] = field(default_factory=dict)
    used: set[Key] = field(default_factory=set)

    def take_reply(self, key: Key) -> Entry | None:
        """The reply to this key, which counts as used from then on; None if this recording has none."""
        lists = tuple(ANY_LIST if json_list(output) is not None else output for output in key.outputs)
        for known in (key, key._replace(outputs=lists)):
            if reply := self.replies.get(known):
                self.used.add(known)
                return reply
        return None

    def unused(self) -> list[Key]:
        """The keys of replies that haven't been used."""
        return [key for key in self.replies if key not in self.used]


def load_recording(path: Path) -> Recording:
    """Read a recording.

    Raises:
        RecordingError: the file is missing, is not JSON, has unexpected content, or has two replies to one request.
    """
    try:
        content = RecordingFile.model_validate_json(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise RecordingError(f"{path.name} is not a text in UTF-8.") from None
    except FileNotFoundError:
        raise _no_recording(path.stem, path.parent) from None
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(map(str, fault["loc"])) or "the file"
        said = fault["msg"].removeprefix("Value error, ")
        raise RecordingError(f"{path.name}: {place}: {said}") from None
    recording = Recording(path.stem, content.source, content.date)
    for number, conversation in enumerate(content.conversations):
        for key, entry in replies_of(conversation):
            if recording.replies.setdefault(key, entry) != entry:
                message = f"{path.name}: conversations.{number}: another reply to {key.question!r} is recorded already"
                raise RecordingError(message)
        recording.tokens |= {entry.text(): entry.count() for entry in conversation.messages}
        recording.tokens |= {conversation.instructions or "": estimate_tokens(conversation.instructions or "")}
    return recording


def load_recordings(folder: Path, name: str | None = None) -> list[Recording]:
    """One recording by its name, or all in the folder.

    Raises:
        RecordingError: there is none, or one can't be used.
    """
    known = sorted(folder.glob("*.json"))
    if not known:
        raise RecordingError(f"There are no recordings in {folder}.")
    if not name:
        return [load_recording(path) for path in known]
    # Looked up among the files that exist, so that a name such as "../x" can't lead out of the folder.
    paths = [path for path in known if path.stem == name]
    if not paths:
        raise _no_recording(name, folder)
    return [load_recording(path) for path in paths]


def _no_recording(name: str, folder: Path) -> RecordingError:
    known = sorted(other.stem for other in folder.glob("*.json"))
    return RecordingError(f"There is no recording {name!r}. Recordings here: {', '.join(known)}.")


def replies_of(conversation: Conversation) -> Iterator[tuple[Key, Entry]]:
    """Each reply of a conversation with its key."""
    messages: list[tuple[str, str]] = []
    said_in_run: list[tuple[str, str]] = []
    calls = 0
    outputs: tuple[str, ...] = ()
    for entry in conversation.messages:
        if entry.user is not None:
            messages += [*said_in_run, ("user", normalised(entry.user))]
            said_in_run, calls, outputs = [], 0, ()
        elif entry.outputs is not None:
            outputs += tuple(normalised(output) for output in entry.outputs)
        else:
            head = (conversation.instructions, tuple(sorted(conversation.tools)), conversation.format)
            yield Key(*head, tuple(messages), calls, outputs), entry
            calls += len(entry.calls)
            if entry.assistant:
                said_in_run.append(("assistant", normalised(entry.assistant)))


def key_of(request: ModelRequest) -> Key:
    """The key of a request. Outputs of our own tools are not part of it: the tools run for real each time."""
    return Key(
        request.instructions,
        tuple(sorted(tool["name"] for tool in request.tools)),
        request.text_format["type"],
        tuple((role, normalised(text)) for role, text in request.said()),
        sum(item["type"] == "function_call" for item in request.items),
        tuple(normalised(output) for output in request.learner_outputs()),
    )


def json_list(output: str) -> list[Any] | None:
    """The output as a list, if it is JSON for one; else None."""
    try:
        value = json.loads(output)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def canonical(value: object) -> str:
    """A value as JSON in one fixed form: sorted keys, no spaces."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def normalised(text: str) -> str:
    """The text with placeholders for ids, which differ from run to run, and without its citations."""
    return ANY_ID.sub(lambda match: f"<{match.group(1)}>", without_citations(text))


def rewinds(messages: tuple[tuple[str, str], ...]) -> Iterator[tuple[tuple[str, str], ...]]:
    """The history as it is, then versions of it without repeats, at most `MOST_REWINDS` in all.

    A learner who runs a cell twice puts its message into the thread twice, and still expects the recorded reply. Where
    a user message repeats an earlier one word for word, a version leaves out everything from the earlier one up to the
    repeat. Versions with fewer repeats left out come first.
    """
    ways = [messages]
    for way in ways:  # grows while it is read
        yield way
        last_seen: dict[str, int] = {}
        for index, (role, text) in enumerate(way):
            if role != "user":
                continue
            if text in last_seen and len(ways) < MOST_REWINDS:
                shorter = way[: last_seen[text]] + way[index:]
                if shorter not in ways:
                    ways.append(shorter)
            last_seen[text] = index


def questions_after(recordings: list[Recording], key: Key) -> list[str]:
    """The user messages that have a recorded reply at this point.

    Args:
        recordings: searched in this order.
        key: the key of a run that would begin now, after what has been said so far.

    Returns:
        The messages in the order of the recordings, without those that the user has sent before.
    """
    found: dict[str, None] = {}
    for recording in recordings:
        for known in recording.replies:
            said = ("user", known.question)
            if known._replace(messages=()) != key._replace(messages=()) or said in key.messages:
                continue
            if any(known.messages == way for way in rewinds((*key.messages, said))):
                found[known.question] = None
    return list(found)


def explain_miss(recordings: list[Recording], key: Key) -> str:
    """Why there is no reply: the nearest recorded message, and how to get a reply to anything."""
    names = ", ".join(f"data/recordings/{recording.name}.json" for recording in recordings)
    live = "To ask anything you like, go live: COURSE_MODE=live (README, 'Going live')."
    return f"No recorded reply to this in {names}. {_nearest(recordings, key)} {live}"


def _nearest(recordings: list[Recording], key: Key) -> str:
    if key.messages and key.messages[-1][0] == "assistant":
        return "The thread ends with a reply, and nothing new was asked: add a message first."
    keys = [known for recording in recordings for known in recording.replies]
    same_question = [known for known in keys if known.question == key.question]
    if not same_question:
        # The messages of another assistant would not be answered either: its instructions and tools count too.
        own = [known for known in keys if (known.instructions, known.tools) == (key.instructions, key.tools)]
        questions = list(dict.fromkeys(known.question for known in own or keys))
        close = difflib.get_close_matches(key.question, questions, n=1, cutoff=0.0)
        if not close:
            return "It holds no replies."
        only_spaces = "".join(close[0].split()) == "".join(key.question.split())
        return f"The nearest recorded message is {close[0]!r}{', which differs in spaces only' if only_spaces else ''}."
    known = same_question[0]
    if all(known.instructions != key.instructions for known in same_question):
        return f"The message is recorded, but with the instructions {known.instructions!r}."
    if all(known.tools != key.tools for known in same_question):
        tools = [CLIENT_NAMES.get(tool, tool) for tool in known.tools]
        return f"The message is recorded, but with the tools {tools}."
    if all(known.format != key.format for known in same_question):
        return f"The message is recorded, but with the response format {known.format!r}."
    if all(known.messages != key.messages for known in same_question):
        return f"The message {key.question!r} is recorded, but after another history than this thread's."
    return f"The message {key.question!r} is recorded, but with other tool outputs than {list(key.outputs)}."
