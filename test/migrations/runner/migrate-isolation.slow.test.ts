import assert from "node:assert/strict";
import { expand, failure, scriptsOf, useFixture } from "./migrate-fixture";

describe("runner: scripts do not affect each other", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  /** Applies the scripts in one run, and each alone in a second database. */
  async function inOneRunAndAlone(texts: readonly string[], probe: string, prepare = "") {
    const scripts = scriptsOf(
      Object.fromEntries(texts.map((text, i) => [`000${i + 1}_s.expand`, expand(text, `1.${i}.0`)])),
    );
    const versions = texts.map((_, i) => `1.${i}.0`);
    await fixture.query(prepare);
    await fixture.run(scripts, { versions });
    const inOneRun = await fixture.query(probe);
    await fixture.newDatabase();
    await fixture.query(prepare);
    for (const version of versions) await fixture.run(scripts, { versions: [version] });
    assert.deepEqual(inOneRun, await fixture.query(probe));
    return inOneRun;
  }

  it("a temporary table does not hide the table of a later script, or its index", async () => {
    const found = await inOneRunAndAlone(
      [
        "CREATE TEMP TABLE patients AS SELECT 1 AS id;",
        "ALTER TABLE patients ADD COLUMN x int;",
        "-- transaction: none\nCREATE INDEX CONCURRENTLY by_id ON patients (id);",
        "CREATE TEMP TABLE patients AS SELECT 1 AS id;",
      ],
      `SELECT count(*)::int AS columns, (SELECT count(*)::int FROM pg_index WHERE indrelid = 'public.patients'::regclass)
         AS indexes FROM pg_attribute WHERE attrelid = 'public.patients'::regclass AND attnum > 0`,
      "CREATE TABLE patients (id int)",
    );
    assert.deepEqual(found, [{ columns: 2, indexes: 1 }]);
  });

  it("settings, prepared statements, sequence values, locks and cursors end with their script", async () => {
    const found = await inOneRunAndAlone(
      [
        `CREATE SEQUENCE numbers; SELECT nextval('numbers'); DO $$ BEGIN EXECUTE 'PREPARE same AS SELECT 1'; END $$;
         SET app.tenant = '7'; SET search_path = pg_catalog; SET TIME ZONE 'Asia/Tokyo'; SELECT setseed(0.5);
         LISTEN news; SELECT pg_advisory_lock(7); DECLARE c CURSOR WITH HOLD FOR SELECT 1;`,
        `CREATE TABLE seen AS SELECT current_setting('app.tenant', true) IS NULL AS unset, current_schema() AS schema,
           current_setting('TimeZone') AS zone, (SELECT count(*)::int FROM pg_cursors) AS cursors,
           (SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND objid = 7) AS locks,
           (SELECT count(*)::int FROM pg_listening_channels()) AS channels;`,
        "DO $$ BEGIN EXECUTE 'PREPARE same AS SELECT 2'; END $$; SELECT pg_advisory_lock(7);",
      ],
      "SELECT * FROM seen",
    );
    assert.deepEqual(found, [
      { unset: true, schema: "public", zone: "UTC", cursors: 0, locks: 0, channels: 0 },
    ]);
  });

  it("a backfill runs in a session of its own, also in the run that applies the statements above it", async () => {
    await fixture.query(
      "CREATE TABLE a AS SELECT g AS id, 0 AS v FROM generate_series(1, 10) AS g; ALTER TABLE a ADD PRIMARY KEY (id)",
    );
    const fill =
      "-- backfill: a\n-- key: id\nUPDATE a SET v = (SELECT x FROM numbers) WHERE id BETWEEN $1 AND $2;";
    const temporary = scriptsOf({
      "0001_a.expand": expand(
        `CREATE TEMP TABLE numbers AS SELECT 1 AS x;\nCREATE TABLE other ();\n\n${fill}`,
      ),
    });
    assert.match(
      await failure(fixture.run(temporary)),
      /^0001_a\.expand\.sql:7: relation "numbers" does not exist .*Nothing of the script was applied\.$/,
    );
    assert.deepEqual(await fixture.columns("other"), []);
    assert.deepEqual(await fixture.ledger(), []);
    const setting = scriptsOf({
      "0001_a.expand": expand(
        "SET app.value = '7';\n\n-- backfill: a\n-- key: id\n" +
          "UPDATE a SET v = coalesce(nullif(current_setting('app.value', true), '')::int, 1) WHERE id BETWEEN $1 AND $2;",
      ),
    });
    const { scripts } = await fixture.run(setting);
    assert.deepEqual(
      scripts.map(({ script, changedRows }) => [script, changedRows]),
      [["0001_a.expand", 10]],
    );
    assert.deepEqual(await fixture.query("SELECT DISTINCT v FROM a"), [{ v: 1 }]);
  });

  it("defaults of the role and the database do not disturb the runner", async () => {
    const connection = await fixture.owner();
    const set = (settings: string) => `ALTER ROLE ${connection.user} SET ${settings};`;
    await fixture.query(
      `${set("idle_in_transaction_session_timeout = '300ms'")} ${set("statement_timeout = '50ms'")} ${set("lock_timeout = '1ms'")}
       ${set("default_transaction_read_only = on")} ${set("default_transaction_isolation = 'serializable'")}
       ${set("standard_conforming_strings = off")}`,
    );
    const timeout = `ALTER DATABASE ${fixture.database} SET transaction_timeout = '200ms'`;
    // Only PostgreSQL 17 and later have the setting.
    await fixture.query(timeout).catch((error: { code?: string }) => assert.equal(error.code, "42704"));
    const scripts = scriptsOf({
      "0001_a.expand": expand(
        "CREATE TABLE a (id int PRIMARY KEY, v text);\nSELECT pg_sleep(0.5);\nSELECT 'a\\', 1;",
      ),
      "0002_b.expand": expand(
        "INSERT INTO a SELECT generate_series(1, 200000);\n\n-- backfill: a\n-- key: id\nUPDATE a SET v = 'x' WHERE id BETWEEN $1 AND $2;",
      ),
      "0003_c.expand": expand(
        "-- transaction: none\nCREATE INDEX CONCURRENTLY by_v ON a (v, md5(id::text));",
      ),
    });
    assert.deepEqual((await fixture.run(scripts, { connection })).applied, ["0001_a", "0002_b", "0003_c"]);
    assert.deepEqual(await fixture.query("SELECT count(*)::int AS rows FROM a WHERE v = 'x'"), [
      { rows: 200_000 },
    ]);
  });

  it("a role's own default role remains in effect", async () => {
    const connection = await fixture.owner();
    const group = `group_${fixture.database}`;
    await fixture.query(
      `CREATE ROLE ${group}; GRANT ${group} TO ${connection.user}; ALTER ROLE ${connection.user} SET role = ${group};
       ALTER DATABASE ${fixture.database} OWNER TO ${group}; ALTER SCHEMA public OWNER TO ${group}`,
    );
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();"),
      "0002_b.expand": expand("CREATE TABLE b ();"),
    });
    assert.deepEqual((await fixture.run(scripts, { connection })).applied, ["0001_a", "0002_b"]);
    assert.deepEqual(
      await fixture.query(
        "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname IN ('public', 'changeover')",
      ),
      [{ owner: group }],
    );
  });

  it("a script cannot release the runner's lock", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();\nSELECT pg_advisory_unlock_all();"),
    });
    assert.match(
      await failure(fixture.run(scripts)),
      /^0001_a\.expand\.sql: the script must not release the runner's lock.*Nothing of the script was applied\.$/,
    );
    assert.deepEqual(await fixture.columns("a"), []);
    assert.deepEqual(await fixture.ledger(), []);
  });

  it("another runner may apply the next script in between", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();\nSELECT pg_sleep(0.2);"),
      "0002_b.expand": expand("CREATE TABLE b ();\nSELECT pg_sleep(0.2);"),
      "0003_c.expand": expand("CREATE TABLE c ();\nSELECT pg_sleep(0.2);"),
    });
    const results = await Promise.all([fixture.run(scripts), fixture.run(scripts), fixture.run(scripts)]);
    const applied = results.flatMap((result) => result.applied);
    assert.deepEqual(applied.sort(), ["0001_a", "0002_b", "0003_c"]);
    for (const { pending, applied: own, alreadyApplied } of results) {
      assert.deepEqual(pending, []);
      assert.equal(own.length + alreadyApplied.length, 3);
    }
  });
});
