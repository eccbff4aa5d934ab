import { join } from "node:path";
import { startLoad } from "../../../rehearsal/load";

/** Starts the load, sends its process id and never stops it. */
const run = startLoad({
  programDirectory: join(__dirname, "..", "..", ".."),
  url: process.argv[2] ?? "",
  requestsPerSecond: 50,
  sessions: 5,
  uploads: { concurrent: 0, bytes: 1, durationSeconds: 1 },
  webSockets: 0,
});
void run.started.then(() => process.send?.(run.pid));
