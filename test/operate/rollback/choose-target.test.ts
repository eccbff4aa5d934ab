import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { assessTarget } from "../../../operate/rollback/assess-target";
import { chooseTarget } from "../../../operate/rollback/choose-target";

describe("rollback: target", () => {
  const rule = (blue: number, kind: "shift" | "rollback" | "watch-rollback" = "shift", serial = 2) => ({
    shares: { blue, green: 100 - blue },
    record: { serial, kind },
    foreign: [],
  });
  const release = (live: "blue" | "green", blue: number, serial = 2) => ({
    ...{ live, serial },
    weights: { blue, green: 100 - blue },
  });

  it("is the color without traffic, and during a canary the live color", () => {
    assert.equal(chooseTarget(rule(0), release("green", 0)), "blue");
    assert.equal(chooseTarget(rule(100), release("blue", 100)), "green");
    assert.equal(chooseTarget(rule(10), release("blue", 10)), "blue");
    assert.equal(chooseTarget(rule(10), undefined), undefined);
    assert.equal(chooseTarget({ ...rule(0), shares: { blue: 0, green: 0 } }, release("blue", 0)), undefined);
  });

  it("is the color without traffic after a shift that the last update does not have yet", () => {
    assert.equal(chooseTarget(rule(0, "shift", 3), release("blue", 100)), "blue");
  });

  it("stays the same when a rollback is repeated, by the command or after the watch", () => {
    for (const kind of ["rollback", "watch-rollback"] as const) {
      assert.equal(chooseTarget(rule(100, kind, 3), release("green", 0)), "blue");
      assert.equal(chooseTarget(rule(100, kind, 3), release("blue", 100, 3)), "blue");
      assert.equal(chooseTarget(rule(100, kind, 3), undefined), "blue");
    }
  });

  it("must be given if the color without traffic has not served, or was rolled back", () => {
    const versions = { blue: "1.0.0", green: "1.1.0" };
    const deployed = { ...release("blue", 100), versions };
    const greenServed = { green: { version: "1.1.0" } };
    assert.equal(chooseTarget(rule(100), { ...deployed, served: {} }), undefined);
    assert.equal(
      chooseTarget(rule(100), { ...deployed, served: { green: { version: "1.0.9" } } }),
      undefined,
    );
    assert.equal(chooseTarget(rule(100), { ...deployed, served: greenServed }), "green");
    const rolledBack = { green: "1.1.0" };
    assert.equal(chooseTarget(rule(100), { ...deployed, served: greenServed, rolledBack }), undefined);
    // The update of the flip still bakes, so the outputs are those before the flip.
    assert.equal(chooseTarget(rule(0, "shift", 3), { ...deployed, served: {} }), "blue");
  });

  it("must be given after a shift by hand", () => {
    assert.equal(chooseTarget(rule(100), release("green", 0)), undefined);
  });

  it("is assessed by its healthy instances in each tier", () => {
    const count = (tier: string, healthy: number, registered: number) => {
      return { tier, healthy, registered, minInstances: 2 };
    };
    assert.deepEqual(assessTarget("blue", [count("web", 2, 3), count("app", 1, 2)]), {
      isEmpty: false,
      lines: ["web 2/3 healthy", "app 1/2 healthy"],
      warnings: ["blue has 1 of 2 instances in app"],
    });
    const empty = assessTarget("blue", [count("web", 0, 0), count("app", 0, 1)]);
    assert.equal(empty.isEmpty, true);
    assert.deepEqual(empty.warnings, ["blue has no instances in web", "blue has no healthy instance in app"]);
  });
});
