import assert from "node:assert/strict";
import { findSquawk, type Opinion, secondOpinion } from "./second-opinion";

describe("lint: squawk", function () {
  this.timeout(60_000);
  let opinions: readonly Opinion[];

  before(async function () {
    const command = findSquawk();
    if (command === undefined) {
      this.test?.parent?.eachTest((test) => {
        test.title += " (skipped: squawk-cli is not installed)";
      });
      this.skip();
    }
    opinions = await secondOpinion(command);
  });

  const text = ({ entry, squawk }: Opinion) => `${entry.sql.replace(/\s+/g, " ")}: ${squawk.join(", ")}`;
  const passed = () => opinions.filter(({ entry }) => entry.rules.length === 0);

  it("agrees with each accepted script, unless the corpus has a reason", () => {
    const unexplained = passed().filter(
      ({ entry, squawk }) => squawk.length > 0 && entry.squawk === undefined,
    );
    assert.deepEqual(unexplained.map(text), []);
  });

  it("disagrees where the corpus has a reason", () => {
    const needless = opinions.filter(
      ({ entry, squawk }) => squawk.length === 0 && entry.squawk !== undefined,
    );
    assert.deepEqual(needless.map(text), []);
  });
});
