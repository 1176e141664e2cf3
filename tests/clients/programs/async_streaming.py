"""Three conversations at once with the asynchronous client; each keeps its own thread and its own order."""

import asyncio
import os

from openai import AsyncOpenAI

QUESTIONS = ["hi", "What is 2 + 2?", "And twice that?"]


async def say(client: AsyncOpenAI, assistant_id: str, thread_id: str, text: str) -> str:
    await client.beta.threads.messages.create(thread_id, role="user", content=text)
    async with client.beta.threads.runs.stream(thread_id=thread_id, assistant_id=assistant_id) as stream:
        return "".join([piece async for piece in stream.text_deltas])


async def converse(client: AsyncOpenAI, assistant_id: str) -> list[str]:
    thread = await client.beta.threads.create()
    # One thread takes one run at a time: its questions are awaited one after another.
    replies = [await say(client, assistant_id, thread.id, question) for question in QUESTIONS]
    stored = [message.content[0].text.value async for message in client.beta.threads.messages.list(thread.id, limit=2)]
    assert stored[::2] == replies[::-1], "What was streamed is what is stored."
    return replies


async def main() -> None:
    async with AsyncOpenAI() as client:
        assistant = await client.beta.assistants.create(
            model=os.environ["OPENAI_MODEL"], instructions="You are a maths tutor."
        )
        conversations = await asyncio.gather(*(converse(client, assistant.id) for _ in range(3)))
    for number, replies in enumerate(conversations, start=1):
        for question, reply in zip(QUESTIONS, replies, strict=True):
            print(f"{number}. {question} -> {reply}")


asyncio.run(main())
