import assert from "node:assert/strict";
import fc from "fast-check";
import { chooseByWeight } from "../../../simulator/load-balancer/weights";

const weighted = fc
  .array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999 })), { minLength: 1, maxLength: 5 })
  .map((weights) => weights.map((weight, at) => ({ targetGroupArn: `g${at}`, weight })));

describe("weights", () => {
  it("share the requests in proportion, whatever the weights", () => {
    fc.assert(
      fc.property(weighted, (targets) => {
        const total = targets.reduce((sum, { weight }) => sum + weight, 0);
        const counts = new Map<string, number>();
        // Each unit of weight gets exactly one chance, from its middle.
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

  it("never choose weight 0, at no chance, and nobody when all are 0", () => {
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
