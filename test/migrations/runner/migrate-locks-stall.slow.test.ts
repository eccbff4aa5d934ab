import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { expand, failure, logged, measureStall, scriptsOf, until, useFixture } from "./migrate-fixture";

describe("runner: the stall budget", function () {
  this.timeout(120_000);
  const fixture = useFixture(
    "CREATE TABLE patients (id int PRIMARY KEY, name text); INSERT INTO patients SELECT g, 'Ada' FROM generate_series(1, 10) AS g",
  );

  const addColumn = (rest = "") =>
    scriptsOf({
      "0001_a.expand": expand(`-- locks: patients\nALTER TABLE patients ADD COLUMN x int;\n${rest}`),
    });
  const workerOf = (query: string) =>
    `SELECT pid FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand' AND state = 'active'
        AND query LIKE '%${query}%'`;

  it("holds for a script of 10,000 statements", async () => {
    const rows = "INSERT INTO seeds VALUES (1, 'some text here for row 1');\n".repeat(10_000);
    const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
    await fixture.run(addColumn(`CREATE TABLE seeds (id int, t text);\n${rows}`));
    const longestMs = await stall();
    assert.ok(longestMs < 1_000, `clients waited ${longestMs} ms`);
    assert.deepEqual(await fixture.query("SELECT count(*)::int AS rows FROM seeds"), [{ rows: 10_000 }]);
  });

  it("does not limit a script of 40,000 statements for which no client waits", async () => {
    const timeOf = async (count: number) => {
      const rows = "INSERT INTO seeds VALUES (1, 'some text here for row 1');\n".repeat(count);
      const scripts = addColumn(`CREATE TABLE seeds (id int, t text);\n${rows}`);
      const startedAt = performance.now();
      await fixture.run(scripts);
      return performance.now() - startedAt;
    };
    const some = await timeOf(5_000);
    await fixture.newDatabase();
    await fixture.query("CREATE TABLE patients (id int)");
    const many = await timeOf(40_000);
    assert.ok(many < some * 8 * 3 + 2_000, `5,000 statements took ${some} ms, 40,000 took ${many} ms`);
  });

  it("does not cancel a script that holds a lock while no client waits", async () => {
    await fixture.run(addColumn("SELECT pg_sleep(1);"));
    assert.deepEqual(await fixture.columns("patients"), ["id", "name", "x"]);
    assert.ok(!fixture.log.some(({ message }) => message === "waiting for a lock"));
  });

  it("counts clients that wait for a row", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("UPDATE patients SET name = 'x' WHERE id = 1;\nSELECT pg_sleep(20);"),
    });
    const stall = measureStall(await fixture.open(), "UPDATE patients SET name = 'y' WHERE id = 1");
    const message = await failure(fixture.run(scripts));
    const longestMs = await stall();
    assert.match(
      message,
      /the script kept patients locked for longer than the stall budget of 250 ms in each of 3/,
    );
    assert.ok(longestMs < 2_000, `clients waited ${longestMs} ms`);
    assert.deepEqual(await fixture.ledger(), []);
  });

  it("holds when the observer's session is ended", async () => {
    const scripts = addColumn("SELECT pg_sleep(6);");
    const running = failure(fixture.run(scripts));
    await until(fixture, workerOf("pg_sleep"));
    await fixture.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand:observer'",
    );
    const stall = measureStall(await fixture.open(), "SELECT name FROM patients");
    assert.match(await running, /the script kept patients locked/);
    const longestMs = await stall();
    assert.ok(longestMs < 2_000, `clients waited ${longestMs} ms`);
  });

  it("an attempt whose observer is lost is repeated", async () => {
    const running = fixture.run(addColumn("SELECT pg_sleep(1);"));
    await until(fixture, workerOf("pg_sleep"));
    await fixture.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'changeover-migrate:expand:observer'",
    );
    assert.deepEqual((await running).applied, ["0001_a"]);
    assert.deepEqual(await fixture.columns("patients"), ["id", "name", "x"]);
    assert.ok(fixture.log.some(({ message }) => message === "observer session failed"));
  });

  it("a cancellation by another session is reported at once, and not as a wait", async () => {
    const running = failure(fixture.run(addColumn("SELECT pg_sleep(60);")));
    await until(fixture, workerOf("pg_sleep"));
    await fixture.query(workerOf("pg_sleep").replace("SELECT pid", "SELECT pg_cancel_backend(pid)"));
    assert.match(
      await running,
      /^0001_a\.expand\.sql:1: canceling statement due to user request \(SQLSTATE 57014\)\. Nothing of the script was applied\.$/,
    );
  });

  it("requests locks that the header does not declare without queueing, from the second attempt on", async () => {
    await fixture.query("CREATE TABLE visits (id int PRIMARY KEY, patient int)");
    const long = await fixture.open();
    await long.query("BEGIN; SELECT * FROM patients");
    const scripts = scriptsOf({
      "0001_a.expand": expand(
        `DO $$ BEGIN EXECUTE 'ALTER TABLE visits ADD COLUMN extra int'; END $$;
         ALTER TABLE visits ADD FOREIGN KEY (patient) REFERENCES patients NOT VALID;
         ALTER TABLE patients RENAME TO people;`,
      ),
    });
    const running = fixture.run(scripts);
    await logged(fixture, "waiting for a lock");
    const observer = await fixture.open();
    // Until the second attempt a second later, no lock may be waited for.
    for (const endsAt = performance.now() + 700; performance.now() < endsAt; await sleep(5)) {
      const { rows } = await observer.query("SELECT mode FROM pg_locks WHERE NOT granted");
      assert.deepEqual(rows, []);
    }
    await long.query("COMMIT");
    assert.deepEqual((await running).applied, ["0001_a"]);
  });

  it("an autovacuum is waited out in a way that ends it, without making clients wait", async () => {
    await fixture.query(
      `CREATE TABLE large (id int, v int) WITH (autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1,
         autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1, autovacuum_vacuum_insert_threshold = -1)`,
    );
    await fixture.query("ALTER SYSTEM SET autovacuum_naptime = '1s'");
    await fixture.query("SELECT pg_reload_conf()");
    await fixture.query("INSERT INTO large SELECT g FROM generate_series(1, 100000) AS g");
    await fixture.query("UPDATE large SET v = 1");
    const vacuuming = "SELECT FROM pg_stat_progress_vacuum WHERE relid = to_regclass('large')";
    const texts = [
      "-- locks: large\nALTER TABLE large ADD COLUMN x int;",
      "ALTER TABLE large ADD COLUMN y int;",
    ];
    const scripts = scriptsOf(
      Object.fromEntries(texts.map((text, i) => [`000${i + 1}_a.expand`, expand(text, `1.${i}.0`)])),
    );
    const connection = await fixture.owner();
    await fixture.query(`ALTER TABLE large OWNER TO ${connection.user}`);
    for (const version of ["1.0.0", "1.1.0"]) {
      await until(fixture, vacuuming, 60_000);
      const stall = measureStall(await fixture.open(), "UPDATE large SET v = 2 WHERE id = -1");
      const startedAt = performance.now();
      await fixture.run(scripts, { versions: [version], connection });
      const seconds = (performance.now() - startedAt) / 1000;
      const longestMs = await stall();
      assert.ok(seconds < 6, `it took ${seconds} s`);
      assert.ok(longestMs < 1_000, `clients waited ${longestMs} ms`);
    }
  });

  it("tables in the header that cannot be locked are left out", async () => {
    await fixture.query("CREATE MATERIALIZED VIEW m AS SELECT 1 AS id");
    const scripts = scriptsOf({
      "0001_a.expand": expand(
        "-- locks: patients, absent, m\nALTER TABLE IF EXISTS absent ADD COLUMN x int;",
      ),
    });
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_a"]);
    const skipped = fixture.log.find(({ message }) => message === "tables in the header that do not exist");
    assert.deepEqual(skipped?.fields.tables, ["absent", "m"]);
  });

  describe("a script that ends the runner's transaction", () => {
    /** Statements that the reader would reject. */
    const unread = (sql: string) => {
      const [script] = scriptsOf({ "0001_a.expand": expand("SELECT 1;") });
      assert.ok(script);
      return [{ ...script, sql }];
    };

    for (const [what, sql] of [
      ["fails later", "ALTER TABLE patients ADD COLUMN b int; COMMIT;\nSELECT 1 / 0;"],
      ["succeeds", "ALTER TABLE patients ADD COLUMN b int; COMMIT;"],
      ["begins another", "ALTER TABLE patients ADD COLUMN b int; COMMIT; BEGIN;"],
      ["fails in another", "ALTER TABLE patients ADD COLUMN b int; COMMIT; BEGIN; SELECT 1 / 0;"],
    ] as const) {
      it(`and ${what} is not reported as rolled back or applied`, async () => {
        const message = await failure(fixture.run(unread(sql)));
        assert.match(
          message,
          /ended the runner's transaction itself, so a part of it may be applied\. Compare/i,
        );
        assert.doesNotMatch(message, /Nothing of the script/);
        assert.deepEqual(await fixture.columns("patients"), ["id", "name", "b"]);
        assert.deepEqual(await fixture.ledger(), ["0001_a.expand started"]);
        assert.match(
          await failure(fixture.run(unread(sql))),
          /Rejected, .*ended the runner's transaction itself/s,
        );
      });
    }
  });
});
