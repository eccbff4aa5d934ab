import assert from "node:assert/strict";
import { formatIssue } from "../../../components/validation/validation-issue";
import { rejectedValues } from "../issues";
import { updateIssues } from "./support";

const contracted = (through: string) => ({ through, serving: [] });
/** All traffic on green at 1.3.0; blue still names 1.0.0. */
const ON_GREEN = {
  live: "green",
  weights: { blue: 0, green: 100 },
  versions: { blue: "1.0.0", green: "1.3.0" },
} as const;

describe("contract migrations", () => {
  it("rejects a contract script that the live version is incompatible with", () => {
    assert.deepEqual(updateIssues({ contractThrough: "0002_change" }).map(formatIssue), [
      "contractThrough must be a script that 1.0.0 on blue is compatible with, unlike 0002_change.contract.sql, " +
        'got "0002_change". Shift traffic to a color with 1.1.0 or later first, or revert contractThrough.',
    ]);
  });

  it("rejects contract scripts that a warm color is incompatible with, in one issue", () => {
    const changes = { live: "green", versions: ON_GREEN.versions, contractThrough: "0004_change" } as const;
    const [issue, ...more] = updateIssues(changes, ON_GREEN);
    assert.deepEqual([issue?.key, issue?.got, more], ["contractThrough", "0004_change", []]);
    for (const id of ["0002_change", "0003_change", "0004_change"]) {
      assert.ok(issue?.allowed.includes(`${id}.contract.sql`), issue?.allowed);
    }
    assert.match(issue?.remedy ?? "", /^Deploy 1\.3\.0 or later to blue, or retire it with idle: off/);
    assert.deepEqual(updateIssues({ ...changes, idle: "off" }, ON_GREEN), []);
  });

  it("rejects a contract script in the update that replaces the version it is incompatible with", () => {
    const versions = { blue: "1.3.0", green: "1.3.0" };
    const changes = { live: "green", versions, contractThrough: "0002_change" } as const;
    const [issue, ...more] = updateIssues(changes, ON_GREEN);
    assert.deepEqual([issue?.key, issue?.got, more], ["contractThrough", "0002_change", []]);
    assert.match(
      issue?.allowed ?? "",
      /^a script that 1\.0\.0 is compatible with.* on blue only after 0002_/,
    );
    assert.deepEqual(updateIssues(changes, { ...ON_GREEN, versions }), []);
  });

  it("rejects a version that is incompatible with an applied script, and names the oldest compatible one", () => {
    const changes = { live: "green", versions: ON_GREEN.versions } as const;
    const last = { ...ON_GREEN, versions: { green: "1.3.0" }, contracted: contracted("0003_change") };
    assert.deepEqual(updateIssues(changes, last).map(formatIssue), [
      "blueVersion must be 1.2.0 or later because 1.0.0 is incompatible with 0002_change.contract.sql, " +
        '0003_change.contract.sql, which is applied, got "1.0.0". ' +
        "Set blueVersion to 1.2.0 or later, or idle to off while blue receives no traffic.",
    ]);
  });

  it("rejects an unknown contract script", () => {
    const [issue, ...more] = updateIssues({ contractThrough: "0001_change" });
    assert.deepEqual([issue?.key, issue?.got, more], ["contractThrough", "0001_change", []]);
    assert.match(issue?.allowed ?? "", /0002_change, 0003_change, 0004_change/);
  });

  it("rejects a folder without an applied contract script", () => {
    const issues = updateIssues({}, { contracted: contracted("0008_gone") });
    assert.deepEqual(
      rejectedValues(issues).map(([key]) => key),
      ["migrations"],
    );
    assert.match(issues.map(formatIssue).join(), /got a folder without 0008_gone\.contract\.sql/);
  });
});
