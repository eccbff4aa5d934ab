import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import { rejectedValues } from "../issues";
import { updateIssues } from "./support";

const rejected = (...update: Parameters<typeof updateIssues>) => rejectedValues(updateIssues(...update));
const canary = (green: number) => ({ weights: { blue: 100 - green, green } });

describe("transition", () => {
  it("rejects a new version on the color that receives all traffic", () => {
    const issues = updateIssues({ versions: { blue: "1.1.0" } }, { versions: { blue: "1.0.0" } });
    assert.deepEqual(issues.map(formatIssue), [
      'blueVersion must be "1.0.0" while blue receives 100 % of the traffic, got "1.1.0". ' +
        "Set blueVersion back to 1.0.0 and deploy 1.1.0 to green, or shift traffic to green first.",
    ]);
  });

  it("rejects a new version on the canary, and suggests no other color for it", () => {
    const changes = { canaryPercent: 20, versions: { blue: "1.0.0", green: "1.2.0" } };
    const issues = updateIssues(changes, canary(20));
    assert.deepEqual(rejectedValues(issues), [["greenVersion", "1.2.0"]]);
    assert.match(issues[0]?.allowed ?? "", /^"1\.1\.0" while green receives 20 %/);
    assert.equal(issues[0]?.remedy, "Set greenVersion back to 1.1.0, or shift traffic to blue first.");
  });

  it("rejects a new version on a canary of 1 % that ends in the same update", () => {
    assert.deepEqual(rejected({ versions: { blue: "1.0.0", green: "1.2.0" } }, canary(1)), [
      ["greenVersion", "1.2.0"],
    ]);
  });

  it("rejects a flip that also replaces or removes the version that was live", () => {
    for (const blue of ["1.2.0", undefined]) {
      assert.deepEqual(rejected({ live: "green", versions: { blue, green: "1.1.0" } }), [
        ["blueVersion", blue],
      ]);
    }
  });

  it("rejects a deployment and a flip to it in one update", () => {
    const changes = { live: "green", versions: { blue: "1.0.0", green: "1.2.0" } } as const;
    assert.deepEqual(updateIssues(changes).map(formatIssue), [
      'live must be "blue" until 1.2.0 is deployed to green, which ran 1.1.0 after the last update, got "green". ' +
        "Deploy first: set live to blue, run `pulumi up`, then shift traffic.",
    ]);
    const first = updateIssues({ live: "green" }, { versions: { blue: "1.0.0" } });
    assert.deepEqual(rejectedValues(first), [["live", "green"]]);
    assert.match(first[0]?.allowed ?? "", /1\.1\.0 is deployed to green, which ran nothing/);
  });

  it("rejects a deployment and a canary of it in one update", () => {
    const [issue, ...more] = updateIssues({
      canaryPercent: 5,
      versions: { blue: "1.0.0", green: "1.2.0" },
    });
    assert.deepEqual([issue?.key, issue?.got, more], ["canaryPercent", 5, []]);
    assert.match(issue?.allowed ?? "", /^0 until 1\.2\.0 is deployed to green/);
    assert.match(issue?.remedy ?? "", /set canaryPercent to 0,/);
  });

  it("reports all issues of a release at once", () => {
    const changes = {
      canaryPercent: 5,
      versions: { blue: "1.3.0", green: undefined },
      idle: "off",
      contractThrough: "0009_none",
    } as const;
    assert.deepEqual(
      rejected(changes).map(([key]) => key),
      ["canaryPercent", "idle", "blueVersion", "contractThrough"],
    );
  });

  it("accepts any version on the first update", () => {
    assert.deepEqual(rejected({ live: "green", versions: { blue: "1.0.0", green: "1.3.0" } }, null), []);
  });
});
