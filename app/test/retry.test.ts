import assert from "node:assert/strict";
import pg from "pg";
import { isTransient } from "../application/database";
import { withRetries } from "../application/retry";

describe("retries of a query", () => {
  it("stop at the first success", async () => {
    let attempts = 0;
    const work = async () => {
      attempts++;
      if (attempts < 3) throw new Error("not yet");
      return "done";
    };
    assert.equal(await withRetries(work, { limitMs: 5_000, retryable: () => true }), "done");
    assert.equal(attempts, 3);
  });

  it("end after the limit with the last error, and at once for an error that is not transient", async () => {
    const failing = async () => {
      throw new Error("down");
    };
    const startedAt = performance.now();
    await assert.rejects(withRetries(failing, { limitMs: 300, retryable: () => true }), /down/);
    assert.ok(performance.now() - startedAt < 2_000);
    let attempts = 0;
    const counting = async () => {
      attempts++;
      return failing();
    };
    await assert.rejects(withRetries(counting, { limitMs: 5_000, retryable: () => false }), /down/);
    assert.equal(attempts, 1);
  });

  it("happen for interruptions and not for wrong statements", () => {
    const database = (code: string) => Object.assign(new pg.DatabaseError("x", 1, "error"), { code });
    for (const code of ["57P01", "57P03", "08006", "25006", "40001", "28P01", "0A000"]) {
      assert.ok(isTransient(database(code)), code);
    }
    for (const code of ["23505", "42703", "42501", "22P02", "57014"])
      assert.ok(!isTransient(database(code)), code);
    assert.ok(isTransient(Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" })));
    assert.ok(isTransient(new Error("Connection terminated unexpectedly")));
    assert.ok(isTransient(new Error("timeout exceeded when trying to connect")));
    assert.ok(!isTransient(new TypeError("x is not a function")));
  });
});
