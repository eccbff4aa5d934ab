import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

describe("changeover verify: the application", function () {
  this.timeout(130_000);

  it("meets the requirements, with its session, its upload and its WebSocket", () => {
    const { stdout, stderr } = spawnSync(process.execPath, ["cli/changeover.js", "verify", "--json"], {
      ...{ cwd: ROOT, encoding: "utf8", timeout: 120_000 },
    });
    assert.notEqual(stdout, "", stderr);
    const { outcome, results } = JSON.parse(stdout);
    assert.equal(outcome, "passed", stdout);
    const outcomeOf = (name: string) =>
      results.find(({ requirement }: { requirement: string }) => requirement === name)?.outcome;
    assert.deepEqual(["journeys", "uploads", "sockets"].map(outcomeOf), ["passed", "passed", "passed"]);
  });
});
