"""LangChain's runnable around an assistant, with a tool of its own; written for the hosted API."""

import os

from langchain_classic.agents import AgentExecutor
from langchain_classic.agents.openai_assistant import OpenAIAssistantRunnable
from langchain_core.tools import tool

MODEL = os.environ["OPENAI_MODEL"]


@tool
def get_weather(city: str) -> str:
    """Today's temperature in a city, in degrees Celsius."""
    return {"Paris": "18", "Rome": "24"}[city]


tutor = OpenAIAssistantRunnable.create_assistant(
    name="Tutor", instructions="You are a maths tutor.", tools=[], model=MODEL
)
first = tutor.invoke({"content": "hi"})[0]
print(first.content[0].text.value)
second = tutor.invoke({"content": "What is 2 + 2?", "thread_id": first.thread_id})[0]
print(second.content[0].text.value)

# As an agent, the runnable hands its function calls to LangChain, which answers all of one step together.
reporter = OpenAIAssistantRunnable.create_assistant(
    name="Reporter", instructions="You report the weather.", tools=[get_weather], model=MODEL, as_agent=True
)
executor = AgentExecutor(agent=reporter, tools=[get_weather], return_intermediate_steps=True)
answer = executor.invoke({"content": "Paris and Rome?"})
for action, observation in answer["intermediate_steps"]:
    print(f"{action.tool}({action.tool_input['city']}) -> {observation}")
print(answer["output"])
