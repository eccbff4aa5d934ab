import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { MAX_BATCH_ROWS, nextBatchRows } from "../../../migrations/runner/run-backfill";
import { expand, failure, kill, measureStall, scriptsOf, useFixture } from "./migrate-fixture";

describe("lambda/migrate backfills", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const fill = (rows: number, key = "id bigint PRIMARY KEY") =>
    fixture.query(
      `CREATE TABLE patients (${key}, filled int NOT NULL DEFAULT 0);
       INSERT INTO patients (id) SELECT n * 3 FROM generate_series(1, ${rows}) AS n`,
    );
  /** Not harmless when repeated, on purpose: each row must be met exactly once. */
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

  it("meets every row once, together with the change before it", async () => {
    await fill(25_000);
    assert.deepEqual((await fixture.run(counting())).applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 25_000 }]);
    assert.deepEqual(await fixture.columns("patients"), ["id", "filled", "given"]);
    assert.deepEqual((await fixture.run(counting())).alreadyApplied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 25_000 }]);
  });

  it("walks along keys of any ordered type, and over an empty table", async () => {
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

  it("goes on where it stopped after kill -9, and no row is met twice or missed", async () => {
    await fill(3_000);
    // A millisecond and more for each row, so that each of three kills falls somewhere into it.
    const slow = counting("filled = filled + 1 + length(pg_sleep(0.0001)::text)");
    let before = 0;
    for (const afterMs of [150, 60, 300]) {
      const child = await fixture.child(slow);
      await sleep(afterMs);
      await kill(child);
      const [row] = await fixture.query<{ done: number }>(
        "SELECT count(*)::int AS done FROM patients WHERE filled > 0",
      );
      assert.ok(row && row.done >= before);
      before = row.done;
    }
    assert.ok(before < 3_000, "the kills came too late to test anything");
    await fixture.run(slow, { limits: { runnerWaitSeconds: 5 } });
    assert.deepEqual(await counts(), [{ filled: 1, rows: 3_000 }]);
    assert.deepEqual(await fixture.ledger(), ["0001_fill.expand"]);
  });

  it("stops before the deadline and says that there is more, until there is none", async () => {
    await fill(4_000);
    const slow = counting("filled = filled + 1 + length(pg_sleep(0.0005)::text)", 50);
    const results = [];
    do {
      results.push(await fixture.run(slow, { deadline: Date.now() + 2_800 }));
    } while (results.at(-1)?.more && results.length < 50);
    assert.ok(results.length >= 2);
    assert.deepEqual(results[0]?.pending, ["0001_fill"]);
    assert.deepEqual(results.at(-1)?.applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 4_000 }]);
  });

  it("does not make clients wait, also while somebody holds a row that it needs", async () => {
    await fill(30_000);
    const long = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
    await long.query("BEGIN; UPDATE patients SET filled = filled WHERE id = 60000");
    const stall = measureStall(await fixture.open(), "UPDATE patients SET filled = filled WHERE id = 59997");
    const running = fixture.run(counting());
    await sleep(2_500);
    await long.query("COMMIT");
    assert.deepEqual((await running).applied, ["0001_fill"]);
    const longestMs = await stall();
    assert.ok(longestMs < 1_000, `a client stood still for ${longestMs} ms; the transaction lasted 2500 ms`);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 30_000 }]);
  });

  it("names who holds a row when the time is over, and keeps what is done", async () => {
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
      /^0001_fill\.expand\.sql:5: the next rows stayed locked for 1 s\. In the way: pid \d+ \(changeover:blue:1\.0\.0/,
    );
    await long.query("COMMIT");
    await fixture.run(alone);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 5_000 }]);
  });

  it("can be corrected when it fails, but not what is applied before it", async () => {
    await fill(100);
    const message = await failure(fixture.run(counting("filled = 1 / (id - 150)::int")));
    assert.match(
      message,
      /^0001_fill\.expand\.sql:8: division by zero \(SQLSTATE 22012\)\. 0 rows are done and kept/,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_fill.expand begun"]);
    const [wrong] = counting();
    assert.ok(wrong);
    const changed = { ...wrong, sql: `${wrong.sql}\nSELECT 1;` };
    assert.match(
      await failure(fixture.run([changed])),
      /edited before its backfill, but that part is applied already/,
    );
    assert.deepEqual((await fixture.run(counting())).applied, ["0001_fill"]);
    assert.deepEqual(await counts(), [{ filled: 1, rows: 100 }]);
  });

  it("refuses a key that would miss rows or scan the table, and a table that is not there", async () => {
    await fill(10, "id bigint");
    assert.match(
      await failure(fixture.run(counting())),
      /patients\.id must be NOT NULL and the first column of an index/,
    );
    await fixture.newDatabase();
    await fixture.query("CREATE TABLE patients (number int PRIMARY KEY)");
    assert.match(await failure(fixture.run(counting())), /there is no column id in table patients/);
  });

  it("says so when one row alone takes longer than the stall budget", async () => {
    await fill(3);
    const message = await failure(fixture.run(counting("filled = length(pg_sleep(2)::text)", 2)));
    assert.match(message, /one row takes longer than the stall budget of 250 ms\. 0 rows are done/);
  });

  it("adapts its batches to the target, never beyond the cap", () => {
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
