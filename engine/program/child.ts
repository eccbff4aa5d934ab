/**
 * Runs in a process of its own: loads the program with the SDK that the program itself uses, and passes what the SDK
 * asks its resource monitor on to the engine. It ends when the engine says so or is gone.
 */
import { deferSerializer } from "./lazy-serializer";
import { tuneLoader } from "./module-loader";
import type { ToProgram } from "./protocol";
import { runProgram } from "./run-program";

tuneLoader();
deferSerializer();
process.once("disconnect", () => process.exit(0));
process.on("message", (message: ToProgram) => {
  if (message.kind === "start") runProgram(message.settings);
  if (message.kind === "exit") process.exit(0);
});
