"""A weather reporter that asks our function, written with polling: start a run, wait, answer, wait again.

The SDK reads OPENAI_BASE_URL and OPENAI_API_KEY; nothing here knows which server answers.
"""

import json
import os

from openai import OpenAI

TEMPERATURES = {"Paris": "18", "Rome": "24"}
WEATHER_TOOL = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Today's temperature in a city, in degrees Celsius.",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}

client = OpenAI()
assistant = client.beta.assistants.create(
    model=os.environ["OPENAI_MODEL"],
    name="Reporter",
    instructions="You report the weather.",
    tools=[WEATHER_TOOL],
)
thread = client.beta.threads.create()
client.beta.threads.messages.create(thread.id, role="user", content="Paris and Rome?")

run = client.beta.threads.runs.create_and_poll(thread_id=thread.id, assistant_id=assistant.id)
print("run:", run.status)

# A run stops here each time the model wants something from us, so this is a loop and not an if.
while run.status == "requires_action":
    outputs = []
    for call in run.required_action.submit_tool_outputs.tool_calls:
        city = json.loads(call.function.arguments)["city"]
        print(f"the model calls {call.function.name}({city!r})")
        outputs.append({"tool_call_id": call.id, "output": TEMPERATURES[city]})
    run = client.beta.threads.runs.submit_tool_outputs_and_poll(
        run_id=run.id, thread_id=thread.id, tool_outputs=outputs
    )
    print("run:", run.status)

for message in client.beta.threads.messages.list(thread.id, order="asc"):
    print(f"{message.role}: {message.content[0].text.value}")
for step in client.beta.threads.runs.steps.list(run.id, thread_id=thread.id, order="asc"):
    print(f"step: {step.type}, {step.status}")

client.beta.threads.delete(thread.id)
client.beta.assistants.delete(assistant.id)
print("deleted both")
