import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRunRecord } from "../../../rehearsal/report/run-record";

const ROOT = join(__dirname, "..", "..", "..");

describe("rehearsal of the sample", function () {
  this.timeout(240_000);

  it("releases the next version under load, with a rollback, and no request fails", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    after(() => rmSync(folder, { recursive: true, force: true }));
    const json = join(folder, "figures.json");
    const args = ["cli/changeover.js", "rehearse", "--quick", "--rate", "40", "--json", json];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      ...{ cwd: ROOT, env: { ...process.env, NO_COLOR: "1" }, encoding: "utf8", timeout: 200_000 },
    });
    const output = stdout + stderr;
    assert.equal(status, 0, output);

    const record = parseRunRecord(json, readFileSync(json, "utf8"));
    const figures = record.load;
    assert.ok(figures);
    assert.ok(figures.requests.total > 200, `only ${figures.requests.total} requests`);
    assert.ok(figures.sessions.total > 0 && figures.uploads.total > 0 && figures.webSockets.messages > 0);
    assert.deepEqual(
      [figures.requests.failed, figures.sessions.lost, figures.uploads.cut, figures.answers.wrong],
      [0, 0, 0, 0],
      output,
    );
    assert.deepEqual(
      figures.flips.map(({ from, to, resourcesChanged }) => ({ from, to, resourcesChanged })),
      [
        { from: "blue", to: "green", resourcesChanged: 2 },
        { from: "green", to: "blue", resourcesChanged: 2 },
        { from: "blue", to: "green", resourcesChanged: 2 },
      ],
    );
    for (const version of ["blue 1.0.0", "green 1.1.0"]) {
      assert.ok((figures.answers.byVersion[version] ?? 0) > 0, `no answer came from ${version}`);
    }
    assert.deepEqual(
      record.steps.map(({ kind, trafficAfter = [] }) => {
        const traffic = trafficAfter.map(({ color, version, percent }) => `${color} ${version} ${percent}`);
        return [kind, ...traffic];
      }),
      [
        ["first", "blue 1.0.0 100"],
        ["deploy", "blue 1.0.0 100"],
        ["flip", "green 1.1.0 100"],
        ["rollback", "blue 1.0.0 100"],
        ["flip", "green 1.1.0 100"],
        ["retire", "green 1.1.0 100"],
        ["contract", "green 1.1.0 100"],
      ],
    );
    const [, deployed, flipped, , , , contracted] = record.steps;
    const [split, validated] = deployed?.migrations ?? [];
    assert.ok(split?.script === "0002_split_name.expand" && (split.rows ?? 0) > 0, JSON.stringify(split));
    assert.equal(validated?.script, "0003_names_validated.expand");
    assert.equal(contracted?.migrations?.[0]?.script, "0002_split_name.contract");
    assert.deepEqual(
      flipped?.gate?.map(({ color, passed }) => [color, passed]),
      [["green", true]],
    );
    assert.deepEqual(flipped?.rollback?.to, { color: "blue", version: "1.0.0" });
    assert.equal(contracted?.rollback?.open, false);
    const terminated = (record.instances ?? []).filter(({ terminatingAt }) => terminatingAt !== undefined);
    assert.deepEqual(
      [...new Set(terminated.map(({ tier, color, version }) => `${tier} ${color} ${version}`))].sort(),
      ["app blue 1.0.0", "web blue 1.0.0"],
    );
    assert.notEqual(record.outcome.result, "failed");
    assert.match(output, /requests failed +0\n/);
    assert.doesNotMatch(output, /"password"|changeover_master:/);
  });
});
