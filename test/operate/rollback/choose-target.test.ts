import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { assessTarget } from "../../../operate/rollback/assess-target";
import { chooseTarget } from "../../../operate/rollback/choose-target";

describe("rollback: target", () => {
  it("is the color without traffic, and during a canary the live color", () => {
    assert.equal(chooseTarget({ blue: 0, green: 100 }, "green"), "blue");
    assert.equal(chooseTarget({ blue: 100, green: 0 }, "green"), "green");
    assert.equal(chooseTarget({ blue: 10, green: 90 }, "blue"), "blue");
    assert.equal(chooseTarget({ blue: 10, green: 90 }, undefined), undefined);
    assert.equal(chooseTarget({ blue: 0, green: 0 }, "blue"), undefined);
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
