import assert from "node:assert/strict";
import { describeError } from "../../../migrations/runner/migration-error";
import { expand, failure, scriptsOf, until, useFixture } from "./migrate-fixture";

describe("runner: failures", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const fine = scriptsOf({ "0001_a.expand": expand("CREATE TABLE a ();") });

  it("reports connection errors with the remedy, without the password", async () => {
    const { connection } = fixture;
    const failureWith = (changes: Partial<typeof connection>) =>
      failure(fixture.run(fine, { connection: { ...connection, ...changes } }));
    const wrong = await failureWith({ password: "wrong-password-123" });
    assert.match(
      wrong,
      /^No connection to database test_\d+ on 127\.0\.0\.1:\d+ as postgres: password authentication failed/,
    );
    assert.match(wrong, /The credentials are wrong\. Compare the secret/);
    assert.match(
      await failureWith({ database: "missing" }),
      /database "missing" does not exist .*Check DATABASE_NAME/,
    );
    assert.match(
      await failureWith({ port: 1 }),
      /ECONNREFUSED.*Nothing listens on that port\. Check host and port/,
    );
    assert.match(
      await failureWith({ host: "no-such-host.invalid" }),
      /The host name does not resolve\. Check DATABASE_HOST/,
    );
    assert.match(await failureWith({ tls: "verify" }), /does not support TLS\. Set DATABASE_TLS=off only/);
    assert.doesNotMatch(wrong + JSON.stringify(fixture.log), /wrong-password-123/);
  });

  it("a restart of the database during a script: the next run completes", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE TABLE a ();"),
      "0002_b.expand": expand("CREATE TABLE b ();\nSELECT pg_sleep(1.5);"),
    });
    const running = failure(fixture.run(scripts));
    await until(
      fixture,
      "SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid()",
    );
    await fixture.postgres.restart();
    const message = await running;
    assert.match(
      message,
      /^0002_b\.expand\.sql:1: .*(ended the connection|connection broke|crashed).*run it again/i,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand"]);
    assert.deepEqual((await fixture.run(scripts)).applied, ["0002_b"]);
  });

  it("a restart during a backfill: the next run continues", async () => {
    const backfill =
      "-- backfill: a\n-- key: id\n-- batch: 10\n" +
      "UPDATE a SET met = met + 1 + length(pg_sleep(0.002)::text) WHERE id BETWEEN $1 AND $2;";
    const table = "CREATE TABLE a AS SELECT id, 0 AS met FROM generate_series(1, 1000) AS id;";
    const scripts = scriptsOf({
      "0001_a.expand": expand(`${table} ALTER TABLE a ADD PRIMARY KEY (id);\n\n${backfill}`),
    });
    const running = failure(fixture.run(scripts));
    await until(
      fixture,
      "SELECT FROM pg_stat_activity WHERE query LIKE 'UPDATE a%' AND pid <> pg_backend_pid()",
    );
    await fixture.postgres.restart();
    assert.match(
      await running,
      /^0001_a\.expand\.sql:\d+: .*(ended the connection|connection broke|crashed).*run it again/i,
    );
    const [{ done } = { done: 0 }] = await fixture.query<{ done: number }>(
      "SELECT sum(met)::int AS done FROM a",
    );
    assert.ok(done < 1000, "the restart came too late");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_a"]);
    assert.deepEqual(await fixture.query("SELECT met, count(*)::int AS rows FROM a GROUP BY met"), [
      { met: 1, rows: 1000 },
    ]);
  });

  it("a restart during a concurrent index: the next run repairs it", async () => {
    await fixture.query("CREATE TABLE a (id int)");
    const long = await fixture.open();
    await long.query("BEGIN; INSERT INTO a VALUES (1)");
    const scripts = scriptsOf({
      "0001_a.expand": expand("-- transaction: none\nCREATE INDEX CONCURRENTLY by_id ON a (id);"),
    });
    const running = failure(fixture.run(scripts));
    await until(fixture, "SELECT FROM pg_stat_progress_create_index WHERE phase LIKE 'waiting%'");
    await fixture.postgres.restart();
    assert.match(
      await running,
      /^0001_a\.expand\.sql:3: .*(ended the connection|connection broke|crashed).*The next run repairs/i,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand started"]);
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_a"]);
    assert.deepEqual(
      await fixture.query("SELECT indisvalid AS valid FROM pg_index WHERE indrelid = 'a'::regclass"),
      [{ valid: true }],
    );
  });

  it("reports the missing privilege of a role", async () => {
    const user = `weak_${fixture.database}`;
    await fixture.query(`CREATE ROLE ${user} LOGIN PASSWORD 'a good password'`);
    const connection = { ...fixture.connection, user, password: "a good password" };
    assert.match(
      await failure(fixture.run(fine, { connection })),
      /^permission denied for database .* \(SQLSTATE 42501\)\. The role lacks a privilege\. Its owner can write GRANT CREATE/,
    );
    assert.deepEqual(await fixture.query("SELECT FROM pg_namespace WHERE nspname = 'changeover'"), []);
  });

  it("redacts secrets, also in the server's messages", async () => {
    const appRole = { username: `app_${fixture.database}`, password: "staple in the script" };
    const secrets = `${fixture.connection.password} and ${appRole.password}`;
    const scripts = scriptsOf({
      "0001_a.expand": expand(`DO $$ BEGIN RAISE EXCEPTION 'it was ${secrets}'; END $$;`),
    });
    const message = await failure(fixture.run(scripts, { appRole }));
    assert.match(message, /: it was \[secret\] and \[secret\] \(SQLSTATE P0001\)/);
    assert.doesNotMatch(message + JSON.stringify(fixture.log), new RegExp(secrets.replace(" and ", "|")));
  });

  it("does not report stored data", async () => {
    await fixture.query(
      "CREATE TABLE a AS SELECT 'Ada Lovelace' AS name; CREATE UNIQUE INDEX one ON a (name)",
    );
    const statements: [string, RegExp][] = [
      ["INSERT INTO a SELECT name FROM a;", /duplicate key value violates unique constraint "one"/],
      ["SELECT name::int FROM a;", /invalid input syntax for type integer \(SQLSTATE 22P02\)/],
      ["ALTER TABLE a ADD CHECK (name = '');", /check constraint "a_name_check" .* is violated by some row/],
    ];
    for (const [sql, expected] of statements) {
      const message = await failure(fixture.run(scriptsOf({ "0001_a.expand": expand(sql) })));
      assert.match(message, expected);
      assert.doesNotMatch(message + JSON.stringify(fixture.log), /Lovelace/);
    }
  });

  it("recognizes a full disk", async () => {
    const scripts = scriptsOf({
      "0001_full.expand": expand(
        "CREATE TABLE a ();\nDO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;",
      ),
    });
    assert.match(
      await failure(fixture.run(scripts)),
      /could not extend file .*disk is full\. Give it more storage/,
    );
    assert.deepEqual(await fixture.columns("a"), []);
    assert.match(
      describeError(new Error("self-signed certificate in certificate chain")),
      /NODE_EXTRA_CA_CERTS/,
    );
  });

  it("keeps the application's password out of the server's log and its own", async () => {
    const appRole = { username: `app_${fixture.database}`, password: "correct horse battery" };
    await fixture.run(fine, { appRole });
    const [row] = await fixture.query<{ log: string }>("SELECT pg_read_file(pg_current_logfile()) AS log");
    assert.match(row?.log ?? "", new RegExp(`CREATE ROLE "${appRole.username}" LOGIN PASSWORD`));
    assert.doesNotMatch(`${row?.log} ${JSON.stringify(fixture.log)}`, /correct horse/);
  });
});
