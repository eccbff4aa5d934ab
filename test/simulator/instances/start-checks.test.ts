import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCheck } from "../../../simulator/instances/start-checks";
import { readUnitFile } from "../../../simulator/instances/unit-file";

const CHECK = "/usr/bin/sha256sum --check /web.sha256";

describe("simulator: start check of a unit", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "changeover-start-check-"));
    const digest = createHash("sha256").update("program").digest("hex");
    writeFileSync(join(root, "web.sha256"), `${digest}  /web.js\n`);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const checkOf = (command?: string) => {
    const pre = command === undefined ? "" : `ExecStartPre=${command}\n`;
    const unit = readUnitFile("web.service", `[Service]\n${pre}ExecStart=/usr/bin/node /web.js`);
    return startCheck("web.service", unit, root);
  };

  it("start check: passes for the file with the listed SHA-256", () => {
    writeFileSync(join(root, "web.js"), "program");
    assert.deepEqual(checkOf(CHECK)(), []);
    assert.deepEqual(checkOf()(), []);
  });

  it("start check: names a file that differs or is missing", () => {
    assert.deepEqual(checkOf(CHECK)(), ["/web.js: FAILED open or read"]);
    writeFileSync(join(root, "web.js"), "another program");
    assert.deepEqual(checkOf(CHECK)(), ["/web.js: FAILED"]);
    rmSync(join(root, "web.sha256"));
    assert.deepEqual(checkOf(CHECK)(), ["sha256sum: /web.sha256: no such file"]);
  });

  it("start check: rejects other commands", () => {
    assert.throws(
      () => checkOf("/bin/sleep 1"),
      /web.service: ExecStartPre "\/bin\/sleep 1" is not supported/,
    );
  });
});
