import { startSampleServer } from "../test/rehearsal/load/sample-server";

/** The sample system's surface in a process of its own; a message makes it stand still for so many milliseconds. */
void startSampleServer().then(({ url }) => process.send?.(url));
process.on("message", (freezeMs: number) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, freezeMs);
});
process.on("disconnect", () => process.exit(0));
