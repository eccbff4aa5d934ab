import assert from "node:assert/strict";
import { type Engine, UpdateFailedError } from "../../engine/deploy/engine";
import { ProgramError } from "../../engine/program/program-error";
import type { MemoryProvider } from "./memory-provider";

/** Checks the stack outputs after failed updates, for either engine, on a new stack of the fixture `reference`. */
export async function checkOutputsOfFailedUpdates(engine: Engine, provider: MemoryProvider): Promise<void> {
  const config = (version: string, fails = "not") => ({
    config: { "reference:version": version, "reference:fails": fails },
  });
  const outputs = () => engine.outputs({ showSecrets: true });
  let failed = () => {};
  const failure = new Promise<void>((resolve) => {
    failed = resolve;
  });
  let slowStarted = () => {};
  let failingMayFail = Promise.resolve();
  provider.before = async (call) => {
    if (call === "create slow") {
      slowStarted();
      return failure;
    }
    if (call === "create failing") await failingMayFail;
    if (call === "create failing" || call.startsWith("delete ")) throw new Error("no");
  };
  const fails = (version: string, how: string) =>
    assert.rejects(
      engine.up({
        ...config(version, how),
        onEvent: (event) => {
          if (event.type === "step-end" && event.step.error !== undefined) failed();
        },
      }),
      how === "in the program" ? ProgramError : UpdateFailedError,
    );

  await fails("0", "before they are known");
  assert.deepEqual(await outputs(), {});
  await engine.up(config("1"));
  await engine.up(config("2"));
  const second = { version: "2", before: "1", token: "token of 2", tokenBefore: "token of 1" };
  assert.deepEqual(await outputs(), second);

  await engine.preview(config("3"));
  await fails("3", "before they are known");
  failingMayFail = new Promise((resolve) => {
    slowStarted = resolve;
  });
  await fails("3", "while they wait for something else");
  await fails("3", "in the program");
  assert.deepEqual(await outputs(), second);

  // A former output stays: the program may have failed before it registered it.
  await fails("3", "after the outputs are registered");
  const third = { version: "3", before: "2", token: "token of 2", tokenBefore: "token of 2" };
  assert.deepEqual(await outputs(), third);

  // The deletion of the slow resource, which this program does not declare, fails.
  await fails("4", "not");
  const fourth = { version: "4", before: "3", token: "token of 4", tokenBefore: "token of 2" };
  assert.deepEqual(await outputs(), fourth);

  provider.before = () => {};
  await engine.up(config("5", "after the outputs are registered"));
  assert.deepEqual(await outputs(), { version: "5", before: "4", tokenBefore: "token of 4" });
}
