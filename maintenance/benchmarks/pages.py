"""Pages of long lists: the length of a thread must not be felt."""

from __future__ import annotations

from .measure import course_client, milliseconds
from .rows import Row

ROUNDS = 300
SHORT, LONG = 100, 10_000


def pages() -> list[Row]:
    """A page of 20 messages in a long thread against one in a short thread: the newest, and from the middle on."""
    client = course_client()
    messages = client.beta.threads.messages

    def thread_of(length: int) -> str:
        texts = [{"role": "user", "content": f"Message {number}"} for number in range(length)]
        return client.beta.threads.create(messages=texts).id

    def row(which: str, long_after: dict, short_after: dict) -> Row:
        own, base = milliseconds(
            lambda: messages.list(long, limit=20, **long_after),
            lambda: messages.list(short, limit=20, **short_after),
            rounds=ROUNDS,
        )
        what = f"the {which} 20 messages of a thread of {LONG:,}"
        return Row(what, own, f"of a thread of {SHORT}", base, most_ratio=1.2)

    def middle_of(thread_id: str, length: int) -> dict:
        ids = [message.id for message in messages.list(thread_id, limit=100)]
        return {"after": ids[length // 2]}

    long, short = thread_of(LONG), thread_of(SHORT)
    return [row("newest", {}, {}), row("middle", middle_of(long, LONG), middle_of(short, SHORT))]
