/**
 * Entry point of the program's process. It forwards the SDK's requests to the engine, and exits when the engine
 * exits.
 */
import { deferSerializer } from "../../build/start/defer-serializer";
import type { ToProgram } from "./protocol";
import { runProgram } from "./run-program";

deferSerializer();
process.once("disconnect", () => process.exit(0));
process.on("message", (message: ToProgram) => {
  if (message.kind === "start") runProgram(message.settings);
  if (message.kind === "exit") process.exit(0);
});
