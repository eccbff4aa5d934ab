import { Generator } from "./generator";
import type { FromWorker, ToWorker } from "./protocol";

/** The generator's own process: the judge shares no event loop with what it judges. */
let generator: Generator | undefined;

process.on("message", (message: ToWorker) => {
  if (message.type === "start") start(message);
  else if (message.type === "mark") generator?.mark(message.mark);
  else void stop();
});
// Whoever started us is gone, by whatever way: there is nobody left to judge for.
process.on("disconnect", () => process.exit(0));
// Ctrl-C reaches the whole process group; the caller says when the load ends, so that it is still measured.
process.on("SIGINT", () => undefined);

function start(message: Extract<ToWorker, { type: "start" }>): void {
  const running = new Generator(message.settings);
  generator = running;
  tell({ type: "progress", figures: running.figures() });
  setInterval(() => tell({ type: "progress", figures: running.figures() }), 1000);
}

async function stop(): Promise<void> {
  if (generator === undefined) throw new Error("stop came before start");
  tell({ type: "stopped", figures: await generator.stop() });
}

function tell(message: FromWorker): void {
  if (process.connected) process.send?.(message);
}
