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
          const point = series.at(atSeconds);
          point.requests++;
          point.failed += failed;
          point.maxMs = Math.max(point.maxMs, maxMs);
          point.byColor.blue = (point.byColor.blue ?? 0) + 1;
        }
        const { bucketSeconds, points } = series.toJSON();
        const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
        assert.ok(points.length <= 60);
        assert.deepEqual(
          points.map(({ atSeconds }) => atSeconds),
          points.map((_, index) => index * bucketSeconds),
        );
        assert.equal(sum(points.map((point) => point.requests)), all.length);
        assert.equal(sum(points.map((point) => point.byColor.blue ?? 0)), all.length);
        assert.equal(sum(points.map((point) => point.failed)), sum(all.map(({ failed }) => failed)));
        for (const { atSeconds, maxMs } of all) {
          const bucket = points[Math.floor(atSeconds / bucketSeconds)];
          assert.ok(bucket !== undefined && bucket.maxMs >= maxMs && bucket.requests > 0);
        }
      }),
    );
  });
});
