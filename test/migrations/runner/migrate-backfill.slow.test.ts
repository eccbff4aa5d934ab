import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { MAX_BATCH_ROWS } from "../../../migrations/runner/backfill-walk";
import { nextBatchRows } from "../../../migrations/runner/run-backfill";
import { expand, failure, kill, measureStall, scriptsOf, until, useFixture } from "./migrate-fixture";

describe("runner: backfill", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const fill = (rows: number, key = "id bigint PRIMARY KEY") =>
    fixture.query(
      `CREATE TABLE patients (${key}, filled int NOT NULL DEFAULT 0);
       INSERT INTO patients (id) SELECT n * 3 FROM generate_series(1, ${rows}) AS n`,
    );
  /** Not idempotent on purpose, to find rows that are processed twice. */
  const counting = (set = "filled = filled + 1", batch = 1000) =>
    scriptsOf({
      "0001_fill.expand": expand(
        `-- locks: patients\nALTER TABLE patients ADD COLUMN given text;

-- backfill: patients
--   key: id
--   batch: ${batch}
UPDATE patients SET ${set} WHERE id BETWEEN $1 AND $2;`,
      ),
    });
  const counts = () =>
    fixture.query("SELECT filled, count(*)::int AS rows FROM patients GROUP BY filled ORDER BY filled");

  it("processes every row once, after the statements above it", async () => {
    await fill(25_000);
    assert.deepEqual((await fixture.run(counting())).applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 25_000 }]);
    assert.deepEqual(await fixture.columns("patients"), ["id", "filled", "given"]);
    assert.deepEqual((await fixture.run(counting())).alreadyApplied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 25_000 }]);
  });

  it("walks along keys of any ordered type, and an empty table", async () => {
    await fixture.query(
      `CREATE TABLE patients (id text PRIMARY KEY, filled int NOT NULL DEFAULT 0);
       INSERT INTO patients (id) SELECT md5(n::text) FROM generate_series(1, 3000) AS n`,
    );
    await fixture.run(counting(undefined, 7));
    assert.deepEqual(await counts(), [{ filled: 1, rows: 3000 }]);
    await fixture.newDatabase();
    await fixture.query("CREATE TABLE patients (id uuid PRIMARY KEY, filled int)");
    assert.deepEqual((await fixture.run(counting())).applied, ["0001_fill"]);
  });

  it("continues after kill -9 without missing or repeating a row", async () => {
    await fill(3_000);
    // Slow enough for three kills.
    const slow = counting("filled = filled + 1 + length(pg_sleep(0.0001)::text)");
    let before = 0;
    for (let kills = 0; kills < 3; kills++) {
      const child = await fixture.child(slow);
      await until(fixture, `SELECT FROM patients WHERE filled > 0 OFFSET ${before}`);
      await kill(child);
      const [row] = await fixture.query<{ done: number }>(
        "SELECT count(*)::int AS done FROM patients WHERE filled > 0",
      );
      assert.ok(row && row.done >= before);
      before = row.done;
    }
    assert.ok(before < 3_000, "the kills came too late");
    await fixture.run(slow, { limits: { runnerWaitSeconds: 5 } });
    assert.deepEqual(await counts(), [{ filled: 1, rows: 3_000 }]);
    assert.deepEqual(await fixture.ledger(), ["0001_fill.expand"]);
  });

  it("stops before the deadline with more: true, until it is finished", async () => {
    await fill(2_000);
    const slow = counting("filled = filled + 1 + length(pg_sleep(0.0005)::text)", 50);
    const results = [];
    do {
      results.push(await fixture.run(slow, { deadline: Date.now() + 2_800 }));
    } while (results.at(-1)?.more && results.length < 50);
    assert.ok(results.length >= 2);
    assert.deepEqual(results[0]?.pending, ["0001_fill"]);
    assert.deepEqual(results.at(-1)?.applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 2_000 }]);
  });

  it("does not make clients wait while another client holds a row", async () => {
    await fill(30_000);
    const long = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
    await long.query("BEGIN; UPDATE patients SET filled = filled WHERE id = 60000");
    const stall = measureStall(await fixture.open(), "UPDATE patients SET filled = filled WHERE id = 59997");
    const running = fixture.run(counting());
    await sleep(2_500);
    await long.query("COMMIT");
    assert.deepEqual((await running).applied, ["0001_fill"]);
    const longestMs = await stall();
    assert.ok(longestMs < 1_000, `a client waited ${longestMs} ms; the transaction lasted 2500 ms`);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 30_000 }]);
  });

  it("reports the holder of a row at the limit, and keeps finished rows", async () => {
    await fill(5_000);
    const long = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
    await long.query("BEGIN; UPDATE patients SET filled = filled WHERE id = 15000");
    const alone = scriptsOf({
      "0001_fill.expand": expand(
        "-- backfill: patients\n-- key: id\n-- batch: 100\nUPDATE patients SET filled = filled + 1 WHERE id BETWEEN $1 AND $2",
      ),
    });
    const message = await failure(fixture.run(alone, { limits: { lockWaitSeconds: 1 } }));
    assert.match(
      message,
      /^0001_fill\.expand\.sql:5: the next rows stayed locked for 1 s by pid \d+ \(changeover:blue:1\.0\.0/,
    );
    await long.query("COMMIT");
    await fixture.run(alone);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 5_000 }]);
  });

  it("can be corrected after a failure, but not the statements above it", async () => {
    await fill(100);
    const message = await failure(fixture.run(counting("filled = 1 / (id - 150)::int")));
    assert.match(
      message,
      /^0001_fill\.expand\.sql:8: division by zero \(SQLSTATE 22012\)\. The statements above .* 0 rows are finished and kept/,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_fill.expand started"]);
    const [wrong] = counting();
    assert.ok(wrong);
    const changed = { ...wrong, sql: `${wrong.sql}\nSELECT 1;` };
    assert.match(
      await failure(fixture.run([changed])),
      /edited above its backfill, but that part is applied already/,
    );
    assert.deepEqual((await fixture.run(counting())).applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 100 }]);
  });

  it("rejects a key without NOT NULL or index, and a missing column", async () => {
    await fill(10, "id bigint");
    assert.match(
      await failure(fixture.run(counting())),
      /key must be NOT NULL and the first column of a btree index on all rows, got patients\.id, which is nullable\./,
    );
    await fixture.newDatabase();
    await fixture.query("CREATE TABLE patients (number int PRIMARY KEY)");
    assert.match(await failure(fixture.run(counting())), /key must be a column of patients, got id/);
  });

  it("fails when one row takes longer than the stall budget", async () => {
    await fill(3);
    const message = await failure(fixture.run(counting("filled = length(pg_sleep(2)::text)", 2)));
    assert.match(
      message,
      /one row takes longer than the stall budget of 250 ms\. The statements above .* 0 rows are finished/,
    );
  });

  it("adapts the batch size to the target, up to the cap", () => {
    assert.equal(nextBatchRows(1000, 50, 50), 1000);
    assert.equal(nextBatchRows(1000, 25, 50), 2000);
    assert.equal(nextBatchRows(1000, 1, 50), 2000);
    assert.equal(nextBatchRows(1000, 5000, 50), 250);
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: MAX_BATCH_ROWS }),
        fc.float({ min: 0, noNaN: true }),
        (rows, elapsed) => {
          const next = nextBatchRows(rows, elapsed, 50);
          assert.ok(Number.isInteger(next) && next >= 1 && next <= MAX_BATCH_ROWS);
        },
      ),
    );
  });
});
