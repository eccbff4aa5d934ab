import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadApplication } from "../../contract";
import { application } from "../applications/records/app";

describe("loadApplication", () => {
  it("loads the application of a program's folder", () => {
    assert.equal(loadApplication(join(__dirname, "..", "applications", "records")), application);
  });

  it("fails for a folder without an application", () => {
    const folder = mkdtempSync(join(tmpdir(), "changeover-program-"));
    try {
      assert.throws(() => loadApplication(folder), /app\/index\.ts is missing/);
      mkdirSync(join(folder, "app"));
      writeFileSync(join(folder, "app", "index.ts"), "export const service = {};\n");
      assert.throws(() => loadApplication(folder), /app\/index\.ts must export `application`/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
