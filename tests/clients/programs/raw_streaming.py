"""The same reporter, reading the raw stream of events: what there is underneath all handlers."""

import json
import os
from collections.abc import Iterable

from openai import OpenAI

TEMPERATURES = {"Paris": "18", "Rome": "24"}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def follow(events: Iterable):
    """Print each event once and its words as they come; return the run at the end of the stream."""
    run, arguments = None, {}
    for event in events:
        if event.event == "thread.message.delta":
            for part in event.data.delta.content:
                print(f"  word: {part.text.value!r}")
        elif event.event == "thread.run.step.delta":
            # Each call's arguments come in pieces; `index` says which call a piece belongs to.
            for call in event.data.delta.step_details.tool_calls:
                arguments[call.index] = arguments.get(call.index, "") + call.function.arguments
        else:
            print(event.event)
        if event.event.startswith("thread.run.") and ".step." not in event.event:
            run = event.data
    for index, text in arguments.items():
        print(f"  call {index}: {text}")
    return run


client = OpenAI()
assistant = client.beta.assistants.create(
    model=os.environ["OPENAI_MODEL"], instructions="You report the weather.", tools=[WEATHER_TOOL]
)
question = {"role": "user", "content": "Paris and Rome?"}
run = follow(
    client.beta.threads.create_and_run(assistant_id=assistant.id, thread={"messages": [question]}, stream=True)
)

# The stream has ended, the run has not: it waits for the outputs, and goes on in a stream of its own.
outputs = []
for call in run.required_action.submit_tool_outputs.tool_calls:
    city = json.loads(call.function.arguments)["city"]
    outputs.append({"tool_call_id": call.id, "output": TEMPERATURES[city]})
print("-- outputs submitted")
run = follow(
    client.beta.threads.runs.submit_tool_outputs(run.id, thread_id=run.thread_id, tool_outputs=outputs, stream=True)
)
print(f"{run.usage.total_tokens} = {run.usage.prompt_tokens} + {run.usage.completion_tokens} tokens")
