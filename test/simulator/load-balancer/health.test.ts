import assert from "node:assert/strict";
import fc from "fast-check";
import {
  afterCheck,
  type CheckResult,
  INITIAL_HEALTH,
  parseMatcher,
} from "../../../simulator/load-balancer/health";

const thresholds = { healthyThreshold: 3, unhealthyThreshold: 2 };
const PASS: CheckResult = {};
const FAIL: CheckResult = { reason: "Target.Timeout" };

function statesAfter(results: readonly CheckResult[]): string[] {
  let health = INITIAL_HEALTH;
  return results.map((result) => {
    health = afterCheck(health, result, thresholds);
    return health.state;
  });
}

describe("simulator: load balancer, target health", () => {
  it("target health: healthy after the first passed check", () => {
    assert.deepEqual(statesAfter([PASS]), ["healthy"]);
    assert.deepEqual(statesAfter([FAIL, PASS]), ["initial", "healthy"]);
  });

  it("target health: unhealthy at the unhealthy threshold", () => {
    assert.deepEqual(statesAfter([PASS, FAIL, PASS, FAIL, FAIL]).slice(1), [
      "healthy",
      "healthy",
      "healthy",
      "unhealthy",
    ]);
    assert.deepEqual(statesAfter([FAIL, FAIL]), ["initial", "unhealthy"]);
  });

  it("target health: healthy again at the healthy threshold of consecutive checks", () => {
    const results = [FAIL, FAIL, PASS, PASS, FAIL, PASS, PASS, PASS];
    assert.deepEqual(statesAfter(results).slice(2), [...Array(5).fill("unhealthy"), "healthy"]);
  });

  it("target health: has a reason only when unhealthy", () => {
    const lost = [FAIL, { reason: "Target.ResponseCodeMismatch" } as const].reduce(
      (health, result) => afterCheck(health, result, thresholds),
      INITIAL_HEALTH,
    );
    assert.equal(lost.reason, "Target.ResponseCodeMismatch");
    assert.equal(afterCheck(INITIAL_HEALTH, PASS, thresholds).reason, undefined);
  });

  it("target health: depends only on the last consecutive checks", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean()), (passes) => {
        const before = passes.map((pass) => (pass ? PASS : FAIL));
        assert.equal(statesAfter([...before, PASS, PASS, PASS]).at(-1), "healthy");
        assert.equal(statesAfter([...before, FAIL, FAIL]).at(-1), "unhealthy");
      }),
    );
  });
});

describe("simulator: load balancer, health check matcher", () => {
  it("matcher: reads codes, ranges and lists", () => {
    const matches = parseMatcher("200-204, 301,404");
    assert.deepEqual(
      [200, 204, 205, 301, 404, 500].filter((code) => matches(code)),
      [200, 204, 301, 404],
    );
  });

  it("matcher: rejects other texts", () => {
    for (const text of ["", "abc", "200-", "299-200", "199", "200,500", "200 201"]) {
      assert.throws(() => parseMatcher(text), { name: "ValidationError", message: /from 200 to 499/ }, text);
    }
  });
});
