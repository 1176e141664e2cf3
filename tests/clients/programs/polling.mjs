// A weather reporter that asks our function, written with polling: start a run, wait, answer, wait again.
// The SDK reads OPENAI_BASE_URL and OPENAI_API_KEY; nothing here knows which server answers.

import OpenAI from "openai";

const TEMPERATURES = { Paris: "18", Rome: "24" };
const WEATHER_TOOL = {
  type: "function",
  function: {
    name: "get_weather",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  },
};

const client = new OpenAI();
const { assistants, threads } = client.beta;
const assistant = await assistants.create({
  model: process.env.OPENAI_MODEL,
  instructions: "You report the weather.",
  tools: [WEATHER_TOOL],
});
const thread = await threads.create({ messages: [{ role: "user", content: "Paris and Rome?" }] });

let run = await threads.runs.createAndPoll(thread.id, { assistant_id: assistant.id });
console.log("run:", run.status);

// A run stops here each time the model wants something from us, so this is a loop and not an if.
while (run.status === "requires_action") {
  const outputs = run.required_action.submit_tool_outputs.tool_calls.map((call) => {
    const { city } = JSON.parse(call.function.arguments);
    console.log(`the model calls ${call.function.name}("${city}")`);
    return { tool_call_id: call.id, output: TEMPERATURES[city] };
  });
  run = await threads.runs.submitToolOutputsAndPoll(run.id, { thread_id: thread.id, tool_outputs: outputs });
  console.log("run:", run.status);
}

for await (const message of threads.messages.list(thread.id, { order: "asc" })) {
  console.log(`${message.role}: ${message.content[0].text.value}`);
}

try {
  await threads.runs.cancel(run.id, { thread_id: thread.id });
} catch (error) {
  console.log(`${error.constructor.name} ${error.status}: ${error.error.message}`);
}
