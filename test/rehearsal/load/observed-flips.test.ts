import assert from "node:assert/strict";
import type { Point } from "../../../rehearsal/load/figures";
import { observedFlips } from "../../../rehearsal/load/observed-flips";

const point = (atSeconds: number, byColor: Record<string, number>, more: Partial<Point> = {}): Point => ({
  ...{ atSeconds, requests: 10, failed: 0, p50Ms: 5, p99Ms: 5, maxMs: 5, byColor, byVersion: {} },
  ...more,
});
const flipsIn = (...points: Point[]) => observedFlips({ series: { bucketSeconds: 1, points } });

describe("load: flips seen from outside", () => {
  it("are changes of the color that gives most answers, with the failures around them", () => {
    const found = flipsIn(
      point(0, { blue: 10 }),
      point(1, { blue: 9 }, { failed: 1, maxMs: 80 }),
      point(2, { blue: 2, green: 8 }, { maxMs: 40 }),
      point(3, { green: 8 }, { failed: 2 }),
      point(4, { green: 10 }, { failed: 5 }),
    );
    assert.deepEqual(found, [{ from: "blue", to: "green", atSeconds: 2, failed: 3, latencyMaxMs: 80 }]);
  });

  it("are none while a canary has less than half, or no answer names a color", () => {
    assert.deepEqual(
      flipsIn(point(0, { blue: 10 }), point(1, { blue: 9, green: 1 }), point(2, { blue: 10 })),
      [],
    );
    assert.deepEqual(flipsIn(point(0, {}), point(1, {})), []);
  });
});
