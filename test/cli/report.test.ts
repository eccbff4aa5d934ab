import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { report } from "../../cli/report";
import { InputError } from "../../cli/usage-error";
import { sampleRecord } from "../rehearsal/report/sample-record";

describe("changeover report", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-report-"));
    writeFileSync(join(folder, "run.json"), JSON.stringify(sampleRecord()));
    writeFileSync(join(folder, "other.json"), JSON.stringify(sampleRecord({ application: "clinic" })));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function run(files: readonly string[], options: Record<string, unknown> = {}): Promise<string> {
    const args = files.map((file) => join(folder, file));
    let text = "";
    await report.prepare({ options, args, env: {} }).run({
      env: {},
      signal: new AbortController().signal,
      write: async (part) => {
        text += part;
      },
      log: () => undefined,
    });
    return text;
  }

  it("prints Markdown of a record", async () => {
    assert.match(await run(["run.json"]), /^## ✅ Passed: 1 release of shop/);
  });

  it("writes a page, by the extension of the file", async () => {
    const output = join(folder, "run.html");
    await run(["run.json"], { output });
    assert.match(readFileSync(output, "utf8"), /^<!doctype html>/);
  });

  it("compares two records", async () => {
    assert.match(await run(["run.json", "other.json"]), /\| Application \| shop \| clinic \|/);
  });

  it("rejects all files that are not records, with the reasons", async () => {
    writeFileSync(join(folder, "run.json"), "{}");
    await assert.rejects(run(["run.json", "missing.json"]), (error: Error) => {
      assert.ok(error instanceof InputError);
      assert.match(error.message, /run\.json: recordVersion must be 1, got nothing\./);
      assert.match(error.message, /missing\.json must be a file that can be read, got ENOENT\./);
      return true;
    });
  });

  it("rejects a file that it cannot write", async () => {
    await assert.rejects(
      run(["run.json"], { output: join(folder, "no", "run.html") }),
      /got ENOENT\. Choose/,
    );
  });
});
