import assert from "node:assert/strict";
import { judgeFault, type ObservedFault } from "../../../rehearsal/faults/stage/judge-fault";

const fault = {
  tolerated: { failedShare: 0.1, failureSeconds: 5, cutShare: 0.5 },
  noticedBy: ["alarm", "watch"],
  recoversWithinSeconds: 30,
} as const;

const asExpected: ObservedFault = {
  requests: 1000,
  uploads: 10,
  failureSeconds: 5,
  isNoisy: false,
  lost: { requestsFailed: 100, sessionsLost: 0, uploadsCut: 5, wrongAnswers: 0 },
  noticed: [{ by: "alarm" }, { by: "watch" }],
  recoveredAfterSeconds: 30,
};

const problemsOf = (change: Partial<ObservedFault>) => judgeFault(fault, { ...asExpected, ...change });
const lost = (change: Partial<ObservedFault["lost"]>) => ({ lost: { ...asExpected.lost, ...change } });

describe("fault: outcome", () => {
  it("fault outcome: passes at the limits of what is tolerated", () => {
    assert.deepEqual(problemsOf({}), []);
  });

  it("fault outcome: each loss beyond the tolerated one is a problem with its number", () => {
    const cases: [Partial<ObservedFault>, string][] = [
      [lost({ requestsFailed: 101 }), "101 of 1000 requests failed; tolerated are 100 (10 %)."],
      [{ failureSeconds: 5.1 }, "Requests failed over 5.1 s; tolerated are 5.0 s."],
      [lost({ uploadsCut: 6 }), "6 of 10 uploads were cut; tolerated are 5 (50 %)."],
      [lost({ sessionsLost: 1 }), "1 sessions were lost; none may be."],
      [lost({ wrongAnswers: 2 }), "2 answers were wrong; none may be."],
      [{ noticed: [{ by: "alarm" }] }, "The fault was not noticed by: watch."],
      [{ recoveredAfterSeconds: 30.1 }, "All was well again after 30.1 s; the limit is 30 s."],
      [{ recoveredAfterSeconds: null }, "All was not well again within 30 s."],
    ];
    for (const [change, problem] of cases) assert.deepEqual(problemsOf(change), [problem]);
  });

  it("fault outcome: without a tolerated loss a single failed request is a problem", () => {
    const strict = { ...fault, tolerated: {} };
    assert.deepEqual(judgeFault(strict, { ...asExpected, ...lost({ requestsFailed: 1, uploadsCut: 0 }) }), [
      "1 of 1000 requests failed; tolerated are none.",
    ]);
  });

  it("fault outcome: a run without requests has tested nothing", () => {
    assert.deepEqual(problemsOf({ requests: 0, ...lost({ requestsFailed: 0 }) }), [
      "No request was made, so nothing was tested.",
    ]);
  });

  it("fault outcome: a busy machine extends the limits of times, and no other limit", () => {
    assert.deepEqual(problemsOf({ isNoisy: true, recoveredAfterSeconds: 100, failureSeconds: 19 }), []);
    assert.equal(problemsOf({ isNoisy: true, recoveredAfterSeconds: 121 }).length, 1);
    assert.equal(problemsOf({ isNoisy: true, ...lost({ requestsFailed: 101 }) }).length, 1);
  });
});
