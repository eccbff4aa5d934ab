import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { countApplied, TOOL_TABLES } from "../../../migrations/plain/applied-migrations";
import type { MigrationTool } from "../../../migrations/plain/migration-tool";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { useFixture } from "../../migrations/runner/migrate-fixture";
import { CHANGEOVER } from "../changeover";

describe("changeover migrate import", function () {
  this.timeout(120_000);
  const fixture = useFixture();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "import-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  };
  const target = () => join(folder, "scripts");
  function run(from: string, ...options: string[]) {
    const { DATABASE_URL: _url, PGPASSWORD: _password, ...env } = process.env;
    const argv = [CHANGEOVER, "migrate", "import", join(folder, from), "--directory", target(), ...options];
    const { status, stdout, stderr } = spawnSync(process.execPath, argv, {
      env,
      encoding: "utf8",
      timeout: 60_000,
    });
    return { status, stdout, stderr };
  }
  const url = () => {
    const { host, port, user, password } = fixture.postgres;
    return `postgres://${user}:${password}@${host}:${port}/${fixture.database}?sslmode=disable`;
  };

  const create = 'CREATE TABLE "Team" ("id" bigint PRIMARY KEY, "ownerId" bigint);';
  const index = 'CREATE INDEX CONCURRENTLY "byOwner" ON "Team" ("ownerId");';

  it("seeds the ledger from the tool's table, and the runner continues with the next script", async () => {
    write("prisma/20240101000000_init/migration.sql", `-- CreateTable\n${create}\n`);
    write("prisma/20240202000000_by-owner/migration.sql", `${index}\n`);
    write("prisma/20240303000000_later/migration.sql", 'ALTER TABLE "Team" ADD COLUMN x int;\n');
    await fixture.query(`${create}
      CREATE INDEX "byOwner" ON "Team" ("ownerId");
      CREATE TABLE _prisma_migrations (id text, checksum text, finished_at timestamptz, migration_name text,
        rolled_back_at timestamptz, started_at timestamptz DEFAULT clock_timestamp());
      INSERT INTO _prisma_migrations (migration_name, finished_at)
        VALUES ('20240101000000_init', now()), ('20240202000000_by-owner', now())`);
    const { status, stdout, stderr } = run("prisma", "--version", "1.0.0", "--database-url", url());
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^3 migrations of prisma in .*\n2 of 3 are applied in this database, and recorded/);
    assert.deepEqual(readdirSync(target()), [
      "0001_init.expand.sql",
      "0002_by_owner.expand.sql",
      "0003_later.expand.sql",
    ]);
    assert.match(
      readFileSync(join(target(), "0002_by_owner.expand.sql"), "utf8"),
      /^-- needed-by: 1\.0\.0\n-- imported: prisma 20240202000000_by-owner\n\nCREATE INDEX "byOwner" ON/,
    );
    const { applied, alreadyApplied } = await fixture.run(loadScripts(target()));
    assert.deepEqual([applied, alreadyApplied], [["0003_later"], ["0001_init", "0002_by_owner"]]);
    assert.equal(run("prisma", "--version", "1.0.0").status, 0, "the same import again");
  });

  it("runs imported scripts on an empty database, and the lint reports only on later ones", async () => {
    write(
      "db/1_init.sql",
      `-- migrate:up\nBEGIN;\n${create}\nCOMMIT;\n-- migrate:down\nDROP TABLE "Team";\n`,
    );
    write(
      "db/2_index.sql",
      `-- migrate:up transaction:false\n${index}\n-- migrate:down\nDROP INDEX "byOwner";\n`,
    );
    assert.equal(run("db", "--version", "1.0.0").status, 0);
    writeFileSync(
      join(target(), "0003_next.expand.sql"),
      '-- needed-by: 1.1.0\nALTER TABLE "Team" ADD COLUMN "name" text;\n',
    );
    const lint = spawnSync(process.execPath, [CHANGEOVER, "lint", target(), "--json"], { encoding: "utf8" });
    assert.deepEqual(
      JSON.parse(lint.stdout).findings.map(({ file, remediation }: { file: string; remediation: string }) => [
        file,
        remediation,
      ]),
      [["0003_next.expand.sql", '-- locks: "Team"']],
    );
    const { applied } = await fixture.run(loadScripts(target()));
    assert.deepEqual(applied, ["0001_init", "0002_index"]);
    assert.deepEqual(await fixture.columns("Team"), ["id", "ownerId"]);
  });

  describe("Flyway", () => {
    const history = `CREATE TABLE flyway_schema_history (installed_rank int PRIMARY KEY, version varchar(50),
      description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL, checksum int,
      success boolean NOT NULL DEFAULT true);`;
    const view = "-- the names\r\nCREATE OR REPLACE VIEW a_names AS\r\n  SELECT id, name FROM team;\r\n";
    const folderOf = () => {
      write("db/R__b_count.sql", "CREATE OR REPLACE VIEW b_count AS SELECT count(*) AS n FROM a_names;\n");
      write("db/R__a_names.sql", view);
      write("db/V1__init.sql", "CREATE TABLE team (id int PRIMARY KEY);\n");
      write("db/sub/V2__name.sql", "ALTER TABLE team ADD COLUMN name text;\n");
      write("db/U2__name.sql", "ALTER TABLE team DROP COLUMN name;\n");
    };
    // The CRC-32 of the two files' lines, as Flyway writes it.
    const rows = (names: number) => `INSERT INTO flyway_schema_history VALUES
      (0, NULL, '<< Flyway Schema Creation >>', 'SCHEMA', '"public"', NULL), (1, '1', 'init', 'SQL', 'V1__init.sql', 5),
      (2, NULL, 'a names', 'SQL', 'R__a_names.sql', 17), (3, '2', 'name', 'SQL', 'sub/V2__name.sql', 6),
      (4, NULL, 'a names', 'SQL', 'R__a_names.sql', ${names})`;
    const namesChecksum = -1918141915;

    it("imports repeatable migrations after the others, and the runner goes on with the missing one", async () => {
      folderOf();
      await fixture.query(`${history}${rows(namesChecksum)};
        CREATE TABLE team (id int PRIMARY KEY, name text); ${view}`);
      const { status, stderr } = run("db", "--version", "1.0.0", "--database-url", url());
      assert.equal(status, 0, stderr);
      assert.deepEqual(readdirSync(target()), [
        "0001_init.expand.sql",
        "0002_name.expand.sql",
        "0003_a_names.expand.sql",
        "0004_b_count.expand.sql",
      ]);
      const { applied, alreadyApplied } = await fixture.run(loadScripts(target()));
      assert.deepEqual(
        [applied, alreadyApplied],
        [["0004_b_count"], ["0001_init", "0002_name", "0003_a_names"]],
      );
    });

    it("rejects a repeatable migration with another text than the database has, and missing migrations", async () => {
      folderOf();
      await fixture.query(`${history}${rows(18)}`);
      const changed = run("db", "--version", "1.0.0", "--database-url", url());
      assert.equal(changed.status, 2);
      assert.match(
        changed.stderr,
        /^The repeatable migrations must have .* got a changed R__a_names\.sql\. Run flyway/,
      );
      await fixture.query(`UPDATE flyway_schema_history SET checksum = ${namesChecksum} WHERE installed_rank = 4;
        DELETE FROM flyway_schema_history WHERE version = '2'`);
      assert.match(
        run("db", "--version", "1.0.0", "--database-url", url()).stderr,
        /the database lacks 2, although it has later ones\. Restore missing files, and apply missing migrations/,
      );
      assert.deepEqual(existsSync(target()), false);
    });

    it("rejects placeholders and SQL that PostgreSQL does not understand, all with file and line", () => {
      write("db/V1__init.sql", "CREATE TABLE ${schema}.team (id int);\nSELECT '${name}';\n");
      write("db/V2__b.sql", "SELECT '${other}';\n");
      const { status, stderr } = run("db", "--version", "1.0.0");
      assert.equal(status, 2);
      assert.deepEqual(
        stderr
          .trim()
          .split("\n")
          .map((line) => line.split(" must ")[0]),
        ["V1__init.sql:1: ${schema}", "V1__init.sql:2: ${name}", "V2__b.sql:1: ${other}"],
      );
      write("db/V1__init.sql", "CREATE TABEL a (id int);\n");
      write("db/V2__b.sql", "\n\nSELEC 1;\n");
      assert.deepEqual(
        run("db", "--version", "1.0.0")
          .stderr.trim()
          .split("\n")
          .map((line) => line.split(": ")[0]),
        ["V1__init.sql:1", "V2__b.sql:3"],
      );
    });
  });

  /** Each tool's table as the tool creates it, with two of three migrations applied. */
  const tables: readonly { tool: MigrationTool; files: readonly string[]; sql: string }[] = [
    {
      tool: "flyway",
      files: ["V1__init.sql", "V2_1__two.sql", "V10__three.sql"],
      sql: `CREATE TABLE flyway_schema_history (installed_rank int NOT NULL CONSTRAINT flyway_schema_history_pk PRIMARY KEY,
          version varchar(50), description varchar(200) NOT NULL, type varchar(20) NOT NULL, script varchar(1000) NOT NULL,
          checksum int, installed_by varchar(100) NOT NULL, installed_on timestamp NOT NULL DEFAULT now(),
          execution_time int NOT NULL, success boolean NOT NULL);
        CREATE INDEX flyway_schema_history_s_idx ON flyway_schema_history (success);
        INSERT INTO flyway_schema_history (installed_rank, version, description, type, script, installed_by, execution_time, success)
          VALUES (1, '1', '<< Flyway Baseline >>', 'BASELINE', '<< Flyway Baseline >>', 'ada', 0, true),
                 (2, '2.1', 'two', 'SQL', 'V2_1__two.sql', 'ada', 3, true),
                 (4, '10', 'three', 'SQL', 'V10__three.sql', 'ada', 3, true),
                 (5, '10', 'three', 'UNDO_SQL', 'U10__three.sql', 'ada', 3, true)`,
    },
    {
      tool: "golang-migrate",
      files: ["000001_init.up.sql", "000002_two.up.sql", "000003_three.up.sql"],
      sql: `CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL);
        INSERT INTO schema_migrations VALUES (2, false)`,
    },
    {
      tool: "dbmate",
      files: ["20240101000000_init.sql", "20240102000000_two.sql", "20240103000000_three.sql"],
      sql: `CREATE TABLE schema_migrations (version varchar(128) PRIMARY KEY);
        INSERT INTO schema_migrations VALUES ('20240101000000'), ('20240102000000')`,
    },
    {
      tool: "node-pg-migrate",
      files: ["1700000000000_init.sql", "1700000001000_two.sql", "1700000002000_three.sql"],
      sql: `CREATE TABLE pgmigrations (id serial PRIMARY KEY, name varchar(255) NOT NULL, run_on timestamp NOT NULL);
        INSERT INTO pgmigrations (name, run_on) VALUES ('1700000000000_init', now()), ('1700000001000_two', now())`,
    },
  ];

  for (const { tool, files, sql } of tables) {
    it(`reads the table of ${tool}, and seeds the ledger with what it has`, async () => {
      const up = { dbmate: "-- migrate:up\n", "node-pg-migrate": "-- Up Migration\n" }[tool as string] ?? "";
      for (const [i, file] of files.entries()) write(`db/${file}`, `${up}CREATE TABLE t${i} (id int);\n`);
      await fixture.query(`${sql}; CREATE TABLE t0 (id int); CREATE TABLE t1 (id int)`);
      const { status, stderr } = run("db", "--version", "1.0.0", "--database-url", url());
      assert.equal(status, 0, stderr);
      assert.deepEqual(await fixture.ledger(), ["0001_init.expand", "0002_two.expand"]);
      assert.deepEqual((await fixture.run(loadScripts(target()))).applied, ["0003_three"]);
    });
  }

  it("rejects files that would leave a gap in the history, all at once", () => {
    const problems = (files: readonly string[]) => {
      rmSync(join(folder, "db"), { recursive: true, force: true });
      for (const file of files) write(`db/${file}`, "SELECT 1;\n");
      const { status, stderr } = run("db", "--version", "1.0.0");
      assert.equal(existsSync(target()), status === 0);
      rmSync(target(), { recursive: true, force: true });
      return status === 0 ? [] : stderr.trim().split("\n");
    };
    assert.deepEqual(problems(["V1__a.sql", "U1__a.sql", "beforeMigrate.sql", "R__b.sql", "notes.txt"]), []);
    assert.deepEqual(problems(["1_a.up.sql", "1_a.down.sql"]), []);
    assert.deepEqual(
      problems(["20240101_a/migration.sql", "20240101_a/down.sql", "migration_lock.toml"]),
      [],
    );
    assert.deepEqual(problems(["V1__a.sql", "V2_b.sql", "2024_c.sql", "V3__d.java"]), [
      "All SQL files must be migrations of flyway, got 2024_c.sql, V2_b.sql. Correct the names, or import a copy of the " +
        "folder without these files.",
      "All migrations must be SQL, got V3__d.java. Replace each by its SQL in a copy of the folder.",
    ]);
    assert.deepEqual(problems(["V1__a.sql", "V1__b.sql"]), [
      "Each migration must have a version of its own, got another one of V1__b.sql. Rename the file.",
    ]);
    assert.match(`${problems(["1_a.down.sql"])}`, /^The folder must have SQL migrations of prisma/);
    assert.match(`${problems([])}`, /^The folder of the migrations must exist/);
    mkdirSync(join(folder, "db"), { recursive: true });
    writeFileSync(join(folder, "db/V1__a.sql"), Buffer.from("SELECT 'caf\xe9';", "latin1"));
    assert.match(run("db", "--version", "1.0.0").stderr, /^V1__a\.sql:1: the file must be UTF-8/);
  });

  it("writes all scripts or none, also when it is killed or may not write", async () => {
    const count = 400;
    for (let i = 1; i <= count; i++) write(`db/V${i}__t.sql`, `CREATE TABLE t${i} (id int);\n`);
    const argv = [
      CHANGEOVER,
      "migrate",
      "import",
      join(folder, "db"),
      "--directory",
      target(),
      "--version",
      "1.0.0",
    ];
    const { DATABASE_URL: _url, ...env } = process.env;
    for (const waitMs of [0, 5, 20]) {
      const child = spawn(process.execPath, argv, { env, stdio: "ignore" });
      const staging = join(folder, ".scripts.importing");
      for (
        const end = Date.now() + 20_000;
        !existsSync(staging) && !existsSync(target()) && Date.now() < end;
      )
        await sleep(1);
      await sleep(waitMs);
      child.kill("SIGKILL");
      await once(child, "exit");
      assert.ok(!existsSync(target()) || readdirSync(target()).length === count);
    }
    assert.equal(run("db", "--version", "1.0.0").status, 0);
    assert.equal(readdirSync(target()).length, count);
    assert.deepEqual(readdirSync(folder).sort(), ["db", "scripts"]);
    rmSync(target(), { recursive: true });
    writeFileSync(join(folder, "file"), "");
    const inFile = run("db", "--version", "1.0.0", "--directory", join(folder, "file", "scripts"));
    assert.equal(inFile.status, 2);
    assert.match(
      inFile.stderr,
      /^The folder of the scripts must be writable, got .*file.scripts \(ENOTDIR\)\./,
    );
    writeFileSync(target(), "");
    assert.match(run("db", "--version", "1.0.0").stderr, /^The folder of the scripts must be a folder, got /);
  });

  it("rejects another history, a dirty one, a folder in use and unknown files", async () => {
    assert.equal(countApplied(["1", "2", "3"], ["1", "2"]), 2);
    assert.throws(() => countApplied(["1", "3"], ["1", "2"]), /has applied 2, which the folder lacks/);
    assert.throws(() => countApplied(["1", "2", "3"], ["1", "3"]), /lacks 2, although it has later ones/);
    const golang = TOOL_TABLES["golang-migrate"];
    assert.deepEqual(golang.applied([{ version: "2", dirty: false }], ["1", "2", "3"]), ["1", "2"]);
    assert.throws(() => golang.applied([{ version: "2", dirty: true }], ["1"]), /must not be dirty/);
    write("other/readme.sql", "SELECT 1;");
    assert.match(
      run("other", "--version", "1.0.0").stderr,
      /^The folder must have SQL migrations of prisma, flyway/,
    );
    write("flyway/V1__init.sql", create);
    write("scripts/0001_mine.expand.sql", "-- needed-by: 1.0.0\nSELECT 1;\n");
    assert.match(
      run("flyway", "--version", "1.0.0").stderr,
      /^The folder of the scripts must be empty, .*0001_mine/,
    );
    assert.match(run("flyway").stderr, /^--version must be three numbers/);
    rmSync(target(), { recursive: true });
    assert.match(
      run("flyway", "--version", "1.0.0", "--database-url", url()).stderr,
      /^The database must have the table flyway_schema_history of flyway\./,
    );
  });
});
