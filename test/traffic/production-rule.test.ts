import assert from "node:assert/strict";
import fc from "fast-check";
import { forwardAction, isSameTraffic } from "../../traffic/production-rule";

const weights = fc
  .record({ blue: fc.nat(999), green: fc.nat(999) })
  .filter(({ blue, green }) => blue + green > 0);

describe("traffic: production rule", () => {
  it("production rule: weights of the same proportion are the same traffic", () => {
    assert.ok(isSameTraffic({ blue: 100 }, { blue: 1 }));
    assert.ok(isSameTraffic({ blue: 90, green: 10 }, { blue: 9, green: 1 }));
    assert.ok(isSameTraffic({ blue: 100, green: 0 }, { blue: 100 }));
    assert.ok(!isSameTraffic({ blue: 90, green: 10 }, { blue: 89, green: 11 }));
    assert.ok(!isSameTraffic({ blue: 100 }, { green: 100 }));
    assert.ok(!isSameTraffic({ blue: 100 }, {}));
    assert.ok(!isSameTraffic({ blue: 90, green: 10 }, { blue: 90, other: 10 }));
  });

  it("production rule: the same traffic is an equivalence", () => {
    fc.assert(
      fc.property(weights, weights, fc.integer({ min: 1, max: 9 }), (left, right, factor) => {
        assert.equal(isSameTraffic(left, right), isSameTraffic(right, left));
        assert.ok(isSameTraffic(left, { blue: left.blue * factor, green: left.green * factor }));
        assert.equal(isSameTraffic(left, right), left.blue * right.green === left.green * right.blue);
      }),
    );
  });

  it("production rule: a target group with weight 0 is left out, and stickiness needs two", () => {
    fc.assert(
      fc.property(weights, (each) => {
        const config = forwardAction(each, 300).ForwardConfig;
        const groups = config?.TargetGroups ?? [];
        assert.ok(groups.every(({ Weight = 0 }) => Weight > 0));
        assert.equal(config?.TargetGroupStickinessConfig?.Enabled, groups.length === 2);
        const written = Object.fromEntries(groups.map((group) => [group.TargetGroupArn, group.Weight ?? 0]));
        assert.ok(isSameTraffic(written, each));
      }),
    );
  });
});
