import assert from "node:assert/strict";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeptRun } from "../../../rehearsal/kept/kept-run";

const SECRET = "correct-horse-battery";

describe("kept run: folder", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const stackWithLogs = () => {
    const logDirectory = join(folder, "logs");
    mkdirSync(logDirectory);
    writeFileSync(join(logDirectory, "i-1.log"), `started with ${SECRET}\n`);
    writeFileSync(join(logDirectory, "lambda-gate.log"), "END\n");
    const tags = { "changeover:tier": "web" };
    return {
      simulator: {
        logDirectory,
        secretValues: () => [JSON.stringify({ username: "shop", password: SECRET })],
        instances: () => [{ id: "i-1", tags, lifecycle: "InService", state: "running" } as never],
      },
      engine: { exportState: async () => ({ resources: [{ inputs: { password: SECRET } }] }) },
    };
  };

  it("kept run: logs, state and instances of a stack are in the folder, without secrets", async () => {
    const run = new KeptRun(folder, false, new Date("2026-03-01T10:20:30Z"));
    await run.keepStack("stack", stackWithLogs(), true);
    run.keepFiles(true, { "record.json": `{"error":"${SECRET}"}` });
    const kept = join(folder, ".changeover", "rehearsals", "2026-03-01T10-20-30");
    assert.equal(run.folder, kept);
    const files = readdirSync(kept, { recursive: true })
      .map(String)
      .filter((file) => /\.\w+$/.test(file));
    assert.deepEqual(files.sort(), [
      "command.txt",
      "record.json",
      "stack/instances.json",
      "stack/logs/i-1.log",
      "stack/logs/lambda-gate.log",
      "stack/state.json",
    ]);
    for (const file of files) {
      assert.ok(!readFileSync(join(kept, file), "utf8").includes(SECRET), file);
    }
    assert.match(readFileSync(join(kept, "stack", "logs", "i-1.log"), "utf8"), /^started with /);
    assert.equal(statSync(kept).mode & 0o077, 0);
    assert.equal(
      run.lastLine(folder),
      "Kept in .changeover/rehearsals/2026-03-01T10-20-30: report, record, logs, state and the command.",
    );
  });

  it("kept run: nothing of a stack that passed is kept, unless it was asked for", async () => {
    const run = new KeptRun(folder);
    await run.keepStack("stack", stackWithLogs(), false);
    assert.equal(run.lastLine(), undefined);
    assert.ok(!existsSync(join(folder, ".changeover")));
    const always = new KeptRun(folder, true);
    rmSync(join(folder, "logs"), { recursive: true });
    await always.keepStack("stack", stackWithLogs(), false);
    assert.ok(existsSync(join(always.folder ?? "", "stack", "state.json")));
  });

  it("kept run: a checkout that cannot be written to leaves the folder for temporary files", () => {
    writeFileSync(join(folder, ".changeover"), "a file, so no folder can be created");
    const run = new KeptRun(folder, false, new Date("2026-03-01T10:20:30Z"));
    try {
      run.keepFiles(true, { "record.json": "{}" });
      assert.equal(run.folder, join(tmpdir(), "rehearsal-2026-03-01T10-20-30"));
    } finally {
      if (run.folder !== undefined) rmSync(run.folder, { recursive: true, force: true });
    }
  });
});
