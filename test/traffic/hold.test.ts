import assert from "node:assert/strict";
import fc from "fast-check";
import { raisedCapacity } from "../../traffic/capacity";
import { minSizeToHold, minSizeToRestore } from "../../traffic/hold";

const group = fc
  .record({ minSize: fc.nat(20), more: fc.nat(20), room: fc.nat(20) })
  .map(({ minSize, more, room }) => {
    return { name: "web-blue", minSize, desired: minSize + more, maxSize: minSize + more + room };
  });

describe("traffic: capacity", () => {
  it("capacity: is raised to the need, within the maximum, and never lowered", () => {
    fc.assert(
      fc.property(group, fc.nat(60), (each, needed) => {
        const raised = raisedCapacity(each, needed);
        assert.equal(raised === undefined, Math.min(needed, each.maxSize) <= each.desired);
        if (raised !== undefined) assert.ok(raised > each.desired && raised <= each.maxSize);
      }),
    );
  });

  it("hold: a group that was held and released has the minimum of before", () => {
    fc.assert(
      fc.property(group, (each) => {
        const held = minSizeToHold(each, undefined);
        if (held === undefined) return;
        const hold = { tagKey: "held", minSizeBefore: each.minSize, heldMinSize: held };
        const whileHeld = { ...each, minSize: held };
        assert.equal(minSizeToHold(whileHeld, hold), undefined, "a second hold changes nothing");
        assert.equal(minSizeToRestore(whileHeld, hold), each.minSize);
        assert.equal(minSizeToRestore(each, hold), undefined, "a second release changes nothing");
      }),
    );
  });
});
