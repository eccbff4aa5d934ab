import assert from "node:assert/strict";
import { outcomeOf } from "../../../rehearsal/report/outcome";
import type { RecordedStrategy, RunRecord } from "../../../rehearsal/report/run-record";
import { sampleRecord } from "./sample-record";

/** The outcome of a run with one release, without faults and strategies. */
const outcome = (changes: Partial<RunRecord> = {}) =>
  outcomeOf(sampleRecord({ alarms: [], faults: undefined, strategies: undefined, ...changes }));

const strategy = (name: RecordedStrategy["name"], requestsFailed: number): RecordedStrategy => ({
  ...{ name, title: name, steps: [], isServing: true },
  ...{ outageSeconds: requestsFailed / 100, recordsUnreadableSeconds: 0, releaseSeconds: 20, requests: 1000 },
  lost: { requestsFailed, sessionsLost: 0, uploadsCut: 0, wrongAnswers: 0 },
});

describe("outcome of a run", () => {
  it("says what a passed run has proven, and what it has not", () => {
    const { result, proven, notProven } = outcome();
    assert.equal(result, "passed");
    assert.match(proven[0] ?? "", /^1 release under load: 4000 requests and none failed/);
    const open = notProven.join("\n");
    for (const part of [/^A canary: /m, /^A rollback: /m, /^The watch: /m, /^Faults: /m])
      assert.match(open, part);
  });

  it("is failed by the error of a step, and has then proven nothing", () => {
    const error = { message: "The health gate failed.", step: "Flip", at: "2026-11-30T10:00:00.000Z" };
    const { result, reasons, proven } = outcome({ error });
    assert.deepEqual([result, reasons, proven], ["failed", ["Flip: failed"], []]);
  });

  it("counts migrations, rollbacks and bakes under load", () => {
    const at = { startedAt: "2026-11-30T10:00:00.000Z", endedAt: "2026-11-30T10:00:01.000Z" };
    const { proven, notProven } = outcome({
      steps: [
        {
          ...{ kind: "deploy", title: "Deploy", ...at },
          migrations: [
            { script: "1_a.expand", phase: "expand", seconds: 1, rows: 40, longestWaitMs: 12 },
            { script: "2_b.expand", phase: "expand", seconds: 1 },
          ],
        },
        { kind: "canary", title: "Canary", ...at, bakeSeconds: 6 },
        { kind: "rollback", title: "Roll back", ...at },
      ],
    });
    const text = proven.join("\n");
    assert.match(
      text,
      /^2 migration scripts ran .*: 40 rows backfilled, no client waited longer than 12 ms/m,
    );
    assert.match(text, /^1 rollback under load\.$/m);
    assert.match(text, /^1 traffic shifts were watched during their bake; no alarm went off\.$/m);
    assert.ok(!notProven.some((sentence) => /canary|rollback|watch/i.test(sentence)));
  });

  it("is noisy, with the reasons, when only the latencies cannot be judged", () => {
    const { load } = sampleRecord();
    const { result, reasons } = outcome({ load: load && { ...load, noisy: true, noisyReasons: ["busy"] } });
    assert.deepEqual([result, reasons], ["noisy", ["busy"]]);
  });

  it("allows an outage to each strategy but zero", () => {
    const of = (...strategies: RecordedStrategy[]) => outcome({ load: undefined, steps: [], strategies });
    const fine = of(strategy("stop", 900), strategy("zero", 0));
    assert.equal(fine.result, "passed");
    assert.deepEqual(fine.proven, [
      "stop: an outage of 9.0 s; 900 of 1000 requests failed.",
      "zero: no outage; 0 of 1000 requests failed.",
    ]);
    assert.match(of(strategy("zero", 1)).reasons.join(), /strategy zero: 1 requests failed/);
    assert.match(
      of({ ...strategy("stop", 9), isServing: false }).reasons.join(),
      /stop: the new version did not/,
    );
  });
});
