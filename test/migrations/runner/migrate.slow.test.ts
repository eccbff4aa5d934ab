import assert from "node:assert/strict";
import { contract, expand, failure, logged, scriptsOf, useFixture } from "./migrate-fixture";

describe("runner", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const names = {
    "0001_patients.expand": expand(
      "CREATE TABLE patients (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);",
    ),
    "0002_split_name.expand": expand(
      "-- locks: patients\nALTER TABLE patients ADD COLUMN given text, ADD COLUMN family text;",
      "1.1.0",
    ),
    "0002_split_name.contract": contract("-- locks: patients\nALTER TABLE patients DROP COLUMN name;"),
  };

  it("expands for the versions, is idempotent, and contracts on request", async () => {
    const scripts = scriptsOf(names);
    const first = await fixture.run(scripts);
    assert.deepEqual(
      { ...first, durationMs: 0, scripts: first.scripts.map((each) => ({ ...each, durationMs: 0 })) },
      {
        phase: "expand",
        applied: ["0001_patients"],
        scripts: [{ script: "0001_patients.expand", durationMs: 0, longestWaitMs: 0 }],
        alreadyApplied: [],
        pending: [],
        more: false,
        durationMs: 0,
      },
    );
    const second = await fixture.run(scripts, { versions: ["1.0.0", "1.1.0"] });
    assert.deepEqual(second.applied, ["0002_split_name"]);
    assert.deepEqual(second.alreadyApplied, ["0001_patients"]);
    const third = await fixture.run(scripts, { versions: ["1.0.0", "1.1.0"] });
    assert.deepEqual(third.applied, []);
    assert.deepEqual(await fixture.columns("patients"), ["id", "name", "given", "family"]);
    const last = await fixture.contract(scripts, "0002_split_name");
    assert.deepEqual(last.applied, ["0002_split_name"]);
    assert.deepEqual((await fixture.contract(scripts, "0002_split_name")).alreadyApplied, [
      "0002_split_name",
    ]);
    assert.deepEqual(await fixture.columns("patients"), ["id", "given", "family"]);
    assert.deepEqual(await fixture.ledger(), [
      "0001_patients.expand",
      "0002_split_name.expand",
      "0002_split_name.contract",
    ]);
    const [row] = await fixture.query<{ sha256: string; version: string; duration_ms: string }>(
      "SELECT * FROM changeover.ledger WHERE id = '0002_split_name' AND phase = 'contract'",
    );
    assert.equal(row?.version, "1.1.0");
    assert.match(row?.sha256 ?? "", /^[0-9a-f]{64}$/);
    assert.ok(Number(row?.duration_ms) >= 0);
  });

  it("lists the pending scripts in a dry run and changes nothing", async () => {
    const result = await fixture.run(scriptsOf(names), { versions: ["1.1.0"], dryRun: true });
    assert.deepEqual(result.pending, ["0001_patients", "0002_split_name"]);
    assert.equal(result.more, false);
    assert.deepEqual(await fixture.query("SELECT FROM pg_namespace WHERE nspname = 'changeover'"), []);
  });

  it("rejects a script that was edited after it was applied", async () => {
    await fixture.run(scriptsOf(names));
    const edited = { ...names, "0001_patients.expand": `${names["0001_patients.expand"]}\n-- harmless?` };
    const message = await failure(fixture.run(scriptsOf(edited), { versions: ["1.1.0"] }));
    assert.match(message, /^Rejected, nothing was changed:\n- 0001_patients\.expand\.sql was edited after/);
    assert.deepEqual(await fixture.ledger(), ["0001_patients.expand"]);
  });

  it("rolls back a failed script and reports its line", async () => {
    const scripts = scriptsOf({
      ...names,
      "0003_bad.expand": expand(
        "CREATE TABLE half ();\nALTER TABLE patients ADD COLUMN x int;\n\nALTER TABLE patients ADD COLUMN y nonsense;",
        "1.2.0",
      ),
    });
    const message = await failure(fixture.run(scripts, { versions: ["1.2.0"] }));
    assert.match(
      message,
      /^0003_bad\.expand\.sql:5: type "nonsense" does not exist \(SQLSTATE 42704\)\. Nothing of the script was applied\.$/,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_patients.expand", "0002_split_name.expand"]);
    assert.deepEqual(await fixture.columns("half"), []);
    assert.deepEqual(await fixture.columns("patients"), ["id", "name", "given", "family"]);
  });

  it("runs nothing of a script with a syntax error and reports its line", async () => {
    const scripts = scriptsOf({
      "0001_typo.expand": expand("CREATE TABLE half ();\n\nALTER TABEL half ADD x int;"),
    });
    assert.equal(
      await failure(fixture.run(scripts)),
      '0001_typo.expand.sql:4: syntax error at or near "TABEL" (SQLSTATE 42601). Nothing of the script was applied.',
    );
    const backfill = "-- backfill: half\n-- key: id\nUPDATE half SETT x = 1 WHERE id BETWEEN $1 AND $2";
    const filling = scriptsOf({
      "0001_typo.expand": expand(
        `CREATE TABLE half AS SELECT 1 AS id; ALTER TABLE half ADD PRIMARY KEY (id);\n${backfill}`,
      ),
    });
    assert.equal(
      await failure(fixture.run(filling)),
      '0001_typo.expand.sql:5: syntax error at or near "x" (SQLSTATE 42601). Nothing of the script was applied.',
    );
    assert.deepEqual(await fixture.ledger(), []);
  });

  it("resets session settings between scripts and before the ledger", async () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("CREATE ROLE special_role; SET ROLE special_role; SET search_path = nowhere;"),
      "0002_b.expand": expand("CREATE TABLE here ();"),
    });
    await fixture.run(scripts);
    assert.deepEqual(await fixture.query("SELECT to_regclass('public.here') IS NOT NULL AS here"), [
      { here: true },
    ]);
    await fixture.query("DROP ROLE special_role");
  });

  it("rejects a version older than an applied contract, and a repeated number", async () => {
    const scripts = scriptsOf(names);
    await fixture.run(scripts, { versions: ["1.1.0"] });
    await fixture.contract(scripts, "0002_split_name");
    assert.match(
      await failure(fixture.run(scripts, { versions: ["1.0.0", "1.1.0"] })),
      /version 1\.0\.0 is incompatible with this database: 0002_split_name\.contract has removed/,
    );
    const renamed = scriptsOf({ "0001_people.expand": expand("SELECT 1;") });
    assert.match(
      await failure(fixture.run(renamed, { versions: ["1.1.0"] })),
      /0001_people\.expand\.sql has the number of 0001_patients\.expand/,
    );
  });

  describe("contract", () => {
    it("is rejected while a color is warm with an older version, with all other problems", async () => {
      const scripts = scriptsOf(names);
      await fixture.run(scripts);
      const message = await failure(
        fixture.contract(scripts, "0002_split_name", {
          serving: [
            { color: "blue", version: "1.0.0" },
            { color: "green", version: "1.1.0" },
          ],
        }),
      );
      assert.match(
        message,
        /0002_split_name\.contract\.sql removes what versions before 1\.1\.0 need, but blue is warm with/,
      );
      assert.match(message, /0002_split_name\.expand\.sql is not applied/);
      assert.match(
        await failure(fixture.contract(scripts, "0009_typo")),
        /through must be a contract script \(0002_split_name\), got "0009_typo"/,
      );
    });

    it("waits for connections of an older version, and reports them at the limit", async () => {
      const scripts = scriptsOf(names);
      await fixture.run(scripts, { versions: ["1.1.0"] });
      await fixture.open({ applicationName: "changeover:green:1.1.0" });
      const old = await fixture.open({ applicationName: "changeover:blue:1.0.0" });
      assert.match(
        await failure(fixture.contract(scripts, "0002_split_name")),
        /not applied: 1 connections .* pid \d+ \(changeover:blue:1\.0\.0, user postgres\)/,
      );
      assert.ok((await fixture.columns("patients")).includes("name"));
      fixture.log.length = 0;
      const waiting = fixture.contract(scripts, "0002_split_name", { limits: { drainSeconds: 30 } });
      await logged(fixture, "waiting for connections of old versions to end");
      await old.end();
      assert.deepEqual((await waiting).applied, ["0002_split_name"]);
    });

    it("waits for a connection of the application's role without a version", async () => {
      const scripts = scriptsOf(names);
      const appRole = { username: `app_${fixture.database}`, password: "correct horse battery" };
      await fixture.run(scripts, { versions: ["1.1.0"], appRole });
      await fixture.open({ user: appRole.username, password: appRole.password });
      assert.match(
        await failure(fixture.contract(scripts, "0002_split_name", { appRole })),
        /\(without application_name, user app_test_\d+\)/,
      );
    });
  });

  describe("the application's role", () => {
    it("reads and writes all tables, but cannot change the schema or read the ledger", async () => {
      const appRole = { username: `app_${fixture.database}`, password: "correct horse battery" };
      await fixture.run(scriptsOf(names), { appRole });
      const app = await fixture.open({ user: appRole.username, password: appRole.password });
      await app.query("INSERT INTO patients (name) VALUES ('Ada')");
      await fixture.query("CREATE TABLE added_later (id serial PRIMARY KEY, note text)");
      await app.query("INSERT INTO added_later (note) VALUES ('x')");
      await assert.rejects(app.query("CREATE TABLE mine ()"), /permission denied for schema public/);
      await assert.rejects(app.query("ALTER TABLE patients ADD COLUMN x int"), /must be owner/);
      await assert.rejects(
        app.query("SELECT * FROM changeover.ledger"),
        /permission denied for schema changeover/,
      );
    });

    it("gets a changed password, and an invalid one is rejected", async () => {
      const username = `app_${fixture.database}`;
      await fixture.run(scriptsOf(names), { appRole: { username, password: "first password" } });
      await fixture.run(scriptsOf(names), { appRole: { username, password: "second password" } });
      await fixture.open({ user: username, password: "second password" });
      await assert.rejects(
        fixture.open({ user: username, password: "first password" }),
        /authentication failed/,
      );
      assert.match(
        await failure(fixture.run(scriptsOf(names), { appRole: { username, password: "pässword" } })),
        /8 or more printable ASCII/,
      );
      assert.match(
        await failure(
          fixture.run(scriptsOf(names), { appRole: { username: "postgres", password: "long enough" } }),
        ),
        /its own role/,
      );
    });
  });
});
