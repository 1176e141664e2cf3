"""The code interpreter through the API: its code runs for real, in recorded mode too."""

from __future__ import annotations

import openai
import pytest

from contract.talks import TUTOR, finish, talk, thread_with, tutor
from helpers import wait_on_run

TOOLS = [{"type": "code_interpreter"}]
ADD = "x = 2 + 2\nprint('sum', x)\nx * 10"
CHART = "import matplotlib.pyplot as plt\nplt.bar(['가', '나'], [1, 2])\nplt.title('한글')\nplt.show()"
SAVE = "with open('/mnt/data/out.csv', 'w') as file:\n    file.write('a,b\\n1,2\\n')"
LINK = "Here it is: [out.csv](sandbox:/mnt/data/out.csv), once more sandbox:/mnt/data/out.csv, not sandbox:/mnt/data/x."
LIST = "import os; print(sorted(os.listdir('/mnt/data')), len(os.listdir('/mnt/data')))"
READ = "print(open('/mnt/data/자료.csv').read().upper())"


def code(*snippets: str) -> dict:
    return {"calls": [{"name": "python", "arguments": {"code": snippet}} for snippet in snippets]}


def session(*entries: dict, tools: tuple[str, ...] = ("python",)) -> dict:
    return talk(*entries, tools=list(tools))


TALKS = [
    session({"user": "add"}, code(ADD), {"assistant": "40", "needs": ["sum 4", "40"]},
            {"user": "and then?"}, code("print(x + 1)"), {"assistant": "5", "needs": ["5"]}),
    session({"user": "draw"}, code(CHART), {"assistant": "See above."}),
    session({"user": "save"}, code(SAVE), {"assistant": LINK}),
    session({"user": "read"}, code(READ), {"assistant": "Read.", "needs": ["A,B"]}),
    session({"user": "list"}, code(LIST), {"assistant": "Five.", "needs": ["5"]}),
    session({"user": "repair"}, code("1 / 0"), code("print(1 / 2)"),
            {"assistant": "0.5", "needs": ["ZeroDivisionError", "0.5"]}),
    session({"user": "wrong"}, code("print(6 * 7)"), {"assistant": "43", "needs": ["43"]}),
    session({"user": "die"}, code("import os; os._exit(1)"), {"assistant": "It ended.", "needs": ["has ended"]}),
    session({"user": "both"}, {"calls": [{"name": "get_weather", "arguments": {"city": "Rome"}},
            *code("print('first')")["calls"]]}, {"outputs": ["24"]},
            {"assistant": "24", "needs": ["first"]}, tools=("python", "get_weather")),
    session({"user": "half"}, {"calls": [{"name": "python", "arguments": '{"code": "print(\'\\ud83d\')"}'}]},
            {"assistant": "I try again.", "needs": ["half of a character"]}),
    session({"user": "deep"}, {"calls": [{"name": "python", "arguments": "[" * 100_000}]},
            {"assistant": "Too deep.", "needs": ["nested too deeply"]}),
    session({"user": "mine"}, {"calls": [{"name": "python", "arguments": {"code": "1"}}]}, {"outputs": ["snake"]},
            {"assistant": "A snake."}, tools=("python", "python_of_assistant")),
]  # fmt: skip


@pytest.fixture
def client(open_home) -> openai.OpenAI:
    return open_home(*TALKS)


def run(client: openai.OpenAI, text: str, thread_id: str | None = None, **members):
    assistant = tutor(client, **{"tools": TOOLS, **members})
    thread_id = thread_id or thread_with(client).id
    client.beta.threads.messages.create(thread_id, role="user", content=text)
    return finish(client, client.beta.threads.runs.create(thread_id, assistant_id=assistant.id))


def steps(client: openai.OpenAI, run) -> list:
    return client.beta.threads.runs.steps.list(run.id, thread_id=run.thread_id, order="asc").data


def reply(client: openai.OpenAI, run):
    return client.beta.threads.messages.list(run.thread_id, limit=1).data[0]


def test_a_step_shows_the_code_and_what_it_printed(client):
    done = run(client, "add")
    called, told = steps(client, done)
    call = called.step_details.tool_calls[0]
    assert (called.type, called.status, told.type) == ("tool_calls", "completed", "message_creation")
    assert (call.type, call.code_interpreter.input) == ("code_interpreter", ADD)
    assert [output.logs for output in call.code_interpreter.outputs] == ["sum 4\n40\n"]
    assert called.usage.total_tokens + told.usage.total_tokens == done.usage.total_tokens


def test_variables_last_from_run_to_run_in_one_thread_only(client):
    first = run(client, "add")
    again = run(client, "and then?", first.thread_id)
    assert (again.status, reply(client, again).content[0].text.value) == ("completed", "5")
    other = thread_with(client, "add")
    client.beta.threads.messages.create(other.id, role="assistant", content="40")
    alone = run(client, "and then?", other.id)
    assert alone.status == "failed" and "NameError" in alone.last_error.message


def test_a_figure_becomes_a_file_an_output_and_a_part_of_the_reply(client):
    done = run(client, "draw")
    (output,) = steps(client, done)[0].step_details.tool_calls[0].code_interpreter.outputs
    picture, text = reply(client, done).content
    assert picture.image_file.file_id == output.image.file_id and text.text.value == "See above."
    file = client.files.retrieve(output.image.file_id)
    assert (file.purpose, file.filename) == ("assistants_output", "figure_1.png")
    assert client.files.content(file.id).read().startswith(b"\x89PNG")


def test_a_link_to_a_new_file_is_annotated_and_the_file_can_be_downloaded(client):
    message = reply(client, run(client, "save"))
    text = message.content[0].text
    assert [note.type for note in text.annotations] == ["file_path", "file_path"]
    for note in text.annotations:
        assert text.value[note.start_index : note.end_index] == note.text == "sandbox:/mnt/data/out.csv"
        assert client.files.content(note.file_path.file_id).text == "a,b\n1,2\n"


@pytest.mark.parametrize("way", ["attachment", "assistant", "thread"])
def test_uploaded_files_lie_in_the_session(client, way):
    file = client.files.create(file=("자료.csv", b"a,b\n"), purpose="assistants")
    resources = {"code_interpreter": {"file_ids": [file.id]}}
    thread = client.beta.threads.create(tool_resources=resources if way == "thread" else None)
    attached = [{"file_id": file.id, "tools": TOOLS}] if way == "attachment" else None
    client.beta.threads.messages.create(thread.id, role="user", content="read", attachments=attached)
    assistant = tutor(client, tools=TOOLS, tool_resources=resources if way == "assistant" else None)
    done = finish(client, client.beta.threads.runs.create(thread.id, assistant_id=assistant.id))
    assert done.status == "completed", done.last_error
    if way != "assistant":
        thread = client.beta.threads.retrieve(thread.id)
        assert thread.tool_resources.code_interpreter.file_ids == [file.id]


def test_names_that_no_disk_takes_are_no_hindrance(client):
    names = ["long" * 62 + ".txt", "long" * 62 + ".txt", "..", "NUL.txt", "a."]
    ids = [client.files.create(file=(name, b"x"), purpose="assistants").id for name in names]
    done = run(client, "list", tool_resources={"code_interpreter": {"file_ids": ids}})
    assert done.status == "completed", done.last_error
    [logs] = steps(client, done)[0].step_details.tool_calls[0].code_interpreter.outputs
    expected = sorted([names[0], ids[1], f"{ids[2]}", f"{ids[3]}-NUL.txt", ids[4]])
    assert logs.logs == f"{expected} 5\n"


def test_an_error_goes_back_to_the_model_which_tries_again(client):
    done = run(client, "repair")
    failing, repaired, _ = steps(client, done)
    assert "ZeroDivisionError" in failing.step_details.tool_calls[0].code_interpreter.outputs[0].logs
    assert repaired.step_details.tool_calls[0].code_interpreter.outputs[0].logs == "0.5\n"
    assert done.status == "completed"


def test_a_reply_that_is_not_true_of_what_the_code_gave_fails_the_run(client):
    done = run(client, "wrong")
    assert done.status == "failed"
    assert "'43'" in done.last_error.message and "42" in done.last_error.message


def test_a_session_that_dies_is_told_of_and_the_next_call_works(client):
    died = run(client, "die")
    assert died.status == "completed"
    assert "has ended" in steps(client, died)[0].step_details.tool_calls[0].code_interpreter.outputs[0].logs
    client.beta.threads.messages.delete(reply(client, died).id, thread_id=died.thread_id)
    client.beta.threads.messages.create(died.thread_id, role="user", content="die")
    assert run(client, "add").status == "completed"


def weather(name: str) -> dict:
    return {"type": "function", "function": {"name": name}}


def test_own_tools_run_first_and_then_the_client_is_asked(client):
    waiting = run(client, "both", tools=[*TOOLS, weather("get_weather")])
    assert waiting.status == "requires_action"
    own, asked = steps(client, waiting)
    assert own.step_details.tool_calls[0].code_interpreter.outputs[0].logs == "first\n"
    (call,) = waiting.required_action.submit_tool_outputs.tool_calls
    assert (call.function.name, asked.status) == ("get_weather", "in_progress")
    outputs = [{"tool_call_id": call.id, "output": "24"}]
    submitted = client.beta.threads.runs.submit_tool_outputs(
        waiting.id, thread_id=waiting.thread_id, tool_outputs=outputs
    )
    assert wait_on_run(client, submitted).status == "completed"


def test_a_function_of_the_users_keeps_the_name_python(client):
    waiting = run(client, "mine", tools=[*TOOLS, weather("python")])
    assert waiting.required_action.submit_tool_outputs.tool_calls[0].function.name == "python"


def test_the_stream_tells_code_outputs_and_figures_as_they_come(client):
    assistant, thread = tutor(client, tools=TOOLS), thread_with(client, "draw")
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        events = list(stream)
    names = [event.event.removeprefix("thread.") for event in events]
    chunks = len(CHART.splitlines())
    called = ["run.step.created", "run.step.in_progress", *["run.step.delta"] * (chunks + 2), "run.step.completed"]
    told = ["run.step.created", "run.step.in_progress", "message.created", "message.in_progress"]
    texts = ["message.delta"] * 3  # the picture, then two words
    end = ["message.completed", "run.step.completed", "run.completed"]
    assert names == ["run.created", "run.queued", "run.in_progress", *called, *told, *texts, *end]
    snapshot = stream.get_final_messages()[0]
    assert [part.type for part in snapshot.content] == ["image_file", "text"]


def test_a_cut_link_is_streamed_whole(client):
    assistant, thread = tutor(client, tools=TOOLS), thread_with(client, "save")
    with client.beta.threads.runs.stream(thread_id=thread.id, assistant_id=assistant.id) as stream:
        stream.until_done()
    text = stream.get_final_messages()[0].content[0].text
    assert text.value == LINK and len(text.annotations) == 2


def test_the_code_interpreter_can_be_chosen(client):
    assistant, thread = tutor(client, tools=TOOLS, instructions=TUTOR), thread_with(client, "add")
    chosen = client.beta.threads.runs.create(
        thread.id, assistant_id=assistant.id, tool_choice={"type": "code_interpreter"}
    )
    assert finish(client, chosen).status == "completed"


MISSING = "file-AAAAAAAAAAAAAAAAAAAAAAAA"


@pytest.mark.parametrize("use", [
    lambda client: tutor(client, tool_resources={"code_interpreter": {"file_ids": [MISSING]}}),
    lambda client: client.beta.assistants.update(
        tutor(client).id, tool_resources={"code_interpreter": {"file_ids": [MISSING]}}),
    lambda client: client.beta.threads.create(tool_resources={"code_interpreter": {"file_ids": [MISSING]}}),
    lambda client: client.beta.threads.create(
        messages=[{"role": "user", "content": "x", "attachments": [{"file_id": MISSING, "tools": TOOLS}]}]),
    lambda client: client.beta.threads.create(
        messages=[{"role": "user", "content": [{"type": "image_file", "image_file": {"file_id": MISSING}}]}]),
])  # fmt: skip
def test_a_file_that_is_not_there_is_refused(client, use):
    with pytest.raises(openai.NotFoundError, match=f"No such File object: {MISSING}"):
        use(client)


def test_a_deleted_file_leaves_assistants_and_threads(client):
    kept, gone = (client.files.create(file=(name, b"x"), purpose="assistants") for name in ("a.txt", "b.txt"))
    resources = {"code_interpreter": {"file_ids": [gone.id, kept.id]}}
    assistant = tutor(client, tools=TOOLS, tool_resources=resources)
    thread = client.beta.threads.create(tool_resources=resources)
    client.files.delete(gone.id)
    for user in (client.beta.assistants.retrieve(assistant.id), client.beta.threads.retrieve(thread.id)):
        assert user.tool_resources.code_interpreter.file_ids == [kept.id]


def test_no_more_than_twenty_files_for_a_thread(client):
    ids = [client.files.create(file=(f"{n}.txt", b"x"), purpose="assistants").id for n in range(21)]
    attachments = [{"file_id": id, "tools": TOOLS} for id in ids]
    with pytest.raises(openai.BadRequestError, match="maximum length 20"):
        client.beta.threads.create(messages=[{"role": "user", "content": "x", "attachments": attachments}])


@pytest.mark.parametrize("text", ["half", "deep"])
def test_arguments_that_are_no_code_are_answered_with_an_error(client, text):
    ended = run(client, text)
    assert (ended.status, ended.last_error) == ("completed", None)
