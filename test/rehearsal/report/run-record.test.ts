import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseRunRecord, RunRecordError, runRecordJsonSchema } from "../../../rehearsal/report/run-record";
import { sampleRecord } from "./sample-record";

const PUBLISHED = join(__dirname, "..", "..", "..", "docs", "rehearsal-record.schema.json");

describe("run record", () => {
  it("is read back as it was written", () => {
    const record = sampleRecord();
    assert.deepEqual(parseRunRecord("run.json", JSON.stringify(record)), record);
  });

  it("is read when a later version has added a key", () => {
    const record = sampleRecord();
    const text = JSON.stringify({ ...record, weather: "rain" });
    assert.deepEqual(parseRunRecord("run.json", text), record);
  });

  it("is rejected with all wrong keys at once", () => {
    const { load: _, ...record } = sampleRecord();
    const wrong = { ...record, application: 7, steps: [{ ...record.steps[0], kind: "jump" }] };
    assert.throws(
      () => parseRunRecord("run.json", JSON.stringify(wrong)),
      (error: Error) =>
        error instanceof RunRecordError &&
        /^run\.json: application: .*string/m.test(error.message) &&
        /^run\.json: steps\.0\.kind: /m.test(error.message),
    );
  });

  it("is rejected with the remedy if another version wrote it, or if it is another file", () => {
    for (const [text, message] of [
      ['{"recordVersion": 99}', /run\.json: recordVersion must be 1, got 99\. Use a file of/],
      ['{"requests": {}}', /run\.json: recordVersion must be 1, got nothing\./],
      ["null", /got nothing/],
      ["{", /run\.json must be JSON/],
    ] as const) {
      assert.throws(() => parseRunRecord("run.json", text), message);
    }
  });

  it("has its current schema published in docs/", () => {
    const published: unknown = JSON.parse(readFileSync(PUBLISHED, "utf8"));
    assert.deepEqual(
      published,
      JSON.parse(JSON.stringify(runRecordJsonSchema())),
      "Run `changeover schema`, and raise RUN_RECORD_VERSION if an older reader cannot read the new format.",
    );
  });
});
