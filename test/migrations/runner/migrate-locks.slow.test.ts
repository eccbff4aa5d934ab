import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import type { Client } from "pg";
import { lockWaitMs } from "../../../migrations/runner/limits";
import { expand, failure, kill, measureStall, scriptsOf, until, useFixture } from "./migrate-fixture";

const runnerIsActive = `SELECT FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand'
  AND datname = current_database() AND state = 'active'`;

describe("runner: locks", function () {
  this.timeout(60_000);
  const fixture = useFixture(
    "CREATE TABLE patients (id int PRIMARY KEY, name text); INSERT INTO patients VALUES (1, 'Ada')",
  );

  const addColumn = scriptsOf({
    "0001_a.expand": expand("-- locks: patients\nALTER TABLE patients ADD COLUMN given text;"),
  });
  const undeclared = scriptsOf({ "0001_a.expand": expand("ALTER TABLE patients ADD COLUMN given text;") });

  for (const [how, scripts] of [
    ["declared", addColumn],
    ["undeclared", undeclared],
  ] as const) {
    it(`waits behind a long transaction without making other clients wait (lock ${how})`, async () => {
      const long = await fixture.open();
      await long.query("BEGIN; SELECT * FROM patients");
      const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
      const running = fixture.run(scripts);
      await sleep(2_500);
      await long.query("COMMIT");
      assert.deepEqual((await running).applied, ["0001_a"]);
      const longestMs = await stall();
      assert.ok(longestMs < 1_000, `clients waited ${longestMs} ms; the transaction lasted 2500 ms`);
    });

    it(`reports the holder of the lock at the limit, and changes nothing (lock ${how})`, async () => {
      const long = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
      await long.query("BEGIN");
      await long.query("UPDATE patients SET name = 'Grace Hopper' WHERE id = 1");
      const message = await failure(fixture.run(scripts, { limits: { lockWaitSeconds: 1 } }));
      const { rows } = await long.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      assert.match(
        message,
        /^0001_a\.expand\.sql: no lock on .* longer than 250 ms\. It is held by pid (\d+) \(/,
      );
      assert.ok(
        message.includes(`pid ${rows[0]?.pid} (changeover:blue:1.0.0, user postgres, idle in transaction, `),
      );
      assert.match(message, /query: UPDATE patients SET name = \? WHERE id = \?\)/);
      assert.doesNotMatch(message + JSON.stringify(fixture.log), /Hopper/);
      await long.query("ROLLBACK");
      assert.deepEqual(await fixture.columns("patients"), ["id", "name"]);
      assert.deepEqual(await fixture.ledger(), []);
    });
  }

  it("requests a declared lock without queueing", async () => {
    const long = await fixture.open();
    await long.query("BEGIN; SELECT * FROM patients");
    const observer = await fixture.open();
    const running = fixture.run(addColumn);
    // The first waits of a few milliseconds come a second after the first attempt.
    for (const endsAt = Date.now() + 900; Date.now() < endsAt; await sleep(5)) {
      const { rows } = await observer.query("SELECT pid, mode FROM pg_locks WHERE NOT granted");
      assert.deepEqual(rows, []);
    }
    assert.ok(fixture.log.some(({ message }) => message === "waiting for a lock"));
    await long.query("COMMIT");
    assert.deepEqual((await running).applied, ["0001_a"]);
  });

  it("escalates lock waits up to the budget", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 10, max: 10_000 }), (attempt, budget) => {
        const wait = lockWaitMs(attempt, budget);
        assert.ok(wait >= 0 && wait < budget && wait <= lockWaitMs(attempt + 1, budget));
      }),
    );
    assert.equal(lockWaitMs(0, 250), 0);
    assert.equal(lockWaitMs(1000, 250), 150);
  });

  it("cancels a script that locks a table for longer than the stall budget", async () => {
    const scripts = scriptsOf({
      "0001_slow.expand": expand("ALTER TABLE patients ADD COLUMN x int;\nSELECT pg_sleep(20);"),
    });
    const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
    const message = await failure(fixture.run(scripts));
    const longestMs = await stall();
    assert.match(
      message,
      /^0001_slow\.expand\.sql: the script kept patients locked for longer than the stall budget of 250 ms/,
    );
    assert.ok(longestMs < 3_000, `clients waited ${longestMs} ms`);
    assert.deepEqual(await fixture.columns("patients"), ["id", "name"]);
  });

  it("does not limit a script on its own new table, or under a weak lock", async () => {
    const scripts = scriptsOf({
      "0001_new.expand": expand("CREATE TABLE fresh (id int);\nSELECT pg_sleep(0.8);"),
      "0002_weak.expand": expand(
        "-- locks: patients in share update exclusive\nSELECT pg_sleep(0.8);\nCOMMENT ON TABLE patients IS 'x';",
      ),
    });
    const stall = measureStall(await fixture.open(), "UPDATE patients SET name = 'b'");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_new", "0002_weak"]);
    assert.ok((await stall()) < 700);
  });

  it("cancels a script at the deadline", async () => {
    const scripts = scriptsOf({
      "0001_long.expand": expand("CREATE TABLE fresh ();\n\nSELECT pg_sleep(30);"),
    });
    const message = await failure(fixture.run(scripts, { deadline: Date.now() + 1_500 }));
    assert.match(
      message,
      /^0001_long\.expand\.sql:1: it did not finish in the remaining time .*Nothing of the/,
    );
    assert.deepEqual(await fixture.columns("fresh"), []);
  });

  it("cancels a script of many statements at the deadline", async () => {
    // statement_timeout starts anew for each statement.
    const statements = Array.from({ length: 30 }, () => "SELECT pg_sleep(1);").join("\n");
    const scripts = scriptsOf({ "0001_long.expand": expand(`CREATE TABLE fresh ();\n${statements}`) });
    const deadline = Date.now() + 2_500;
    const message = await failure(fixture.run(scripts, { deadline }));
    assert.match(
      message,
      /^0001_long\.expand\.sql:1: it did not finish in the remaining time .*Nothing of the/,
    );
    // Five seconds later the connection would be cut, and the result would be unknown.
    assert.ok(Date.now() < deadline + 4_000);
    assert.deepEqual(await fixture.columns("fresh"), []);
  });

  it("leaves a script to the next run when the remaining time is too short", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();\nSELECT pg_sleep(1.5);"),
      "0002_b.expand": expand("CREATE TABLE b ();\nSELECT pg_sleep(1.5);"),
    });
    const { applied, pending, more, stoppedAt } = await fixture.run(scripts, {
      deadline: Date.now() + 2_500,
    });
    assert.deepEqual([applied, pending, more], [["0001_a"], ["0002_b"], true]);
    assert.match(stoppedAt ?? "", /^0002_b\.expand\.sql:1: it did not finish in the remaining time/);
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand"]);
    const next = await fixture.run(scripts, { deadline: Date.now() + 15_000 });
    assert.deepEqual([next.applied, next.more, next.stoppedAt], [["0002_b"], false, undefined]);
  });

  it("leaves a script to the next run when its wait for a lock meets the deadline", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();"),
      "0002_b.expand": expand("-- locks: patients\nALTER TABLE patients ADD COLUMN given text;"),
    });
    const long = await fixture.open();
    await long.query("BEGIN; SELECT * FROM patients");
    const { applied, more, stoppedAt } = await fixture.run(scripts, { deadline: Date.now() + 3_000 });
    assert.deepEqual([applied, more], [["0001_a"], true]);
    assert.match(stoppedAt ?? "", /^0002_b\.expand\.sql: no lock on patients .*It is held by pid \d+/);
    // As the first script of a run, a lock that stays held is an error.
    const message = await failure(fixture.run(scripts, { deadline: Date.now() + 2_000 }));
    assert.match(message, /^0002_b\.expand\.sql: no lock on patients .*It is held by pid \d+/);
    await long.query("ROLLBACK");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0002_b"]);
  });

  describe("two runners at once", () => {
    const slow = scriptsOf({
      "0001_slow.expand": expand("CREATE TABLE fresh ();\nSELECT pg_advisory_xact_lock(1);"),
    });
    let gate: Client;
    /** The script cannot finish before openGate(). */
    const closeGate = async () => {
      gate = await fixture.open();
      await gate.query("SELECT pg_advisory_lock(1)");
    };
    const openGate = () => gate.query("SELECT pg_advisory_unlock(1)");
    const waitingRunners = (count: number) =>
      until(
        fixture,
        `SELECT FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand'
           AND datname = current_database() OFFSET ${count - 1}`,
      );

    it("run one after the other, and apply the script once", async () => {
      await closeGate();
      const running = Promise.all([fixture.run(slow), fixture.run(slow)]);
      await waitingRunners(2);
      await openGate();
      const results = await running;
      assert.deepEqual(
        results.flatMap(({ applied }) => applied),
        ["0001_slow"],
      );
      assert.deepEqual(
        results.flatMap(({ alreadyApplied }) => alreadyApplied),
        ["0001_slow"],
      );
    });

    it("the second reports the first at the limit", async () => {
      await closeGate();
      const first = fixture.run(slow);
      await until(fixture, runnerIsActive);
      const message = await failure(fixture.run(slow, { limits: { runnerWaitSeconds: 0.3 } }));
      await openGate();
      assert.match(
        message,
        /^Another runner is active: pid \d+ \(changeover-migrate:expand, user postgres, (active|idle), /,
      );
      assert.deepEqual((await first).applied, ["0001_slow"]);
    });

    it("a killed runner loses the lock within 5 s, also during a statement", async () => {
      const endless = scriptsOf({
        "0001_slow.expand": expand("CREATE TABLE fresh ();\nSELECT pg_sleep(300);"),
      });
      const child = await fixture.child(endless);
      await until(fixture, runnerIsActive);
      await kill(child);
      const result = await fixture.run(slow, { limits: { runnerWaitSeconds: 5 } });
      assert.deepEqual(result.applied, ["0001_slow"]);
    });
  });

  it("a frozen runner loses the lock, and fails when it continues", async () => {
    const script = scriptsOf({ "0001_a.expand": expand("CREATE TABLE fresh ();\nSELECT pg_sleep(0.5);") });
    const child = await fixture.child(script);
    await until(fixture, runnerIsActive);
    child.kill("SIGSTOP");
    // Half a second of its statement, then five seconds idle in transaction.
    const result = await fixture.run(script, { limits: { runnerWaitSeconds: 15 } });
    assert.deepEqual(result.applied, ["0001_a"]);
    child.kill("SIGCONT");
    const [code] = await once(child, "exit");
    assert.equal(code, 1);
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand"]);
  });

  describe("concurrent index", () => {
    const header = "-- transaction: none\n";
    const index = scriptsOf({
      "0001_by_name.expand": expand(`${header}CREATE INDEX CONCURRENTLY by_name ON patients (name);`),
    });
    const unique = scriptsOf({
      "0001_by_name.expand": expand(`${header}CREATE UNIQUE INDEX CONCURRENTLY by_name ON patients (name);`),
    });
    const indexes = () =>
      fixture.query(
        `SELECT c.relname AS name, indisvalid AS valid, indisunique AS unique FROM pg_index
           JOIN pg_class c ON c.oid = indexrelid WHERE indrelid = 'patients'::regclass AND NOT indisprimary`,
      );

    it("is valid and in the ledger, and makes no client wait behind an open transaction", async () => {
      const long = await fixture.open();
      await long.query("BEGIN; UPDATE patients SET name = 'x'");
      const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
      const running = fixture.run(index);
      await until(fixture, "SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'");
      await sleep(500);
      await long.query("COMMIT");
      assert.deepEqual((await running).applied, ["0001_by_name"]);
      assert.ok((await stall()) < 1_000);
      assert.deepEqual(await indexes(), [{ name: "by_name", valid: true, unique: false }]);
      assert.deepEqual(await fixture.ledger(), ["0001_by_name.expand"]);
    });

    it("is not blocked by a second runner that waits", async () => {
      const long = await fixture.open();
      await long.query("BEGIN; UPDATE patients SET name = 'x'");
      const first = fixture.run(index);
      await until(fixture, "SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'");
      const second = fixture.run(index);
      await until(
        fixture,
        "SELECT FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand' OFFSET 1",
      );
      // A wait inside the server would hold a snapshot, which the index build waits for.
      await sleep(500);
      await long.query("COMMIT");
      assert.deepEqual((await first).applied, ["0001_by_name"]);
      assert.deepEqual((await second).alreadyApplied, ["0001_by_name"]);
    });

    it("must exist after its build, also with IF NOT EXISTS", async () => {
      await fixture.query("CREATE TABLE others (name text); CREATE INDEX by_name ON others (name)");
      const scripts = scriptsOf({
        "0001_by_name.expand": expand(
          `${header}CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON patients (name);`,
        ),
      });
      assert.match(
        await failure(fixture.run(scripts)),
        /^0001_by_name\.expand\.sql:3: the name by_name is taken by another object.*Nothing of it remains/,
      );
      assert.deepEqual(await fixture.ledger(), []);
    });

    it("may have a name that PostgreSQL cuts", async () => {
      const name = "patients_by_name_for_the_search_page_and_for_the_monthly_report_of_all_wards";
      const scripts = scriptsOf({
        "0001_long.expand": expand(`${header}CREATE INDEX CONCURRENTLY ${name} ON patients (name);`),
        "0002_long.expand": expand(`${header}DROP INDEX CONCURRENTLY IF EXISTS ${name};`, "1.1.0"),
      });
      assert.deepEqual((await fixture.run(scripts)).applied, ["0001_long"]);
      assert.deepEqual(await indexes(), [{ name: name.slice(0, 63), valid: true, unique: false }]);
      assert.deepEqual((await fixture.run(scripts)).alreadyApplied, ["0001_long"]);
      await fixture.run(scripts, { versions: ["1.1.0"] });
      assert.deepEqual(await indexes(), []);
    });

    it("leaves nothing after a failure, and the script can be corrected", async () => {
      await fixture.query("INSERT INTO patients VALUES (2, 'Ada')");
      const message = await failure(fixture.run(unique));
      assert.match(
        message,
        /^0001_by_name\.expand\.sql:3: could not create unique index "by_name".*Nothing of it remains\.$/,
      );
      assert.doesNotMatch(message, /Ada/);
      assert.deepEqual(await indexes(), []);
      assert.deepEqual((await fixture.run(index)).applied, ["0001_by_name"]);
    });

    it("is repaired by the next run after a kill", async () => {
      const long = await fixture.open();
      await long.query("BEGIN; UPDATE patients SET name = 'x'");
      const child = await fixture.child(index);
      await until(fixture, "SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'");
      await kill(child);
      await until(fixture, "SELECT WHERE NOT EXISTS (SELECT FROM pg_stat_progress_create_index)");
      assert.deepEqual(await indexes(), [{ name: "by_name", valid: false, unique: false }]);
      await long.query("COMMIT");
      assert.deepEqual((await fixture.run(index)).applied, ["0001_by_name"]);
      assert.deepEqual(await indexes(), [{ name: "by_name", valid: true, unique: false }]);
    });

    it("is accepted when a run ended between the build and the ledger", async () => {
      await fixture.run(index);
      await fixture.query("UPDATE changeover.ledger SET applied_at = NULL");
      assert.deepEqual((await fixture.run(index)).applied, ["0001_by_name"]);
      assert.deepEqual(await fixture.ledger(), ["0001_by_name.expand"]);
    });

    it("is rejected when another client created it", async () => {
      await fixture.query("CREATE INDEX by_name ON patients (id)");
      assert.match(
        await failure(fixture.run(index)),
        /the index public\.by_name exists already, but this script did/,
      );
    });

    it("is dropped by a script, also when it does not exist", async () => {
      await fixture.query("CREATE INDEX by_name ON patients (name)");
      const drop = (number: string) => ({
        [`${number}_drop.expand`]: expand(`${header}DROP INDEX CONCURRENTLY IF EXISTS public.by_name;`),
      });
      const scripts = scriptsOf({ ...drop("0001"), ...drop("0002") });
      assert.deepEqual((await fixture.run(scripts)).applied, ["0001_drop", "0002_drop"]);
      assert.deepEqual(await indexes(), []);
    });
  });
});
