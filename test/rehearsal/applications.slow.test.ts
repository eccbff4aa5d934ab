import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseRunRecord } from "../../rehearsal/report/run-record";

const ROOT = join(__dirname, "..", "..");
const LIMIT_MS = 240_000;

const hasPython = spawnSync("python3", ["--version"]).status === 0;

describe("rehearsal of other applications", function () {
  this.timeout(LIMIT_MS + 10_000);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const changeover = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, ["cli/changeover.js", ...args], {
      ...{ cwd: ROOT, encoding: "utf8", timeout: LIMIT_MS, env: { ...process.env, NO_COLOR: "1" } },
    });
    return { status, output: stdout + stderr };
  };

  const verify = (program: string) => {
    const { status, output } = changeover("verify", "--program", program);
    assert.equal(status, 0, output);
    assert.match(output, /\nPASSED: \d+ passed, 0 failed, \d+ not exercised, in /);
  };

  const rehearse = (program: string) => {
    const json = join(folder, "run.json");
    const args = ["--quick", "--rate", "20", "--program", program, "--json", json];
    const { status, output } = changeover("rehearse", ...args);
    assert.equal(status, 0, output);
    const { load } = parseRunRecord(json, readFileSync(json, "utf8"));
    assert.ok(load, output);
    assert.deepEqual([load.requests.failed, load.answers.wrong, load.records.failedReads], [0, 0, 0], output);
    assert.ok(load.records.stored > 0 && load.records.reads > load.records.stored, output);
    assert.ok(
      load.flips.length >= 1 && load.flips.every(({ firstAnswerFromNewMs }) => firstAnswerFromNewMs !== null),
    );
    return load;
  };

  it("verify: one with a tier in Python meets the requirements", function () {
    if (!hasPython) return this.skip();
    verify(join(ROOT, "test", "applications", "pantry"));
  });

  it("verify: the one that init writes meets the requirements", () => {
    const shop = join(folder, "shop");
    assert.equal(changeover("init", shop).status, 0);
    verify(shop);
  });

  it("releases one with a tier in Python, own tables, and answers that name only their version", function () {
    if (!hasPython) return this.skip();
    const load = rehearse(join(ROOT, "test", "applications", "pantry"));
    assert.deepEqual(Object.keys(load.answers.byVersion).sort(), ["blue 1.0.0", "green 1.1.0"]);
    assert.deepEqual(
      [load.sessions.total, load.uploads.total, load.webSockets.connections, load.answers.unattributed],
      [0, 0, 0, 0],
    );
  });

  it("releases the one that init writes, whose only version is deployed again", () => {
    const shop = join(folder, "shop");
    assert.equal(changeover("init", shop).status, 0);
    const load = rehearse(shop);
    assert.deepEqual(Object.keys(load.answers.byVersion).sort(), ["blue 1.0.0", "green 1.0.0+2"]);
  });
});
