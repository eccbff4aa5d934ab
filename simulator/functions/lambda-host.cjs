// The child process of one invocation. It loads the handler, calls it once with the event from the parent process,
// and sends back the outcome. It ends when the parent ends.
"use strict";

const { join } = require("node:path");

process.once("disconnect", () => process.exit(1));

function asError(thrown) {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

function finish(outcome) {
  process.send(outcome, () => process.exit(0));
}

process.once("message", async ({ folder, handler, event, context, timeoutMs }) => {
  const endsAt = Date.now() + timeoutMs;
  try {
    const dot = handler.lastIndexOf(".");
    const exported = require(join(folder, handler.slice(0, dot)))[handler.slice(dot + 1)];
    if (typeof exported !== "function") {
      const error = new Error(`${handler} is undefined or not exported`);
      error.name = "Runtime.HandlerNotFound";
      throw error;
    }
    const getRemainingTimeInMillis = () => Math.max(0, endsAt - Date.now());
    const result = await exported(event, { ...context, getRemainingTimeInMillis });
    finish({ result: JSON.stringify(result ?? null) });
  } catch (thrown) {
    finish({ error: asError(thrown) });
  }
});

process.on("uncaughtException", (thrown) => finish({ error: asError(thrown) }));
process.send("ready");
