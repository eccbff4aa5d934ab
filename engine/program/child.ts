/**
 * Entry point of the program's process. It forwards the SDK's requests to the engine, and exits when the engine
 * exits.
 */
import { cacheCode } from "../../build/start/code-cache";
import { deferUnused } from "../../build/start/defer-unused";
import type { ToProgram } from "./protocol";

cacheCode("program");
deferUnused();
// It loads the SDK, after the cache is set up.
const { runProgram } = require("./run-program") as typeof import("./run-program");

process.once("disconnect", () => process.exit(0));
process.on("message", (message: ToProgram) => {
  if (message.kind === "start") runProgram(message.settings);
  if (message.kind === "exit") process.exit(0);
});
