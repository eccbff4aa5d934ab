import assert from "node:assert/strict";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { lockWaitMs } from "../../../migrations/runner/limits";
import { expand, failure, kill, measureStall, scriptsOf, until, useFixture } from "./migrate-fixture";

const runnerIsAtWork = `SELECT FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand'
  AND datname = current_database() AND state = 'active'`;

describe("lambda/migrate and other clients", function () {
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
      assert.ok(longestMs < 1_000, `clients stood still for ${longestMs} ms; the transaction lasted 2500 ms`);
    });

    it(`names who is in the way when the time is over, and changes nothing (lock ${how})`, async () => {
      const long = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
      await long.query("BEGIN");
      await long.query("UPDATE patients SET name = 'Grace Hopper' WHERE id = 1");
      const message = await failure(fixture.run(scripts, { limits: { lockWaitSeconds: 1 } }));
      const { rows } = await long.query<{ pid: number }>("SELECT pg_backend_pid() AS pid");
      assert.match(
        message,
        /^0001_a\.expand\.sql: no lock on .* longer than 250 ms\. In the way: pid (\d+) \(/,
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

  it("asks for a declared lock without waiting for it, so that nobody stands behind it", async () => {
    const long = await fixture.open();
    await long.query("BEGIN; SELECT * FROM patients");
    const looking = await fixture.open();
    const running = fixture.run(addColumn);
    // The first waits of a few milliseconds come a second after the first attempt.
    for (const endsAt = Date.now() + 900; Date.now() < endsAt; await sleep(5)) {
      const { rows } = await looking.query("SELECT pid, mode FROM pg_locks WHERE NOT granted");
      assert.deepEqual(rows, []);
    }
    assert.ok(fixture.log.some(({ message }) => message === "waiting for a lock"));
    await long.query("COMMIT");
    assert.deepEqual((await running).applied, ["0001_a"]);
  });

  it("escalates, never beyond the budget", () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 10, max: 10_000 }), (attempt, budget) => {
        const wait = lockWaitMs(attempt, budget);
        assert.ok(wait >= 0 && wait < budget && wait <= lockWaitMs(attempt + 1, budget));
      }),
    );
    assert.equal(lockWaitMs(0, 250), 0);
    assert.equal(lockWaitMs(1000, 250), 150);
  });

  it("cancels a script that keeps a table locked for longer than the stall budget", async () => {
    const scripts = scriptsOf({
      "0001_slow.expand": expand("ALTER TABLE patients ADD COLUMN x int;\nSELECT pg_sleep(20);"),
    });
    const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
    const message = await failure(fixture.run(scripts));
    const longestMs = await stall();
    assert.match(
      message,
      /^0001_slow\.expand\.sql: it kept patients locked for longer than the stall budget of 250 ms/,
    );
    assert.ok(longestMs < 3_000, `clients stood still for ${longestMs} ms`);
    assert.deepEqual(await fixture.columns("patients"), ["id", "name"]);
  });

  it("lets a script take its time on a table that nobody can know yet, or under a weak lock", async () => {
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

  it("ends a script that needs more time than there is", async () => {
    const scripts = scriptsOf({
      "0001_long.expand": expand("CREATE TABLE fresh ();\n\nSELECT pg_sleep(30);"),
    });
    const message = await failure(fixture.run(scripts, { deadline: Date.now() + 1_500 }));
    assert.match(
      message,
      /^0001_long\.expand\.sql:1: it did not finish in the time that was left .*Nothing of the/,
    );
    assert.deepEqual(await fixture.columns("fresh"), []);
  });

  it("ends it at the end of the time, however many statements it has", async () => {
    // PostgreSQL counts its own timeout from the start of each.
    const statements = Array.from({ length: 30 }, () => "SELECT pg_sleep(1);").join("\n");
    const scripts = scriptsOf({ "0001_long.expand": expand(`CREATE TABLE fresh ();\n${statements}`) });
    const deadline = Date.now() + 2_500;
    const message = await failure(fixture.run(scripts, { deadline }));
    assert.match(
      message,
      /^0001_long\.expand\.sql:1: it did not finish in the time that was left .*Nothing of the/,
    );
    // Five seconds later the connection would be cut, and nobody could say what was applied.
    assert.ok(Date.now() < deadline + 4_000);
    assert.deepEqual(await fixture.columns("fresh"), []);
  });

  it("leaves a script that does not fit into the rest of the time to the next run", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();\nSELECT pg_sleep(1.5);"),
      "0002_b.expand": expand("CREATE TABLE b ();\nSELECT pg_sleep(1.5);"),
    });
    const { applied, pending, more, stoppedAt } = await fixture.run(scripts, {
      deadline: Date.now() + 2_500,
    });
    assert.deepEqual([applied, pending, more], [["0001_a"], ["0002_b"], true]);
    assert.match(stoppedAt ?? "", /^0002_b\.expand\.sql:1: it did not finish in the time that was left/);
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand"]);
    const next = await fixture.run(scripts, { deadline: Date.now() + 15_000 });
    assert.deepEqual([next.applied, next.more, next.stoppedAt], [["0002_b"], false, undefined]);
  });

  it("leaves a wait for a lock that the end of the time cut short to the next run", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();"),
      "0002_b.expand": expand("-- locks: patients\nALTER TABLE patients ADD COLUMN given text;"),
    });
    const long = await fixture.open();
    await long.query("BEGIN; SELECT * FROM patients");
    const { applied, more, stoppedAt } = await fixture.run(scripts, { deadline: Date.now() + 3_000 });
    assert.deepEqual([applied, more], [["0001_a"], true]);
    assert.match(stoppedAt ?? "", /^0002_b\.expand\.sql: no lock on patients .*In the way: pid \d+/);
    // Now it is the first, and who is in the way is an error again.
    const message = await failure(fixture.run(scripts, { deadline: Date.now() + 2_000 }));
    assert.match(message, /^0002_b\.expand\.sql: no lock on patients .*In the way: pid \d+/);
    await long.query("ROLLBACK");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0002_b"]);
  });

  describe("two runners at once", () => {
    const slow = scriptsOf({ "0001_slow.expand": expand("CREATE TABLE fresh ();\nSELECT pg_sleep(1.5);") });

    it("run one after the other, and the script once", async () => {
      const results = await Promise.all([fixture.run(slow), fixture.run(slow)]);
      assert.deepEqual(
        results.flatMap(({ applied }) => applied),
        ["0001_slow"],
      );
      assert.deepEqual(
        results.flatMap(({ alreadyApplied }) => alreadyApplied),
        ["0001_slow"],
      );
    });

    it("do not wait for ever: the second names the first", async () => {
      const first = fixture.run(slow);
      await until(fixture, runnerIsAtWork);
      const message = await failure(fixture.run(slow, { limits: { runnerWaitSeconds: 0.3 } }));
      assert.match(
        message,
        /^Another runner is at work: pid \d+ \(changeover-migrate:expand, user postgres, active, /,
      );
      assert.deepEqual((await first).applied, ["0001_slow"]);
    });

    it("a killed one frees its place within 5 s, in the middle of a statement too", async () => {
      const endless = scriptsOf({
        "0001_slow.expand": expand("CREATE TABLE fresh ();\nSELECT pg_sleep(300);"),
      });
      const child = await fixture.child(endless);
      await until(fixture, runnerIsAtWork);
      await kill(child);
      const result = await fixture.run(slow, { limits: { runnerWaitSeconds: 5 } });
      assert.deepEqual(result.applied, ["0001_slow"]);
    });
  });

  it("a frozen one does not keep its place, and finds its work undone when it thaws", async () => {
    const script = scriptsOf({ "0001_a.expand": expand("CREATE TABLE fresh ();\nSELECT pg_sleep(0.5);") });
    const child = await fixture.child(script);
    await until(fixture, runnerIsAtWork);
    child.kill("SIGSTOP");
    // Half a second of its statement, then five in a transaction that nobody goes on with.
    const result = await fixture.run(script, { limits: { runnerWaitSeconds: 15 } });
    assert.deepEqual(result.applied, ["0001_a"]);
    child.kill("SIGCONT");
    const [code] = await once(child, "exit");
    assert.equal(code, 1);
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand"]);
  });

  describe("an index built concurrently", () => {
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

    it("is valid, is written down, and makes no client wait though a transaction is open", async () => {
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

    it("is not held up by a second runner that waits for its turn", async () => {
      const long = await fixture.open();
      await long.query("BEGIN; UPDATE patients SET name = 'x'");
      const first = fixture.run(index);
      await until(fixture, "SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'");
      const second = fixture.run(index);
      await until(
        fixture,
        "SELECT FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand' OFFSET 1",
      );
      // A wait inside the server would hold a snapshot, and the index waits for those.
      await sleep(500);
      await long.query("COMMIT");
      assert.deepEqual((await first).applied, ["0001_by_name"]);
      assert.deepEqual((await second).alreadyApplied, ["0001_by_name"]);
    });

    it("counts as built only when it is there, whatever the server says", async () => {
      await fixture.query("CREATE TABLE others (name text); CREATE INDEX by_name ON others (name)");
      const scripts = scriptsOf({
        "0001_by_name.expand": expand(
          `${header}CREATE INDEX CONCURRENTLY IF NOT EXISTS by_name ON patients (name);`,
        ),
      });
      assert.match(
        await failure(fixture.run(scripts)),
        /^0001_by_name\.expand\.sql:3: index by_name is not valid after its build/,
      );
      assert.deepEqual(await fixture.ledger(), []);
    });

    it("leaves nothing when it fails, and the script may then be corrected", async () => {
      await fixture.query("INSERT INTO patients VALUES (2, 'Ada')");
      const message = await failure(fixture.run(unique));
      assert.match(
        message,
        /^0001_by_name\.expand\.sql:3: could not create unique index "by_name".*Nothing of it is left\.$/,
      );
      assert.doesNotMatch(message, /Ada/);
      assert.deepEqual(await indexes(), []);
      assert.deepEqual((await fixture.run(index)).applied, ["0001_by_name"]);
    });

    it("is repaired by the next run when the runner was killed in the middle", async () => {
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

    it("is taken as it is when a run ended between the build and the ledger", async () => {
      await fixture.run(index);
      await fixture.query("UPDATE changeover.ledger SET applied_at = NULL");
      assert.deepEqual((await fixture.run(index)).applied, ["0001_by_name"]);
      assert.deepEqual(await fixture.ledger(), ["0001_by_name.expand"]);
    });

    it("is not mistaken for one that somebody else made", async () => {
      await fixture.query("CREATE INDEX by_name ON patients (id)");
      assert.match(
        await failure(fixture.run(index)),
        /the index public\.by_name exists already, and no run of this script/,
      );
    });

    it("is dropped by a script too, whether it is there or not", async () => {
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
