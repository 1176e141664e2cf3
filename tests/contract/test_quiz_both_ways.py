"""The quiz of lesson 5 is the same, questions and feedback, through the Assistants API and through Responses."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from contract.wire import CheckedTransport
from helpers import create_thread_and_run, wait_on_run
from local_api import create_app, recorded_home
from maintenance.lesson import COURSE
from widgets import Quiz, function_schema, grade, parse_quiz

INSTRUCTIONS = (
    "You are a quiz generator. Search the documents, then call generate_quiz. "
    "When the answers are there, give feedback on each."
)
REQUEST = (
    "업로드한 파일에 관한 퀴즈를 세 문제 내 주세요. 보기는 1번부터 4번까지로 하고, "
    "제가 답하면 제 답과 정답, 그 이유를 알려 주세요. 모두 한국어로 해 주세요."
)
ANSWERS = [[3, 2, 4], [3, 1, None], [1, 3, 1], [2, 4, 2], [4, 2, 3], [None, None, None]]
MODEL = "gpt-6-luna"


@pytest.fixture(scope="module")
def client() -> Iterator[openai.OpenAI]:
    home = recorded_home(COURSE / "data" / "recordings", "05_quiz_generator")
    http = openai.DefaultHttpxClient(transport=CheckedTransport(create_app(home), []))
    with openai.OpenAI(api_key="none", base_url="http://local/v1", http_client=http) as client:
        yield client


@pytest.fixture(scope="module")
def store_id(client: openai.OpenAI) -> str:
    folder = COURSE / "data" / "documents"
    paths = [folder / "gpt2_paper_guide.pdf", folder / "ai_brief_2023_ko.pdf"]
    ids = [client.files.create(file=path, purpose="assistants").id for path in paths]
    return client.vector_stores.create(file_ids=ids).id


def through_a_run(client: openai.OpenAI, store_id: str, answers: list[int | None]) -> tuple[Quiz, str]:
    assistant = client.beta.assistants.create(
        model=MODEL,
        instructions=INSTRUCTIONS,
        tools=[{"type": "file_search"}, {"type": "function", "function": function_schema}],
        tool_resources={"file_search": {"vector_store_ids": [store_id]}},
    )
    thread, run = create_thread_and_run(client, assistant.id, REQUEST)
    (call,) = wait_on_run(client, run).required_action.submit_tool_outputs.tool_calls
    quiz = parse_quiz(call.function.arguments)
    outputs = [{"tool_call_id": call.id, "output": grade(quiz, answers).output}]
    client.beta.threads.runs.submit_tool_outputs(run.id, thread_id=thread.id, tool_outputs=outputs)
    return quiz, client.beta.threads.messages.list(thread.id, run_id=run.id).data[0].content[0].text.value


def through_responses(client: openai.OpenAI, store_id: str, answers: list[int | None]) -> tuple[Quiz, str]:
    tools = [
        {"type": "file_search", "vector_store_ids": [store_id]},
        {"type": "function", "strict": False, **function_schema},
    ]
    settings = {"model": MODEL, "instructions": INSTRUCTIONS, "tools": tools}
    asked = client.responses.create(**settings, input=REQUEST)
    (call,) = [item for item in asked.output if item.type == "function_call"]
    quiz = parse_quiz(call.arguments)
    output = {"type": "function_call_output", "call_id": call.call_id, "output": grade(quiz, answers).output}
    told = client.responses.create(**settings, previous_response_id=asked.id, input=[output])
    return quiz, told.output_text


@pytest.mark.parametrize("answers", ANSWERS, ids=str)
def test_same_questions_and_feedback(client: openai.OpenAI, store_id: str, answers: list[int | None]) -> None:
    quiz, feedback = through_a_run(client, store_id, answers)
    assert (quiz, feedback) == through_responses(client, store_id, answers)
    assert len(quiz.questions) == 3 and feedback.count("번 문제:") == 3
