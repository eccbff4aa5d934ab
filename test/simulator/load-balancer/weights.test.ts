import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseByWeight } from "../../../simulator/load-balancer/weights";

const weighted = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999 })), { minLength: 1, maxLength: 5 })
  .map((weights) => weights.map((weight, at) => ({ targetGroupArn: `g${at}`, weight })));

describe("simulator: load balancer, weights", () => {
  it("weights: share the requests in proportion", () => {
    fc.assert(
      fc.property(weighted, (targets) => {
        const total = targets.reduce((sum, { weight }) => sum + weight, 0);
        const counts = new Map<string, number>();
        // One chance for each unit of weight, from its middle.
        for (let unit = 0; unit < total; unit++) {
          const chosen = chooseByWeight(targets, (unit + 0.5) / total);
          assert.ok(chosen);
          counts.set(chosen.targetGroupArn, (counts.get(chosen.targetGroupArn) ?? 0) + 1);
        }
        for (const { targetGroupArn, weight } of targets) {
          assert.equal(counts.get(targetGroupArn) ?? 0, weight);
        }
      }),
    );
  });

  it("weights: 0 is never chosen, and nothing when all are 0", () => {
    const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
    fc.assert(
      fc.property(weighted, chance, (targets, at) => {
        const chosen = chooseByWeight(targets, at);
        assert.equal(
          chosen === undefined,
          targets.every(({ weight }) => weight === 0),
        );
        assert.notEqual(chosen?.weight, 0);
      }),
      { numRuns: 1000 },
    );
  });
});
