import assert from "node:assert/strict";
import { rehearsedVersions } from "../../../rehearsal/scenario/rehearsed-versions";

const scripts = [
  { id: "0001_base" },
  { id: "0002_split", deadFrom: "1.1.0" },
  { id: "0003_more", deadFrom: "1.2.0" },
];

describe("rehearsed versions", () => {
  it("are the oldest ones, each with the last contract script that may run after it", () => {
    assert.deepEqual(rehearsedVersions(["1.0.0", "1.1.0", "1.2.0"], scripts, 1), [
      { version: "1.0.0", contractThrough: undefined },
      { version: "1.1.0", contractThrough: "0002_split" },
    ]);
  });

  it("deploy the newest version again if there are fewer versions than releases", () => {
    const names = (known: string[], releases: number) =>
      rehearsedVersions(known, [], releases).map(({ version }) => version);
    assert.deepEqual(names(["1.0.0"], 1), ["1.0.0", "1.0.0+2"]);
    assert.deepEqual(names(["1.0.0", "1.1.0"], 3), ["1.0.0", "1.1.0", "1.1.0+2", "1.1.0+3"]);
    assert.deepEqual(names([], 1), []);
  });
});
