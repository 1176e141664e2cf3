// The same reporter, streaming: the SDK emits an event for everything that happens.

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

// Tell what happens on a stream, and return its run once it has ended.
async function follow(stream) {
  stream
    .on("toolCallCreated", (call) => console.log(`the model begins a call of ${call.function.name}`))
    .on("toolCallDone", (call) => console.log(`its arguments are ${call.function.arguments}`))
    .on("textDelta", (delta) => console.log(`word: "${delta.value}"`))
    .on("runStepDone", (step) => console.log(`step: ${step.type}, ${step.status}`));
  const run = await stream.finalRun();
  console.log("run:", run.status);
  return run;
}

const assistant = await assistants.create({
  model: process.env.OPENAI_MODEL,
  instructions: "You report the weather.",
  tools: [WEATHER_TOOL],
});
const thread = await threads.create({ messages: [{ role: "user", content: "Paris and Rome?" }] });
const run = await follow(threads.runs.stream(thread.id, { assistant_id: assistant.id }));

const outputs = run.required_action.submit_tool_outputs.tool_calls.map((call) => ({
  tool_call_id: call.id,
  output: TEMPERATURES[JSON.parse(call.function.arguments).city],
}));
await follow(threads.runs.submitToolOutputsStream(run.id, { thread_id: thread.id, tool_outputs: outputs }));

// Underneath, a stream is a list of events.
const events = await threads.createAndRun({
  assistant_id: assistant.id,
  thread: { messages: [{ role: "user", content: "Paris and Rome?" }] },
  stream: true,
});
const names = [];
for await (const event of events) {
  if (event.event !== names.at(-1)) names.push(event.event);
}
console.log(names.join("\n"));
