import assert from "node:assert/strict";
import type { Failure } from "../../../rehearsal/load";
import { failureSentences } from "../../../rehearsal/report/failure-sentences";
import { likelyCause } from "../../../rehearsal/report/likely-cause";
import type { RunRecord } from "../../../rehearsal/report/run-record";
import { sampleRecord } from "./sample-record";

const at = (seconds: number) => new Date(Date.parse("2026-03-01T10:00:00Z") + seconds * 1000).toISOString();
const failure = (change: Partial<Failure>): Failure => ({
  ...{
    at: at(12),
    kind: "server-error",
    user: "user-7",
    method: "GET",
    path: "/records",
    detail: "expected 200",
  },
  ...change,
});

const failed = (failures: readonly Failure[], change: Partial<RunRecord> = {}): RunRecord => {
  const sample = sampleRecord();
  assert.ok(sample.load);
  return {
    ...sample,
    instances: [],
    steps: [{ title: "Flip traffic", kind: "flip", startedAt: at(10), endedAt: at(15) }],
    load: { ...sample.load, startedAt: at(0), failures: [...failures], failuresByKind: {}, noisy: false },
    ...change,
  };
};

describe("failures in sentences", () => {
  it("failures: a sentence says when, whose request, what was going on, and what came back", () => {
    const [sentence] = failureSentences(failed([failure({ status: 500, color: "green", version: "1.1.0" })]));
    assert.equal(
      sentence,
      '10:00:12 (12.0 s into the load), during "Flip traffic": GET /records of user-7 got an error 500 from green 1.1.0 (expected 200).',
    );
  });

  it("failures: those of one kind in one step are one sentence with their number", () => {
    const one = failure({ kind: "timeout", detail: "10 s" });
    const sentences = failureSentences(
      failed([one, one, one, failure({ at: at(30), kind: "timeout", detail: "10 s" })]),
    );
    assert.match(sentences[0] ?? "", /2 more failed likewise\.$/);
    assert.match(sentences[1] ?? "", /between two steps/);
    assert.equal(failureSentences(failed([])).length, 0);
  });

  it("failures: the likely cause follows from the kind of the failure and what happened at its time", () => {
    const instance = { id: "i-1", tier: "web", color: "blue", version: "1.0.0", launchedAt: at(0) };
    const migration = {
      script: "0002_names.expand",
      phase: "expand",
      seconds: 1,
      longestWaitMs: 240,
    } as const;
    const cases: [RunRecord, RegExp][] = [
      [failed([failure({ kind: "session-lost" })]), /Store sessions in the database/],
      [failed([failure({ kind: "upload-cut" })]), /only when all of it is stored/],
      [
        failed([failure({ status: 502 })], { instances: [{ ...instance, terminatingAt: at(11) }] }),
        /i-1 \(web, blue 1\.0\.0\) was terminated/,
      ],
      [failed([failure({ status: 502 })]), /refused or closed a connection/],
      [failed([failure({ status: 503 })]), /no instance to send/],
      [failed([failure({ status: 500, color: "green", version: "1.1.0" })]), /green 1\.1\.0 itself answered/],
      [
        failed([failure({ kind: "timeout" })], {
          steps: [
            { title: "Deploy", kind: "deploy", startedAt: at(10), endedAt: at(15), migrations: [migration] },
          ],
        }),
        /0002_names\.expand ran in that step, and clients waited 240 ms/,
      ],
      [failed([failure({ kind: "wrong-answer" })]), /do not store or read the same data/],
    ];
    for (const [record, cause] of cases) assert.match(likelyCause(record) ?? "", cause);
  });
});
