import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Slots, withDeadline } from "../../../engine/deploy/call-limits";

describe("limits of operations", () => {
  it("lets as many run at a time as there are slots, in order", async () => {
    const slots = new Slots(2);
    const order: number[] = [];
    let running = 0;
    let most = 0;
    await Promise.all(
      [0, 1, 2, 3, 4, 5].map((n) =>
        slots.run(async () => {
          most = Math.max(most, ++running);
          order.push(n);
          await new Promise((resolve) => setTimeout(resolve, 5));
          running -= 1;
        }),
      ),
    );
    assert.equal(most, 2);
    assert.deepEqual(order, [0, 1, 2, 3, 4, 5]);
  });

  it("gives a slot back after an error", async () => {
    const slots = new Slots(1);
    await assert.rejects(slots.run(() => Promise.reject(new Error("no"))));
    assert.equal(await slots.run(async () => "free"), "free");
  });

  it("tells an operation when its time is over or the caller gave up", async () => {
    const wait = (signal: AbortSignal) =>
      new Promise<never>((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    await assert.rejects(withDeadline(wait, 0.02, new AbortController().signal), /longer than 0.02 s/);
    const abort = new AbortController();
    const waiting = withDeadline(wait, 60, abort.signal);
    abort.abort(new Error("enough"));
    await assert.rejects(waiting, /enough/);
  });
});
