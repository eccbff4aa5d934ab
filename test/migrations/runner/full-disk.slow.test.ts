import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { codeOf } from "../../../migrations/runner/migration-error";
import { expand, Fixture, failure, scriptsOf } from "./migrate-fixture";
import { SmallDiskServer, whyNoSmallDisk } from "./small-disk";

const MEBIBYTE = 1024 * 1024;
const APP_PASSWORD = "correct horse battery";
const missing = whyNoSmallDisk();

const suites = [
  {
    content: "tables",
    where: "the tables' disk is full",
    mebibytes: 112,
    // The server keeps running and reports the error.
    error:
      /could not .* file ".*": No space left on device \(SQLSTATE 53100\)\. The database's disk is full\. Give it more storage\./,
    state: /Nothing of the script was applied\.$/,
    survives: true,
  },
  {
    content: "wal",
    where: "the write-ahead log's disk is full",
    mebibytes: 176,
    // The server stops and ends every session.
    error:
      /The database's disk is full\. Give it more storage\.|The connection broke\.|The database crashed\./,
    // The error may come before or after the commit.
    state: /The ledger records whether the script was applied\.$/,
    survives: false,
  },
] as const;

for (const { content, where, mebibytes, error, state, survives } of suites) {
  describe(`runner: ${where}${missing ? ` (not tested: ${missing})` : ""}`, function () {
    this.timeout(180_000);
    const fixture = new Fixture<SmallDiskServer>();
    before(async function () {
      if (missing) return this.skip();
      await fixture.start(() => SmallDiskServer.start(content, mebibytes));
    });
    after(() => fixture.stop());
    afterEach(() => fixture.close());

    /** The server recycles log segments: switches to the last one, which has room for 16 MB. */
    async function useUpSegments(): Promise<void> {
      const left = "SELECT FROM pg_ls_waldir() WHERE name > pg_walfile_name(pg_current_wal_lsn())";
      for (let tries = 0; (await fixture.query(left)).length > 0; tries++) {
        assert.ok(tries < 20, "there is always one more segment");
        await fixture.query("SELECT pg_logical_emit_message(true, '', ''); SELECT pg_switch_wal()");
      }
    }

    /** A database with 10,000 rows of 1 KB, and then 4 MiB of space. */
    async function fullAfter(base: ReturnType<typeof scriptsOf>): Promise<void> {
      const { postgres } = fixture;
      await postgres.makeRoom();
      if (content === "tables") {
        const [row] = await fixture.query("SELECT FROM pg_tablespace WHERE spcname = 'small'", "postgres");
        if (!row)
          await fixture.query(`CREATE TABLESPACE small LOCATION '${postgres.tablespace}'`, "postgres");
      }
      await fixture.newDatabase(content === "tables" ? "TABLESPACE small" : "");
      await fixture.run(base, { appRole: { username: `app_${fixture.database}`, password: APP_PASSWORD } });
      await fixture.query("CHECKPOINT");
      if (content === "wal") await useUpSegments();
      await postgres.fill(4 * MEBIBYTE);
    }

    /** A crashed server recovers if it gets space in time; otherwise it exits and must be restarted. */
    async function recovered(): Promise<void> {
      for (const endsAt = Date.now() + 60_000; Date.now() < endsAt; await sleep(50)) {
        try {
          await fixture.query("SELECT 1");
          return;
        } catch (failure) {
          if (codeOf(failure) === "ECONNREFUSED") return fixture.postgres.restart();
        }
      }
      assert.fail("the server neither recovers nor exits");
    }

    /** The error of a run on the full disk; makes room afterwards. */
    async function runOutOfDisk(scripts: ReturnType<typeof scriptsOf>): Promise<string> {
      const message = await failure(fixture.run(scripts));
      const { postgres, connection } = fixture;
      if (survives) assert.deepEqual(await fixture.query("SELECT 1 AS alive"), [{ alive: 1 }]);
      await postgres.makeRoom();
      if (!survives) await recovered();
      for (const secret of [connection.password, APP_PASSWORD, "Lovelace"]) {
        assert.ok(!`${message}${JSON.stringify(fixture.log)}`.includes(secret), message);
      }
      return message;
    }

    const base = {
      "0001_base.expand": expand(
        "CREATE TABLE notes (id int PRIMARY KEY, met int NOT NULL DEFAULT 0, note text NOT NULL);\n" +
          "ALTER TABLE notes ALTER note SET STORAGE plain;\n" +
          "INSERT INTO notes (id, note) SELECT n, repeat('Lovelace', 125) FROM generate_series(1, 10000) AS n;",
      ),
    };

    it("rolls back the script with the cause, and the next run completes", async () => {
      await fullAfter(scriptsOf(base));
      const scripts = scriptsOf({
        ...base,
        "0002_copies.expand": expand(
          "CREATE TABLE copies (LIKE notes);\nCREATE INDEX copies_by_id ON copies (id);\n" +
            "INSERT INTO copies SELECT * FROM notes;\n".repeat(3) +
            "ALTER TABLE notes ADD COLUMN copied boolean;",
        ),
      });
      const message = await runOutOfDisk(scripts);
      assert.match(message, /^0002_copies\.expand\.sql:\d+: /);
      assert.match(message, error);
      assert.match(message, /Nothing is half-applied\. Run it again; it continues where it stopped\./);
      assert.match(message, state);
      assert.deepEqual(await fixture.ledger(), ["0001_base.expand"]);
      assert.deepEqual(await fixture.columns("copies"), []);
      assert.deepEqual(await fixture.columns("notes"), ["id", "met", "note"]);

      assert.deepEqual((await fixture.run(scripts)).applied, ["0002_copies"]);
      assert.deepEqual(await fixture.columns("notes"), ["id", "met", "note", "copied"]);
      assert.deepEqual(await fixture.ledger(), ["0001_base.expand", "0002_copies.expand"]);
    });

    it("keeps finished batches of a backfill, and the next run completes", async () => {
      await fullAfter(scriptsOf(base));
      const scripts = scriptsOf({
        ...base,
        "0002_met.expand": expand(
          "-- locks: notes\nALTER TABLE notes ADD COLUMN seen boolean;\n\n" +
            "-- backfill: notes\n-- key: id\n-- batch: 200\n" +
            "UPDATE notes SET met = met + 1 WHERE id BETWEEN $1 AND $2;",
        ),
      });
      const message = await runOutOfDisk(scripts);
      assert.match(message, /^0002_met\.expand\.sql:8: /);
      assert.match(message, error);
      assert.match(message, /Run it again; it continues where it stopped\./);
      assert.deepEqual(await fixture.ledger(), ["0001_base.expand", "0002_met.expand started"]);
      const [cursor] = await fixture.query<{ last: string; walked: string }>(
        "SELECT last_key::json ->> 0 AS last, rows_walked AS walked FROM changeover.backfill",
      );
      const walked = Number(cursor?.walked);
      assert.ok(walked > 0 && walked < 10_000, `${walked} rows were walked`);
      assert.deepEqual(
        await fixture.query(`SELECT DISTINCT met, id <= ${cursor?.last} AS walked FROM notes ORDER BY met`),
        [
          { met: 0, walked: false },
          { met: 1, walked: true },
        ],
      );

      assert.deepEqual((await fixture.run(scripts)).applied, ["0002_met"]);
      assert.deepEqual(await fixture.query("SELECT met, count(*)::int AS rows FROM notes GROUP BY met"), [
        { met: 1, rows: 10_000 },
      ]);
      assert.deepEqual(await fixture.ledger(), ["0001_base.expand", "0002_met.expand"]);
    });
  });
}
