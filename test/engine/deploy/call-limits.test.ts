import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Slots, withDeadline } from "../../../engine/deploy/call-limits";

describe("limits of provider calls", () => {
  it("run as many operations at the same time as there are slots, in order", async () => {
    const slots = new Slots(2);
    const started: number[] = [];
    const finish: (() => void)[] = [];
    const operations = [0, 1, 2, 3, 4, 5].map((index) =>
      slots.run(() => {
        started.push(index);
        return new Promise<void>((resolve) => finish.push(resolve));
      }),
    );
    for (const [index, operation] of operations.entries()) {
      assert.deepEqual(started, [0, 1, 2, 3, 4, 5].slice(0, index + 2));
      finish[index]?.();
      await operation;
    }
  });

  it("release a slot after an error", async () => {
    const slots = new Slots(1);
    await assert.rejects(slots.run(() => Promise.reject(new Error("no"))));
    assert.equal(await slots.run(async () => "free"), "free");
  });

  it("abort an operation after its time, and when the caller aborts", async () => {
    const untilAborted = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await assert.rejects(
      withDeadline(untilAborted, 0.02, new AbortController().signal),
      /longer than 0.02 s/,
    );
    const abort = new AbortController();
    const waiting = withDeadline(untilAborted, 60, abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });
});
