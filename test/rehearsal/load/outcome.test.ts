import assert from "node:assert/strict";
import type { LoadFigures } from "../../../rehearsal/load/figures";
import { loadOutcome, noiseReasons } from "../../../rehearsal/load/outcome";
import { LoadRecorder } from "../../../rehearsal/load/recorder";

/** One good answer on a quiet machine. */
function goodRun(): LoadFigures {
  const recorder = new LoadRecorder();
  recorder.due(recorder.startedMs).assign("read", {}).succeed({ color: "blue", version: "1.0.0" });
  return { ...recorder.end(), noisy: false, noisyReasons: [] };
}

const quiet: LoadFigures["generator"] = {
  lagP99Ms: 2,
  lagMaxMs: 10,
  eventLoopDelayP99Ms: 2,
  eventLoopDelayMaxMs: 10,
  loadAverage: 1,
  cpuPressure: 0.2,
};

describe("load: outcome", () => {
  it("is passed when nothing failed, was lost, cut or wrong", () => {
    assert.deepEqual(loadOutcome(goodRun()), { outcome: "passed", passed: true, reasons: [] });
  });

  const changes: [string, (figures: LoadFigures) => void, RegExp][] = [
    ["a failed request", ({ requests }) => requests.failed++, /1 of 1 requests failed/],
    ["a lost session", ({ sessions }) => sessions.lost++, /1 of 0 sessions were lost/],
    ["a cut upload", ({ uploads }) => uploads.cut++, /uploads were cut/],
    ["a wrong answer", ({ answers }) => answers.wrong++, /1 answers were wrong/],
    ["an unsettled request", ({ requests }) => requests.unfinished++, /1 requests were never settled/],
    ["no request at all", ({ requests }) => Object.assign(requests, { total: 0 }), /nothing was tested/],
  ];
  for (const [what, change, reason] of changes) {
    it(`is failed by ${what}, on a noisy machine too`, () => {
      for (const noisy of [false, true]) {
        const figures = { ...goodRun(), noisy, noisyReasons: noisy ? ["busy"] : [] };
        change(figures);
        const { outcome, passed, reasons } = loadOutcome(figures);
        assert.deepEqual([outcome, passed, reasons.length], ["failed", false, 1]);
        assert.match(reasons[0] ?? "", reason);
      }
    });
  }

  it("is failed by a flip after which the new color never answered", () => {
    const recorder = new LoadRecorder();
    recorder.flips.started("blue", "green", recorder.startedMs);
    recorder.due(recorder.startedMs).assign("read", {}).succeed({ color: "blue" });
    const { outcome, reasons } = loadOutcome(recorder.end());
    assert.equal(outcome, "failed");
    assert.match(reasons[0] ?? "", /no answer came from green/);
  });

  it("is noisy, not passed, on a machine that is too busy", () => {
    const figures = { ...goodRun(), noisy: true, noisyReasons: ["busy"] };
    assert.deepEqual(loadOutcome(figures), { outcome: "noisy", passed: false, reasons: ["busy"] });
  });
});

describe("load: noise", () => {
  it("is not reported on a quiet machine", () => {
    assert.deepEqual(noiseReasons(quiet, 5_000), []);
    assert.deepEqual(noiseReasons({ ...quiet, cpuPressure: null }, 0), []);
  });

  it("is reported for a generator that is often late", () => {
    assert.match(noiseReasons({ ...quiet, lagP99Ms: 25 }, 0).join(), /late by 25 ms/);
    assert.match(noiseReasons({ ...quiet, eventLoopDelayP99Ms: 40 }, 0).join(), /late by 40 ms/);
  });

  it("is reported for a pause of the generator as long as the stall", () => {
    assert.match(noiseReasons({ ...quiet, lagMaxMs: 150 }, 200).join(), /paused for 150 ms/);
    assert.deepEqual(noiseReasons({ ...quiet, lagMaxMs: 150 }, 1_000), []);
  });

  it("is reported for a machine whose CPUs are always busy", () => {
    assert.match(noiseReasons({ ...quiet, cpuPressure: 0.95 }, 0).join(), /95 % of the run/);
  });
});
