import { startSampleServer } from "../test/rehearsal/load/sample-server";

/**
 * Serves the sample application's requests. A message with a number freezes the process for that many milliseconds.
 */
void startSampleServer().then(({ url }) => process.send?.(url));
process.on("message", (freezeMs: number) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs);
});
process.on("disconnect", () => process.exit(0));
