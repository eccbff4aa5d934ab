import assert from "node:assert/strict";
import { parseLastRelease } from "../../../stack/plan/last-release";
import { issuesOf, rejectedValues } from "../issues";
import { planUpdate } from "./support";

describe("last release", () => {
  const deployed = planUpdate({}, { versions: { blue: "1.0.0" } });

  it("is undefined before the first update that wrote it", () => {
    assert.equal(parseLastRelease(undefined), undefined);
    assert.equal(parseLastRelease(null), undefined);
  });

  it("is read as it was written", () => {
    const { release } = planUpdate({ live: "green", canaryPercent: 10 }, deployed.release);
    const output = JSON.parse(JSON.stringify({ ...release, artifacts: { "web/1.0.0.js": "a" } }));
    assert.deepEqual(JSON.parse(JSON.stringify(parseLastRelease(output))), output);
  });

  it("is read from a former version, which wrote the times of gate checks, and not the number of shifts", () => {
    const { gateChecks, serial, ...rest } = planUpdate({}, null).release;
    const former = { live: { at: "2026-01-01T00:00:00.000Z", otherSharePercent: 90 } };
    for (const key of ["gateChecks", "looks"]) {
      const read = parseLastRelease({ ...rest, [key]: former });
      assert.deepEqual(read?.gateChecks?.live, { serial: 0, otherSharePercent: 90 });
      assert.ok(read && !("looks" in read) && read.serial === undefined);
      assert.equal(
        planUpdate({ live: "green" }, { ...read, versions: { blue: "1.0.0", green: "1.1.0" } }).release
          .serial,
        1,
      );
    }
  });

  it("is read from an early version, which wrote the applied scripts as a list", () => {
    const applied = ["0001_change.expand.sql"];
    const read = parseLastRelease({ ...deployed.release, applied });
    assert.ok(read);
    assert.equal(read.applied, undefined);
    assert.deepEqual(planUpdate({}, read).release.applied, deployed.release.applied);
  });

  it("is rejected when it is malformed", () => {
    for (const output of ["blue", [], { live: "red" }, { ...deployed.release, weights: { blue: "all" } }]) {
      const [[key, got] = [], ...more] = rejectedValues(issuesOf(() => parseLastRelease(output)));
      assert.match(String(key), /release/);
      assert.deepEqual([got, more], [output, []]);
    }
  });
});
