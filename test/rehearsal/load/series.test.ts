import assert from "node:assert/strict";
import fc from "fast-check";
import { LoadSeries } from "../../../rehearsal/load/series";

describe("load: series of points", () => {
  it("has every count and the highest latency of a long run, in bounded memory", () => {
    const requests = fc.array(
      fc.record({ atSeconds: fc.integer({ min: 0, max: 5_000 }), maxMs: fc.nat(1_000), failed: fc.nat(1) }),
      { minLength: 1, maxLength: 200 },
    );
    fc.assert(
      fc.property(requests, (all) => {
        const series = new LoadSeries(60);
        for (const { atSeconds, maxMs, failed } of all) {
          const bucket = series.at(atSeconds);
          bucket.requests++;
          bucket.failed += failed;
          bucket.took(maxMs);
          bucket.answeredBy("blue", "blue 1.0.0");
        }
        const { bucketSeconds, points } = series.figures();
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
        assert.ok(points.length <= 60);
        assert.deepEqual(
          points.map(({ atSeconds }) => atSeconds),
          points.map((_, index) => index * bucketSeconds),
        );
        assert.equal(sum(points.map((point) => point.requests)), all.length);
        assert.equal(sum(points.map((point) => point.byColor.blue ?? 0)), all.length);
        assert.equal(sum(points.map((point) => point.byVersion["blue 1.0.0"] ?? 0)), all.length);
        assert.equal(sum(points.map((point) => point.failed)), sum(all.map(({ failed }) => failed)));
        for (const { atSeconds, maxMs } of all) {
          const bucket = points[Math.floor(atSeconds / bucketSeconds)];
          assert.ok(bucket !== undefined && bucket.maxMs >= maxMs && bucket.requests > 0);
        }
      }),
    );
  });

  it("has the percentiles of each interval within 5 %, also after intervals were merged", () => {
    const series = new LoadSeries(4);
    for (let n = 1; n <= 100; n++) series.at(n <= 50 ? 0 : 1).took(n);
    const [first, second] = series.figures().points;
    assert.deepEqual([first?.maxMs, second?.maxMs], [50, 100]);
    series.at(7);
    const [merged, empty] = series.figures().points;
    assert.ok(merged?.p50Ms && merged.p50Ms >= 50 && merged.p50Ms <= 52.5, `p50 ${merged?.p50Ms}`);
    assert.ok(merged?.p99Ms && merged.p99Ms >= 99 && merged.p99Ms <= 100, `p99 ${merged?.p99Ms}`);
    assert.deepEqual([empty?.p50Ms, empty?.p99Ms, empty?.maxMs], [null, null, 0]);
  });
});
