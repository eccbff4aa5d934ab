import assert from "node:assert/strict";
import { Flips } from "../../../rehearsal/load/flips";

const good = (latencyMs: number) => ({ failed: false, latencyMs });

describe("load: figures of a flip", () => {
  it("have the first answer of the new color and the last of the old one", () => {
    const flips = new Flips();
    flips.answeredBy("blue", 900);
    flips.started("blue", "green", 1_000);
    flips.answeredBy("blue", 1_100);
    flips.answeredBy("green", 1_200);
    flips.answeredBy("blue", 1_250);
    flips.answeredBy("green", 1_300);
    flips.finished(2, 1_400);
    const [flip] = flips.figures();
    assert.equal(flip?.firstAnswerFromNewMs, 200);
    assert.equal(flip?.lastAnswerFromOldMs, 250);
    assert.equal(flip?.resourcesChanged, 2);
  });

  it("are separate for two flips", () => {
    const flips = new Flips();
    flips.started("blue", "green", 1_000);
    flips.answeredBy("green", 1_100);
    flips.started("green", "blue", 2_000);
    flips.answeredBy("green", 2_050);
    flips.answeredBy("blue", 2_100);
    const [there, back] = flips.figures();
    assert.deepEqual([there?.firstAnswerFromNewMs, there?.lastAnswerFromOldMs], [100, null]);
    assert.deepEqual([back?.firstAnswerFromNewMs, back?.lastAnswerFromOldMs], [100, 50]);
  });

  it("count requests that were open during the flip, and none after it settled", () => {
    const flips = new Flips();
    flips.settled(100, good(100));
    flips.started("blue", "green", 1_000);
    flips.settled(900, good(600));
    flips.settled(1_100, { failed: true, latencyMs: 10 });
    flips.settled(1_100, { failed: true, latencyMs: undefined });
    flips.finished(2, 1_200);
    flips.settled(3_100, good(10));
    flips.settled(3_300, good(5_700));
    const [flip] = flips.figures();
    assert.deepEqual([flip?.requests, flip?.failed, flip?.latencyMaxMs], [4, 2, 600]);
    const p99Ms = flips.p99Ms() ?? 0;
    assert.ok(Math.abs(p99Ms - 600) < 2, `${p99Ms}`);
  });

  it("have no 99th percentile without a flip", () => {
    assert.equal(new Flips().p99Ms(), null);
  });
});
