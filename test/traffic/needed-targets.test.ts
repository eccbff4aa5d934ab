import assert from "node:assert/strict";
import fc from "fast-check";
import { type CapacityNeed, neededTargets } from "../../traffic/needed-targets";

const need = fc
  .record({
    sharePercent: fc.integer({ min: 0, max: 100 }),
    otherSharePercent: fc.integer({ min: 1, max: 100 }),
    minHealthy: fc.integer({ min: 1, max: 20 }),
    extra: fc.option(fc.integer({ min: 0, max: 100 }), { nil: undefined }),
    ownHealthy: fc.integer({ min: 0, max: 120 }),
    otherHealthy: fc.integer({ min: 0, max: 120 }),
  })
  .map(({ extra, ...rest }): CapacityNeed => {
    return extra === undefined ? rest : { ...rest, maxInstances: rest.minHealthy + extra };
  });

describe("traffic: needed targets", () => {
  it("needed targets: follow the color's share of the other color's healthy targets", () => {
    const needed = (sharePercent: number, otherHealthy: number, otherSharePercent = 100, ownHealthy = 0) =>
      neededTargets({ sharePercent, otherSharePercent, minHealthy: 2, ownHealthy, otherHealthy });
    assert.equal(needed(100, 10), 10);
    assert.equal(needed(25, 10), 3);
    assert.equal(needed(10, 10), 2);
    assert.equal(needed(100, 0), 2);
    // The other color carries a part of the traffic, so all of it needs more, unless that color is at its minimum.
    assert.equal(needed(100, 4, 50, 4), 8);
    assert.equal(needed(100, 9, 90, 2), 10);
    assert.equal(needed(100, 2, 50), 2);
  });

  it("needed targets: are never more than can exist", () => {
    fc.assert(
      fc.property(need, (each) => {
        const needed = neededTargets(each);
        const together = each.ownHealthy + each.otherHealthy;
        assert.ok(needed >= each.minHealthy);
        assert.ok(needed <= Math.max(each.minHealthy, together));
        if (each.maxInstances !== undefined) assert.ok(needed <= each.maxInstances);
      }),
    );
  });

  it("needed targets: do not fall when the share or the other color grows", () => {
    fc.assert(
      fc.property(need, fc.nat(50), (each, more) => {
        const needed = neededTargets(each);
        const sharePercent = Math.min(100, each.sharePercent + more);
        assert.ok(neededTargets({ ...each, sharePercent }) >= needed);
        assert.ok(neededTargets({ ...each, otherHealthy: each.otherHealthy + more }) >= needed);
      }),
    );
  });

  it("needed targets: a flip between equal colors needs no more than the live color has", () => {
    fc.assert(
      fc.property(need, (each) => {
        const flip = { ...each, sharePercent: 100, otherSharePercent: 100 };
        assert.ok(neededTargets(flip) <= Math.max(flip.minHealthy, flip.otherHealthy));
      }),
    );
  });
});
