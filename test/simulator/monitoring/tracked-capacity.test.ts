import assert from "node:assert/strict";
import { type TrackedGroup, trackedCapacity } from "../../../simulator/monitoring/tracked-capacity";

const group: TrackedGroup = {
  ...{ target: 50, min: 2, max: 6, desired: 2, warm: 2, disableScaleIn: false },
  points: [],
};
const minutes = (count: number, value: number | undefined) => Array.from({ length: count }, () => value);
const capacity = (change: Partial<TrackedGroup>) => trackedCapacity({ ...group, ...change });

describe("simulator: target tracking", () => {
  it("scales out in proportion after three minutes above the target", () => {
    assert.equal(capacity({ points: minutes(3, 80) }), 4);
    assert.equal(capacity({ points: [...minutes(12, 10), 51, 51, 51] }), 3);
  });

  it("does not scale out before three minutes, at the target, or without data", () => {
    assert.equal(capacity({ points: [40, 80, 80] }), undefined);
    assert.equal(capacity({ points: minutes(3, 50) }), undefined);
    assert.equal(capacity({ points: [80, undefined, 80] }), undefined);
    assert.equal(capacity({ points: [] }), undefined);
  });

  it("never exceeds the limits of the group", () => {
    assert.equal(capacity({ points: minutes(3, 100), desired: 5, warm: 5 }), 6);
    assert.equal(capacity({ points: minutes(15, 1), desired: 5, warm: 5 }), 2);
  });

  it("counts instances that warm up as capacity", () => {
    assert.equal(capacity({ points: minutes(3, 80), desired: 4, warm: 2 }), undefined);
    assert.equal(capacity({ points: minutes(3, 100), desired: 3, warm: 2 }), 4);
  });

  it("scales in after fifteen minutes below nine tenths of the target", () => {
    assert.equal(capacity({ points: minutes(15, 20), desired: 6, warm: 6 }), 3);
    assert.equal(capacity({ points: minutes(14, 20), desired: 6, warm: 6 }), undefined);
    assert.equal(capacity({ points: minutes(15, 46), desired: 6, warm: 6 }), undefined);
  });

  it("does not scale in while instances warm up, or if the policy only scales out", () => {
    const points = minutes(15, 20);
    assert.equal(capacity({ points, desired: 6, warm: 5 }), undefined);
    assert.equal(capacity({ points, desired: 6, warm: 6, disableScaleIn: true }), undefined);
  });
});
