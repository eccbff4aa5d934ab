import assert from "node:assert/strict";
import { progressLine } from "../../../rehearsal/report/progress-line";
import type { RecordedStep } from "../../../rehearsal/report/run-record";
import { stepEnd, stepLines } from "../../../rehearsal/report/step-lines";
import { summaryText } from "../../../rehearsal/report/summary";
import { sampleRecord } from "./sample-record";

const step: RecordedStep = {
  kind: "deploy",
  title: "Deploy 1.1.0 to green while blue is live",
  startedAt: "2026-11-30T10:00:00.000Z",
  endedAt: "2026-11-30T10:00:05.600Z",
  changes: { create: 12, update: 2, replace: 0, delete: 1, same: 130 },
  trafficBefore: [{ color: "blue", version: "1.0.0", percent: 100 }],
  trafficAfter: [
    { color: "blue", version: "1.0.0", percent: 90 },
    { color: "green", version: "1.1.0", percent: 10 },
  ],
  migrations: [
    { script: "0002_split.expand", phase: "expand", seconds: 0.261, rows: 178, longestWaitMs: 48 },
    { script: "0003_valid.expand", phase: "expand", seconds: 0.02 },
  ],
  gate: [
    {
      ...{ color: "green", version: "1.1.0", passed: true, seconds: 1.9 },
      tiers: [{ tier: "web", healthy: 2, needed: 2 }],
    },
  ],
  bakeSeconds: 6,
  rollback: { open: true, to: { color: "blue", version: "1.0.0" } },
};

describe("terminal: step", () => {
  it("shows scripts, gate, watch, traffic and rollback", () => {
    assert.deepEqual(stepLines(step), [
      "database  0002_split.expand in 0.26 s, 178 rows backfilled, a client waited 48 ms",
      "database  0003_valid.expand in 0.02 s",
      "gate      green 1.1.0 passed (web 2/2, 1.9 s)",
      "watch     6.0 s of bake, no rollback",
      "traffic   blue 1.0.0 -> blue 1.0.0 90 %, green 1.1.0 10 %",
      "rollback  open, to blue 1.0.0",
    ]);
    assert.equal(stepEnd(step), "done in 5.6 s, 15 resources changed");
    assert.equal(stepEnd({ ...step, error: "no" }), "failed after 5.6 s");
  });

  it("shows nothing that a program does not report", () => {
    const { kind, title, startedAt, endedAt } = step;
    assert.deepEqual(stepLines({ kind, title, startedAt, endedAt }), []);
    assert.deepEqual(
      stepLines({ kind, title, startedAt, endedAt, rollback: { open: false, reason: "no version" } }),
      ["rollback  closed: no version"],
    );
  });
});

describe("terminal: progress", () => {
  const { load } = sampleRecord();
  assert.ok(load);
  const figures = {
    ...load,
    requests: { ...load.requests, total: 1_234_567, failed: 12_345 },
    durationSeconds: 14_400,
  };

  it("fits every width, and leaves out the least important parts", () => {
    for (let width = 10; width <= 120; width++) {
      const line = progressLine(figures, width);
      assert.ok(line.length <= width, `${width}: ${line}`);
      assert.ok(line.startsWith("load 14400"));
    }
    assert.match(
      progressLine(figures, 78),
      /^load 14400 s, failed 12345, lost 0, cut 0, wrong 0, green 100\/s/,
    );
    assert.equal(progressLine(figures, 30), "load 14400 s, failed 12345");
  });
});

describe("terminal: summary", () => {
  it("ends with figures, sentences and the outcome", () => {
    const text = summaryText(sampleRecord({ strategies: undefined }));
    assert.match(text, /^ {2}requests failed +0$/m);
    assert.match(text, /^Proven:\n {2}- No request failed while/m);
    assert.match(text, /\nPASSED$/);
    assert.ok(
      text
        .split("\n")
        .filter((line) => line.startsWith("  -"))
        .every((line) => line.length <= 80),
    );
  });

  it("says that a noisy run passed", () => {
    const outcome = { result: "noisy", reasons: ["busy"], proven: [], notProven: [] } as const;
    const text = summaryText(
      sampleRecord({ outcome: { ...outcome, reasons: [], proven: [], notProven: [] } }),
    );
    assert.match(text, /^NOISY: passed; latencies are not judged/m);
  });

  it("has one row for each strategy, in 80 columns", () => {
    const lost = { requestsFailed: 12_345, sessionsLost: 0, uploadsCut: 12, wrongAnswers: 0 };
    const text = summaryText(
      sampleRecord({
        load: undefined,
        strategies: [
          {
            ...{ name: "streamlined", title: "", steps: [], isServing: true, requests: 23_456, lost },
            ...{ outageSeconds: 123.4, recordsUnreadableSeconds: 120.1, releaseSeconds: 150 },
          },
        ],
      }),
    );
    const [heading, row] = text.split("\n");
    assert.deepEqual(
      [heading?.trim().split(/ {2,}/), row?.trim().split(/ {2,}/)],
      [
        ["strategy", "outage", "failed", "lost", "cut", "unreadable", "release"],
        ["streamlined", "123.4 s", "12345 of 23456", "0", "12", "120.1 s", "150.0 s"],
      ],
    );
    assert.ok((row?.length ?? 99) <= 80, row);
  });
});
