import { Generator } from "./generator";
import { openLoad } from "./open-load";
import type { FromWorker, ToWorker } from "./protocol";

/**
 * Entry point of the generator's process. It is separate, so that generator and system under load do not share an
 * event loop.
 */
let generator: Generator | undefined;

process.on("message", (message: ToWorker) => {
  if (message.type === "start") start(message);
  else if (message.type === "mark") generator?.mark(message.mark);
  else void stop();
});
// The parent process has ended.
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches all processes of the terminal. It is ignored here, because the parent sends `stop`.
process.on("SIGINT", () => undefined);

function start(message: Extract<ToWorker, { type: "start" }>): void {
  const running = new Generator(message.settings, openLoad(message.settings));
  generator = running;
  send({ type: "progress", figures: running.figures() });
  setInterval(() => send({ type: "progress", figures: running.figures() }), 1000);
}

async function stop(): Promise<void> {
  if (generator === undefined) throw new Error("stop came before start");
  send({ type: "stopped", figures: await generator.stop() });
}

function send(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
