import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { monotonicMs } from "../../../rehearsal/load/clock";
import { Schedule } from "../../../rehearsal/load/schedule";

describe("load: schedule", () => {
  it("hands over the requests of a pause at once, each with its intended time", async () => {
    const handedOver: { intendedMs: number; lagMs: number }[] = [];
    const schedule = new Schedule(1_000, (intendedMs, lagMs) => handedOver.push({ intendedMs, lagMs }));
    const startMs = monotonicMs();
    schedule.start(startMs);
    await sleep(20);
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    await sleep(20);
    schedule.stop();

    handedOver.forEach(({ intendedMs }, n) => {
      assert.ok(
        Math.abs(intendedMs - (startMs + n)) < 0.001,
        `request ${n} was meant for ${intendedMs - startMs}`,
      );
    });
    assert.ok(handedOver.length >= 230, `${handedOver.length} requests in 240 ms or more`);
    assert.ok(Math.max(...handedOver.map(({ lagMs }) => lagMs)) >= 150, "the pause is seen as lag");
    const after = handedOver.length;
    await sleep(20);
    assert.equal(handedOver.length, after, "nothing falls due after the stop");
  });
});
