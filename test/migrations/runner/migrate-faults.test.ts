import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handler } from "../../../lambda/migrate";
import { describeError } from "../../../migrations/runner/migration-error";
import { expand, failure, scriptsOf, until, useFixture } from "./migrate-fixture";

describe("lambda/migrate and what goes wrong", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const fine = scriptsOf({ "0001_a.expand": expand("CREATE TABLE a ();") });

  it("says what is wrong with the connection, without the password", async () => {
    const { connection } = fixture;
    const with_ = (changes: Partial<typeof connection>) =>
      failure(fixture.run(fine, { connection: { ...connection, ...changes } }));
    const wrong = await with_({ password: "wrong-password-123" });
    assert.match(
      wrong,
      /^No connection to database test_\d+ on 127\.0\.0\.1:\d+ as postgres: password authentication failed/,
    );
    assert.match(wrong, /The credentials are wrong: compare the secret/);
    assert.match(
      await with_({ database: "missing" }),
      /database "missing" does not exist .*check DATABASE_NAME/,
    );
    assert.match(await with_({ port: 1 }), /ECONNREFUSED.*Nothing listens there: check host, port/);
    assert.match(await with_({ host: "no-such-host.invalid" }), /The host is not known: check DATABASE_HOST/);
    assert.match(await with_({ tls: "verify" }), /speaks no TLS: set DATABASE_TLS=off only/);
    assert.doesNotMatch(wrong + JSON.stringify(fixture.log), /wrong-password-123/);
  });

  it("says so when the database goes away in the middle, and the next run completes", async () => {
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

  it("says so when the database goes away in the middle of a backfill, and the next run goes on there", async () => {
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
    assert.ok(done < 1000, "it came too late to test anything");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_a"]);
    assert.deepEqual(await fixture.query("SELECT met, count(*)::int AS rows FROM a GROUP BY met"), [
      { met: 1, rows: 1000 },
    ]);
  });

  it("says so when the database goes away in the middle of a concurrent index, and the next run repairs it", async () => {
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
    assert.deepEqual(await fixture.ledger(), ["0001_a.expand begun"]);
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_a"]);
    assert.deepEqual(
      await fixture.query("SELECT indisvalid AS valid FROM pg_index WHERE indrelid = 'a'::regclass"),
      [{ valid: true }],
    );
  });

  it("says what a role without the right lacks", async () => {
    const user = `weak_${fixture.database}`;
    await fixture.query(`CREATE ROLE ${user} LOGIN PASSWORD 'a good password'`);
    const connection = { ...fixture.connection, user, password: "a good password" };
    assert.match(
      await failure(fixture.run(fine, { connection })),
      /^permission denied for database .* \(SQLSTATE 42501\)\. The role lacks a privilege: the runner must own what/,
    );
    assert.deepEqual(await fixture.query("SELECT FROM pg_namespace WHERE nspname = 'changeover'"), []);
  });

  it("shows no secret, not even one that the server's own words hold", async () => {
    const appRole = { username: `app_${fixture.database}`, password: "staple in the script" };
    const said = `${fixture.connection.password} and ${appRole.password}`;
    const scripts = scriptsOf({
      "0001_a.expand": expand(`DO $$ BEGIN RAISE EXCEPTION 'it was ${said}'; END $$;`),
    });
    const message = await failure(fixture.run(scripts, { appRole }));
    assert.match(message, /: it was \[secret\] and \[secret\] \(SQLSTATE P0001\)/);
    assert.doesNotMatch(message + JSON.stringify(fixture.log), new RegExp(said.replace(" and ", "|")));
  });

  it("shows no stored data in an error", async () => {
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

  it("knows a full disk when it sees one", async () => {
    const scripts = scriptsOf({
      "0001_full.expand": expand(
        "CREATE TABLE a ();\nDO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$;",
      ),
    });
    assert.match(
      await failure(fixture.run(scripts)),
      /could not extend file .*disk is full: give it more storage/,
    );
    assert.deepEqual(await fixture.columns("a"), []);
    assert.match(
      describeError(new Error("self-signed certificate in certificate chain")),
      /NODE_EXTRA_CA_CERTS/,
    );
  });

  it("keeps the application's password out of the server's log and of its own", async () => {
    const appRole = { username: `app_${fixture.database}`, password: "correct horse battery" };
    await fixture.run(fine, { appRole });
    const [row] = await fixture.query<{ log: string }>("SELECT pg_read_file(pg_current_logfile()) AS log");
    assert.match(row?.log ?? "", new RegExp(`CREATE ROLE "${appRole.username}" LOGIN PASSWORD`));
    assert.doesNotMatch(`${row?.log} ${JSON.stringify(fixture.log)}`, /correct horse/);
  });

  describe("the Lambda", () => {
    const variables = [
      "AWS_REGION",
      "AWS_ACCESS_KEY_ID",
      "AWS_SECRET_ACCESS_KEY",
      "AWS_ENDPOINT_URL_SECRETS_MANAGER",
      "DATABASE_HOST",
      "DATABASE_PORT",
      "DATABASE_NAME",
      "DATABASE_TLS",
      "DATABASE_CA_FILE",
      "MASTER_SECRET_ARN",
      "APP_SECRET_ARN",
      "MIGRATIONS_DIRECTORY",
    ];
    const saved = variables.map((name) => [name, process.env[name]] as const);
    const originalLog = console.log;
    const logged: string[] = [];
    const secrets = new Map<string, string>();
    let server: Server;
    let folder: string;

    beforeEach(async () => {
      logged.length = 0;
      secrets.clear();
      console.log = (line: string) => logged.push(line);
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (text) => {
          body += text;
        });
        request.on("end", () => {
          const value = secrets.get(JSON.parse(body).SecretId);
          response.writeHead(value === undefined ? 400 : 200, {
            "content-type": "application/x-amz-json-1.1",
          });
          response.end(
            JSON.stringify(
              value === undefined
                ? { __type: "ResourceNotFoundException", message: "Secrets Manager can't find the secret." }
                : { SecretString: value },
            ),
          );
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
      writeFileSync(join(folder, "0001_a.expand.sql"), expand("CREATE TABLE a (id int);"));
      const { connection } = fixture;
      Object.assign(process.env, {
        AWS_REGION: "eu-central-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        DATABASE_HOST: connection.host,
        DATABASE_PORT: String(connection.port),
        DATABASE_NAME: connection.database,
        DATABASE_TLS: "off",
        MASTER_SECRET_ARN: "arn:master",
        APP_SECRET_ARN: "arn:app",
        MIGRATIONS_DIRECTORY: folder,
      });
      secrets.set("arn:master", JSON.stringify({ username: connection.user, password: connection.password }));
      secrets.set(
        "arn:app",
        JSON.stringify({ username: `app_${fixture.database}`, password: "a good password" }),
      );
    });
    afterEach(async () => {
      console.log = originalLog;
      for (const [name, value] of saved) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
      rmSync(folder, { recursive: true });
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });

    it("applies what the event asks for, and logs JSON lines without a secret", async () => {
      const context = { getRemainingTimeInMillis: () => 60_000 };
      const result = await handler({ phase: "expand", versions: ["1.0.0"] }, context);
      assert.deepEqual(
        { ...result, durationMs: 0 },
        {
          phase: "expand",
          applied: ["0001_a"],
          alreadyApplied: [],
          pending: [],
          more: false,
          durationMs: 0,
        },
      );
      const lines = logged.map((line) => JSON.parse(line));
      assert.deepEqual(
        lines.map(({ message }) => message),
        ["script begins", "script applied", "migration finished"],
      );
      assert.ok(lines.every(({ time }) => !Number.isNaN(Date.parse(time))));
      assert.ok(
        !logged.join().includes(fixture.connection.password) && !logged.join().includes("a good password"),
      );
      const app = await fixture.open({ user: `app_${fixture.database}`, password: "a good password" });
      await app.query("INSERT INTO a VALUES (1)");
    });

    it("fails a step that must finish and has not, and the next one goes on", async () => {
      const slow =
        "-- backfill: b\n-- key: id\n-- batch: 20\n" +
        "update b set filled = filled + 1 + length(pg_sleep(0.005)::text) where id between $1 and $2;";
      writeFileSync(
        join(folder, "0002_b.expand.sql"),
        `${expand("CREATE TABLE b AS SELECT id, 0 AS filled FROM generate_series(1, 500) AS id; ALTER TABLE b ADD PRIMARY KEY (id);")}\n${slow}`,
      );
      const event = { phase: "expand", versions: ["1.0.0"], mustFinish: true };
      // Ten seconds of it are the Lambda's own margin.
      const context = { getRemainingTimeInMillis: () => 13_500 };
      const message = await failure(handler(event, context));
      assert.match(message, /0002_b is not wholly applied\. It stopped at 0002_b\.expand\.sql:6: \d+ /);
      assert.match(message, /What is done is kept: run it again.*let one update invoke it more often\.$/);
      const [row] = await fixture.query<{ done: number }>("SELECT sum(filled)::int AS done FROM b");
      assert.ok(
        row && row.done > 0 && message.includes(`6: ${row.done} of about 500 rows are done`),
        message,
      );
      const { applied } = await handler(event, { getRemainingTimeInMillis: () => 60_000 });
      assert.deepEqual(applied, ["0002_b"]);
      const counts = await fixture.query("SELECT DISTINCT filled FROM b");
      assert.deepEqual(counts, [{ filled: 1 }]);
    });

    it("refuses a wrong event, environment or secret before anything changes, each with its name", async () => {
      assert.match(
        await failure(handler({ phase: "expand", versions: ["one"] })),
        /no version.*\n.*versions\[0\]/,
      );
      assert.match(await failure(handler({ phase: "contract", through: "0001_a" })), /serving/);
      assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"], trough: 1 })), /trough/);
      secrets.set("arn:app", "not json");
      assert.match(
        await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
        /APP_SECRET_ARN \(arn:app\) must be JSON with "username"/,
      );
      secrets.delete("arn:app");
      assert.match(
        await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
        /APP_SECRET_ARN \(arn:app\) cannot be read: ResourceNotFoundException/,
      );
      for (const name of ["MASTER_SECRET_ARN", "APP_SECRET_ARN", "DATABASE_HOST", "DATABASE_NAME"]) {
        const value = process.env[name];
        delete process.env[name];
        assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"] })), new RegExp(name));
        process.env[name] = value;
      }
      process.env.DATABASE_CA_FILE = "nowhere.pem";
      assert.match(
        await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
        /DATABASE_CA_FILE \(nowhere\.pem\) cannot be read: ENOENT/,
      );
      delete process.env.DATABASE_CA_FILE;
      process.env.DATABASE_PORT = "many";
      assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"] })), /DATABASE_PORT/);
      assert.deepEqual(await fixture.query("SELECT FROM pg_namespace WHERE nspname = 'changeover'"), []);
    });

    it("names file and line of a script that it cannot read", async () => {
      writeFileSync(join(folder, "0002_b.expand.sql"), "CREATE TABLE b ();");
      assert.match(
        await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
        /^0002_b\.expand\.sql:1: the header has no "-- needed-by/,
      );
    });
  });
});
