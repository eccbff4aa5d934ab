import assert from "node:assert/strict";
import { rejectServer } from "../../../migrations/runner/server-facts";
import { contract, expand, failure, logged, scriptsOf, useFixture } from "./migrate-fixture";
import { startPooler } from "./pooler";

describe("runner: servers and rights", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const fine = scriptsOf({ "0001_a.expand": expand("CREATE TABLE a (id int PRIMARY KEY);") });

  it("run on PostgreSQL 18, or on the version that TEST_POSTGRES_PACKAGE names", async () => {
    const [, major = "18"] = /-(\d+)$/.exec(process.env.TEST_POSTGRES_PACKAGE ?? "") ?? [];
    const [row] = await fixture.query<{ server_version: string }>("SHOW server_version");
    assert.equal(row?.server_version.split(".")[0], major);
  });

  it("rejects a pooler that drops the session's settings, and leaves no lock behind", async () => {
    const { host, port } = fixture.connection;
    const pooler = await startPooler({ host, port }, { dropsOptions: true });
    try {
      const connection = { ...fixture.connection, port: pooler.port };
      assert.equal(
        await failure(fixture.run(fine, { connection })),
        `The database server 127.0.0.1:${pooler.port} must be the database instance itself, got a connection pooler ` +
          "(such as PgBouncer or RDS Proxy), which shares sessions and drops their settings. Connect to the instance, " +
          `which it reaches at 127.0.0.1:${port}.`,
      );
      assert.match(await failure(fixture.run(fine, { connection, dryRun: true })), /Connect to the instance/);
    } finally {
      await pooler.stop();
    }
    assert.deepEqual((await fixture.run(fine, { limits: { runnerWaitSeconds: 0.3 } })).applied, ["0001_a"]);
  });

  it("rejects a pooler that shares sessions although it passes the settings on", async () => {
    const { host, port } = fixture.connection;
    const pooler = await startPooler({ host, port }, { hasOwnKey: true });
    try {
      const connection = { ...fixture.connection, port: pooler.port };
      assert.match(await failure(fixture.run(fine, { connection })), /got a connection pooler/);
    } finally {
      await pooler.stop();
    }
    const proxy = await startPooler({ host, port }, {});
    try {
      await fixture.run(fine, { connection: { ...fixture.connection, port: proxy.port } });
    } finally {
      await proxy.stop();
    }
  });

  it("rejects a replica, with the primary's address if the role may see it", () => {
    const sent = { mark: "x", pid: 7 };
    const facts = { ...sent, isReplica: true, address: "10.0.0.2:5432", primary: null };
    assert.equal(
      rejectServer(facts, sent),
      "must be the primary server, got a read-only replica. Connect to the primary, such as the writer endpoint.",
    );
    assert.match(
      rejectServer({ ...facts, primary: "10.0.0.1:5432" }, sent) ?? "",
      /the primary at 10\.0\.0\.1:5432\.$/,
    );
    assert.equal(rejectServer({ ...facts, isReplica: false }, sent), undefined);
    assert.match(
      rejectServer({ ...facts, mark: null, address: null }, sent) ?? "",
      /Connect to the instance\.$/,
    );
  });

  describe("contract, for a role that may not read all statistics", () => {
    const drop = scriptsOf({
      "0001_i.expand": expand("SELECT 1;"),
      "0001_i.contract": contract("-- locks: t\nALTER TABLE t DROP COLUMN old;"),
    });
    let connection: typeof fixture.connection;
    let application: { user: string; password: string };
    beforeEach(async () => {
      connection = await fixture.owner();
      application = { user: `app_${fixture.database}`, password: "correct horse battery" };
      await fixture.query(
        `CREATE TABLE t (id int, old int); ALTER TABLE t OWNER TO ${connection.user};
         CREATE ROLE ${application.user} LOGIN PASSWORD '${application.password}'; GRANT ALL ON t TO ${application.user}`,
      );
      await fixture.run(drop, { connection });
    });

    it("sees the sessions of other roles", async () => {
      const old = await fixture.open({ ...application, applicationName: "changeover:blue:1.0.0" });
      assert.match(
        await failure(fixture.contract(drop, "0001_i", { connection })),
        /not applied: 1 connections .*of versions before 1\.1\.0, .*\(changeover:blue:1\.0\.0, user app_test_\d+\)/,
      );
      await old.query("SELECT old FROM t");
      await old.end();
      assert.deepEqual((await fixture.contract(drop, "0001_i", { connection })).applied, ["0001_i"]);
    });

    it("counts a session without a name if the application's role is not known", async () => {
      await fixture.open(application);
      assert.match(
        await failure(fixture.contract(drop, "0001_i", { connection })),
        /not applied: 1 connections .*\(without application_name, user app_test_\d+\)/,
      );
    });

    it("sees a session that is opened while it waits for its locks", async () => {
      const reader = await fixture.open();
      await reader.query("BEGIN; SELECT * FROM t");
      const running = failure(fixture.contract(drop, "0001_i", { connection }));
      await logged(fixture, "waiting for a lock");
      const old = await fixture.open({ ...application, applicationName: "changeover:blue:1.0.0" });
      await reader.query("COMMIT");
      assert.match(await running, /not applied: 1 connections .*of versions before 1\.1\.0/);
      await old.query("SELECT old FROM t");
    });
  });

  it("says which right is missing, and how to give it", async () => {
    const connection = await fixture.owner();
    const owner = { ...fixture.connection, user: connection.user, password: connection.password };
    await fixture.query(
      `ALTER DATABASE ${fixture.database} OWNER TO postgres; REVOKE CREATE ON DATABASE ${fixture.database} FROM ${owner.user}`,
    );
    assert.match(
      await failure(fixture.run(fine, { connection })),
      /permission denied for database test_\d+ .*GRANT CREATE ON DATABASE test_\d+ TO the role/,
    );
    await fixture.query(
      `GRANT CREATE ON DATABASE ${fixture.database} TO ${owner.user}; ALTER SCHEMA public OWNER TO postgres`,
    );
    assert.match(
      await failure(fixture.run(fine, { connection })),
      /^0001_a\.expand\.sql:2: permission denied for schema public .*GRANT USAGE, CREATE ON SCHEMA public TO the role\. Nothing/,
    );
    const extension = scriptsOf({ "0001_a.expand": expand("CREATE EXTENSION IF NOT EXISTS file_fdw;") });
    assert.match(
      await failure(fixture.run(extension, { connection })),
      /permission denied to create extension "file_fdw" .*Create the extension file_fdw once as a privileged role/,
    );
  });
});
