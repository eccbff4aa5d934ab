import assert from "node:assert/strict";
import fc from "fast-check";
import { StallWatch } from "../../../rehearsal/load/stall";

describe("load: longest stall", () => {
  it("is 0 without requests", () => {
    assert.equal(new StallWatch().longestMs(60_000), 0);
  });

  it("is the time from the first unanswered request to the next answer", () => {
    const watch = new StallWatch();
    watch.due(0);
    watch.answered(2);
    for (const dueMs of [100, 200, 300]) watch.due(dueMs);
    watch.answered(1_100);
    watch.answered(1_101);
    watch.answered(1_102);
    assert.equal(watch.longestMs(5_000), 1_000);
  });

  it("does not end with a failed request", () => {
    const watch = new StallWatch();
    watch.due(0);
    watch.failed();
    watch.due(400);
    watch.answered(500);
    assert.equal(watch.longestMs(500), 500);
  });

  it("does not count one slow answer among fast ones", () => {
    const watch = new StallWatch();
    watch.due(0);
    for (let ms = 10; ms < 1_000; ms += 10) {
      watch.due(ms);
      watch.answered(ms + 1);
    }
    watch.answered(1_000);
    assert.equal(watch.longestMs(1_000), 11);
  });

  it("includes a gap that is still open", () => {
    const watch = new StallWatch();
    watch.due(100);
    assert.equal(watch.longestMs(700), 600);
  });

  it("equals a search through the whole history", () => {
    const request = fc.record({
      dueMs: fc.integer({ min: 0, max: 200 }),
      waitMs: fc.integer({ min: 1, max: 100 }),
      good: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(request, { maxLength: 30 }), (requests) => {
        const watch = new StallWatch();
        const events = requests
          .flatMap(({ dueMs, waitMs, good }) => [
            { atMs: dueMs, order: 0, apply: () => watch.due(dueMs) },
            good
              ? { atMs: dueMs + waitMs, order: 2, apply: () => watch.answered(dueMs + waitMs) }
              : { atMs: dueMs + waitMs, order: 1, apply: () => watch.failed() },
          ])
          .sort((a, b) => a.atMs - b.atMs || a.order - b.order);
        for (const event of events) event.apply();
        assert.equal(watch.longestMs(300), longestBySearch(requests, 300));
      }),
    );
  });
});

/** The longest time between answers in which a request was due. */
function longestBySearch(
  requests: readonly { dueMs: number; waitMs: number; good: boolean }[],
  endMs: number,
): number {
  const answers = requests.filter(({ good }) => good).map(({ dueMs, waitMs }) => dueMs + waitMs);
  let longest = 0;
  for (const endOfGap of [...answers, endMs]) {
    const before = Math.max(Number.NEGATIVE_INFINITY, ...answers.filter((atMs) => atMs < endOfGap));
    const starts = requests
      .filter(({ dueMs, waitMs }) => dueMs <= endOfGap && dueMs + waitMs > before)
      .map(({ dueMs }) => Math.max(dueMs, before));
    if (starts.length > 0) longest = Math.max(longest, endOfGap - Math.min(...starts));
  }
  return longest;
}
