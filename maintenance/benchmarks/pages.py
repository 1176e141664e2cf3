"""Pages of long lists: they should not depend on the length of the thread."""

from __future__ import annotations

from openai import Omit, omit
from openai.types.beta.thread_create_params import Message

from .measure import course_client, milliseconds
from .rows import Row

ROUNDS = 300
SHORT, LONG = 100, 10_000


def pages() -> list[Row]:
    """A page of 20 messages in a long thread against one in a short thread: the newest, and from the middle on."""
    client = course_client()
    messages = client.beta.threads.messages

    def thread_of(length: int) -> str:
        sent: list[Message] = [{"role": "user", "content": f"Message {number}"} for number in range(length)]
        return client.beta.threads.create(messages=sent).id

    def row(which: str, long_after: str | Omit, short_after: str | Omit) -> Row:
        own, base = milliseconds(
            lambda: messages.list(long, limit=20, after=long_after),
            lambda: messages.list(short, limit=20, after=short_after),
            rounds=ROUNDS,
        )
        what = f"the {which} 20 messages of a thread of {LONG:,}"
        return Row(what, own, f"of a thread of {SHORT}", base, most_ratio=1.2)

    def middle_of(thread_id: str, length: int) -> str:
        ids = [message.id for message in messages.list(thread_id, limit=100)]
        return ids[length // 2]

    long, short = thread_of(LONG), thread_of(SHORT)
    return [row("newest", omit, omit), row("middle", middle_of(long, LONG), middle_of(short, SHORT))]
