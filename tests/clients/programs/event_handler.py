"""The same reporter with an event handler: the SDK calls a method for everything that happens."""

import json
import os

from openai import AssistantEventHandler, OpenAI

TEMPERATURES = {"Paris": "18", "Rome": "24"}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

client = OpenAI()


class Reporter(AssistantEventHandler):
    def on_tool_call_created(self, tool_call):
        print(f"the model begins a call of {tool_call.function.name}")

    def on_tool_call_done(self, tool_call):
        print(f"its arguments are {tool_call.function.arguments}")

    def on_text_created(self, text):
        print("reply: ", end="")

    def on_text_delta(self, delta, snapshot):
        print(delta.value, end="|")

    def on_text_done(self, text):
        print()

    def on_event(self, event):
        if event.event == "thread.run.requires_action":
            answer_calls(event.data)


def answer_calls(run):
    outputs = []
    for call in run.required_action.submit_tool_outputs.tool_calls:
        city = json.loads(call.function.arguments)["city"]
        outputs.append({"tool_call_id": call.id, "output": TEMPERATURES[city]})
    # A handler serves one stream, so the rest of the run gets a new one.
    with client.beta.threads.runs.submit_tool_outputs_stream(
        run_id=run.id, thread_id=run.thread_id, tool_outputs=outputs, event_handler=Reporter()
    ) as stream:
        print("run:", stream.get_final_run().status)


assistant = client.beta.assistants.create(
    model=os.environ["OPENAI_MODEL"], instructions="You report the weather.", tools=[WEATHER_TOOL]
)
thread = client.beta.threads.create(messages=[{"role": "user", "content": "Paris and Rome?"}])
with client.beta.threads.runs.stream(
    thread_id=thread.id, assistant_id=assistant.id, event_handler=Reporter()
) as stream:
    stream.until_done()

newest = next(iter(client.beta.threads.messages.list(thread.id)))
print("stored:", newest.content[0].text.value)
