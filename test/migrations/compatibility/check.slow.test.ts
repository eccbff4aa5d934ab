import assert from "node:assert/strict";
import { knownVersions } from "../../../contract";
import { checkCompatibility } from "../../../migrations/compatibility/check";
import type { VersionQueries } from "../../../migrations/compatibility/queries";
import { openScratch } from "../../../migrations/scratch/postgres";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { parseScript } from "../../../migrations/script/parse-script";
import type { MigrationScript } from "../../../migrations/script/script";
import { checkSequence } from "../../../migrations/script/sequence";
import { application } from "../../applications/records/app";
import { useSharedScratch } from "../shared-scratch";

const expand = (version: string, sql: string) => `-- needed-by: ${version}\n${sql}`;
const contract = (version: string, sql: string) => `-- dead-from: ${version}\n${sql}`;

function scriptsOf(files: Readonly<Record<string, string>>): MigrationScript[] {
  return checkSequence(Object.entries(files).map(([name, text]) => parseScript(`${name}.sql`, text)));
}

function version(number: string, queries: Readonly<Record<string, string>>): VersionQueries {
  return { version: number, file: `app/versions/${number}.ts`, queries };
}

const base = expand("1.0.0", "CREATE TABLE visits (id int PRIMARY KEY, name text NOT NULL, at date);");

describe("compatibility", function () {
  // The first run creates the template database.
  this.timeout(120_000);
  const open = useSharedScratch();

  /** One line for each break: `version query script: problem`. */
  async function breaksOf(
    files: Readonly<Record<string, string>>,
    versions: readonly VersionQueries[],
  ): Promise<string[]> {
    const scripts = scriptsOf(files);
    const { breaks, unusable } = await checkCompatibility(scripts, versions, open);
    assert.equal(unusable, undefined);
    return breaks.map(
      ({ version, query, script, problem }) => `${version} ${query} ${script?.file ?? "-"}: ${problem}`,
    );
  }

  it("finds only the announced breaks of the sample system's contract scripts", async () => {
    const scripts = loadScripts("test/applications/records/app/migrations");
    const { breaks, unusable } = await checkCompatibility(scripts, knownVersions(application), open);
    assert.equal(unusable, undefined);
    const pairs = [...new Set(breaks.map(({ version, script }) => `${version} ${script?.file}`))];
    assert.deepEqual(pairs, [
      "1.0.0 0002_split_name.contract.sql",
      "1.1.0 0004_severity.contract.sql",
      "1.1.0 0006_status_lookup.contract.sql",
      "1.2.0 0006_status_lookup.contract.sql",
      "1.3.0 0009_note_words.contract.sql",
    ]);
    assert.match(breaks[0]?.problem ?? "", /^it can no longer be prepared: column "patient_name"/);
  });

  it("reports version, query and the first script that breaks it", async () => {
    const found = await breaksOf(
      {
        "0001_base.expand": base,
        "0002_more.expand": expand("1.1.0", "ALTER TABLE visits ADD COLUMN note text;"),
        "0003_rename.expand": expand("1.2.0", "ALTER TABLE visits RENAME COLUMN name TO title;"),
        "0004_gone.expand": expand("1.2.0", "DROP TABLE visits;"),
      },
      [
        version("1.0.0", {
          find: "select name from visits where id = $1",
          count: "select count(*) from visits",
        }),
      ],
    );
    assert.deepEqual(found, [
      '1.0.0 find 0003_rename.expand.sql: it can no longer be prepared: column "name" does not exist',
      '1.0.0 count 0004_gone.expand.sql: it can no longer be prepared: relation "visits" does not exist',
    ]);
  });

  it("reports changed types of parameters and results of a query that still prepares", async () => {
    const found = await breaksOf(
      {
        "0001_base.expand": base,
        "0002_wide.expand": expand("1.1.0", "ALTER TABLE visits ALTER COLUMN id TYPE bigint;"),
      },
      [
        version("1.0.0", { find: "select id, name from visits where id = $1" }),
        version("1.1.0", { find: "select id, name from visits where id = $1" }),
      ],
    );
    assert.deepEqual(found, [
      "1.0.0 find 0002_wide.expand.sql: the type of parameter 1 is bigint instead of integer, " +
        "the type of result column 1 is bigint instead of integer",
    ]);
  });

  it("reports a version whose expand script is missing or needed by a later version", async () => {
    const found = await breaksOf(
      {
        "0001_base.expand": base,
        "0002_note.expand": expand("1.2.0", "ALTER TABLE visits ADD COLUMN note text;"),
      },
      [version("1.1.0", { note: "select note from visits where id = $1" })],
    );
    assert.deepEqual(found, [
      '1.1.0 note -: it cannot be prepared on the schema of its version: column "note" does not exist',
    ]);
  });

  it("checks contract scripts after the expand scripts of later versions", async () => {
    const found = await breaksOf(
      {
        "0001_base.expand": base,
        "0002_title.expand": expand("1.1.0", "ALTER TABLE visits ADD COLUMN title text;"),
        "0002_title.contract": contract("1.1.0", "ALTER TABLE visits DROP COLUMN name;"),
        "0003_other.expand": expand("1.2.0", "CREATE INDEX visits_title ON visits (title);"),
      },
      [version("1.1.0", { forgotten: "select title, name from visits" })],
    );
    assert.deepEqual(found, [
      '1.1.0 forgotten 0002_title.contract.sql: it can no longer be prepared: column "name" does not exist',
    ]);
  });

  describe("writes of the running version", () => {
    const tables = expand(
      "1.0.0",
      `CREATE TYPE mood AS ENUM ('good', 'bad');
CREATE TABLE owners (id uuid PRIMARY KEY, name text NOT NULL);
CREATE TABLE accounts (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, owner_id uuid NOT NULL REFERENCES owners,
  note text, mood mood NOT NULL DEFAULT 'good', size int CHECK (size BETWEEN 20 AND 30), at timestamptz DEFAULT now());`,
    );
    const queries = {
      add: "insert into accounts (id, owner_id, note, size, mood) values ($1, $2, $3, $4, $5)",
      change: "update accounts set note = $1 where id = $2",
      forget: "delete from accounts where id = $1",
    };
    /** Breaks by an expand script of the next version. */
    const broken = async (sql: string) => {
      const found = await breaksOf({ "0001_base.expand": tables, "0002_next.expand": expand("1.1.0", sql) }, [
        version("1.0.0", queries),
      ]);
      return found.map((line) => line.replace(/^1\.0\.0 /, "").replace(" 0002_next.expand.sql: its", ":"));
    };

    it("are executed with generated rows: a new check, with version, script and constraint", async () => {
      const checks = `ALTER TABLE accounts ADD COLUMN a int, ADD COLUMN b int;
ALTER TABLE accounts ADD CONSTRAINT one_of CHECK (num_nonnulls(a, b) = 1) NOT VALID;`;
      const found = await breaksOf(
        { "0001_base.expand": tables, "0002_next.expand": expand("1.1.0", checks) },
        [version("1.0.0", queries)],
      );
      assert.deepEqual(found, [
        '1.0.0 add 0002_next.expand.sql: its INSERT fails with generated rows: new row for relation "accounts" violates ' +
          'check constraint "one_of"',
      ]);
    });

    it("pass when a default or a trigger corrects them, and with any value that a new check permits", async () => {
      assert.deepEqual(
        await broken("ALTER TABLE accounts ADD COLUMN a int NOT NULL DEFAULT 1 CHECK (a > 0);"),
        [],
      );
      assert.deepEqual(await broken("ALTER TABLE accounts ADD CHECK (note IN ('x', 'y')) NOT VALID;"), []);
      assert.deepEqual(
        await broken(`ALTER TABLE accounts ADD COLUMN a int;
ALTER TABLE accounts ADD CHECK (a IS NOT NULL) NOT VALID;
CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.a := 1; RETURN NEW; END $$;
CREATE TRIGGER fill BEFORE INSERT OR UPDATE ON accounts FOR EACH ROW EXECUTE FUNCTION fill();`),
        [],
      );
    });

    it("report required columns, triggers, identities, publications and rows that are dropped", async () => {
      const trigger = (
        events: string,
        body: string,
      ) => `CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN ${body} END $$;
        CREATE TRIGGER t BEFORE ${events} ON accounts FOR EACH ROW EXECUTE FUNCTION t();`;
      assert.match(
        `${await broken("ALTER TABLE accounts ADD COLUMN a int NOT NULL;")}`,
        /^add: INSERT fails .*"a" of/,
      );
      assert.deepEqual(await broken(trigger("UPDATE", "RAISE EXCEPTION 'closed';")), [
        "change: UPDATE fails with generated rows: closed",
      ]);
      assert.deepEqual(await broken(trigger("INSERT", "RETURN NULL;")), [
        "add: INSERT changes no row, and before it changed 1",
      ]);
      assert.match(
        `${await broken("ALTER TABLE accounts ALTER id SET GENERATED ALWAYS;")}`,
        /^add 0002.*cannot insert a non-DEFAULT value into column "id"$/,
      );
      assert.match(
        `${await broken("CREATE TABLE log (x int);\nCREATE PUBLICATION p FOR TABLE accounts (note) WITH (publish = 'insert, update');")}`,
        /^change: UPDATE fails .*cannot update table "accounts"/,
      );
    });
  });

  describe("writes of the running version to partitions, through views, in WITH and as upserts", () => {
    const tables = expand(
      "1.0.0",
      `CREATE TABLE "Visits" (id bigint, "atDay" date NOT NULL, region text NOT NULL, n int, PRIMARY KEY (id, "atDay", region))
  PARTITION BY RANGE ("atDay");
CREATE TABLE visits_24 PARTITION OF "Visits" FOR VALUES FROM ('2023-01-01') TO ('2023-02-01') PARTITION BY LIST (region);
CREATE TABLE visits_24_eu PARTITION OF visits_24 FOR VALUES IN ('eu');
CREATE TABLE counters (key text PRIMARY KEY, n int NOT NULL);
CREATE TABLE log (id int, note text);
CREATE TABLE kinds (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO kinds VALUES (1, 'open');
CREATE TABLE items (id int, kind_id int REFERENCES kinds);
CREATE VIEW recent AS SELECT id, note FROM log;`,
    );
    const queries = {
      visit: 'insert into "Visits" (id, "atDay", region, n) values ($1, $2, $3, $4)',
      leaf: 'insert into visits_24_eu (id, "atDay", region) values ($1, $2, $3)',
      count:
        "insert into counters (key, n) values ($1, $2) on conflict (key) do update set n = counters.n + excluded.n",
      item: "insert into items (id, kind_id) values ($1, (select id from kinds k where k.name = $2))",
      view: "insert into recent (id, note) values ($1, $2)",
      both: "with moved as (delete from log where id = $1 returning id), kept as (select 1) select count(*) from moved",
    };
    const broken = async (sql: string, used: Readonly<Record<string, string>> = queries) => {
      const found = await breaksOf({ "0001_base.expand": tables, "0002_next.expand": expand("1.1.0", sql) }, [
        version("1.0.0", used),
      ]);
      return found.map((line) => line.replace(/^1\.0\.0 (\w+) 0002_next\.expand\.sql: its /, "$1: "));
    };
    const rejects = (table: string, events: string) => `
CREATE FUNCTION t() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'closed'; END $$;
CREATE TRIGGER t BEFORE ${events} ON ${table} FOR EACH ROW EXECUTE FUNCTION t();`;

    it("pass when nothing changes for them", async () => {
      assert.deepEqual(await broken('ALTER TABLE "Visits" ADD COLUMN m int;'), []);
      assert.deepEqual(await broken("ALTER TABLE items ALTER COLUMN kind_id SET NOT NULL;"), []);
    });

    it("get values of a partition", async () => {
      assert.deepEqual(await broken('ALTER TABLE "Visits" ADD COLUMN m int NOT NULL;'), [
        'visit: INSERT fails with generated rows: null value in column "m" of relation "visits_24_eu" violates not-null ' +
          "constraint",
        'leaf: INSERT fails with generated rows: null value in column "m" of relation "visits_24_eu" violates not-null ' +
          "constraint",
      ]);
    });

    it("are also executed when the row of an upsert exists", async () => {
      assert.deepEqual(await broken(rejects("counters", "UPDATE")), [
        "count: INSERT fails with generated rows when the row exists: closed",
      ]);
    });

    it("are executed as MERGE, which inserts its row or changes it", async () => {
      const merges = {
        values: `merge into counters c using (values ($1, $2::int)) as s (key, n) on c.key = s.key
          when matched then update set n = c.n + s.n when not matched then insert (key, n) values (s.key, s.n)`,
        select: `merge into counters using (select $1::text as key, $2::int as amount) s on s.key = counters.key
          when not matched then insert (key, n) values (s.key, s.amount)`,
        removal:
          "merge into kinds k using (values ($1::int)) as s (id) on k.id = s.id when matched then delete",
        table: `merge into counters c using log on c.key = log.note when not matched then insert values (log.id::text, 1)`,
      };
      assert.deepEqual(await broken("ALTER TABLE counters ADD COLUMN m int;", merges), []);
      const missing = 'null value in column "m" of relation "counters" violates not-null constraint';
      assert.deepEqual(await broken("ALTER TABLE counters ADD COLUMN m int NOT NULL;", merges), [
        `values: MERGE fails with generated rows: ${missing}`,
        `select: MERGE fails with generated rows: ${missing}`,
        `table: MERGE fails with generated rows: ${missing}`,
      ]);
      assert.deepEqual(await broken(rejects("counters", "UPDATE"), merges), [
        "values: MERGE fails with generated rows when the row exists: closed",
      ]);
      assert.deepEqual(await broken(rejects("kinds", "DELETE"), merges), [
        "removal: MERGE fails with generated rows: closed",
      ]);
    });

    it("are executed through views and in WITH", async () => {
      assert.deepEqual(await broken("ALTER TABLE log ADD COLUMN m int NOT NULL;"), [
        'view: INSERT fails with generated rows: null value in column "m" of relation "log" violates not-null constraint',
      ]);
      assert.deepEqual(await broken(rejects("log", "DELETE")), [
        "both: DELETE fails with generated rows: closed",
      ]);
    });
  });

  it("reports * and several statements in a query", async () => {
    const found = await breaksOf({ "0001_base.expand": base }, [
      version("1.0.0", {
        star: "select v.* from visits v where id = $1",
        returned: "insert into visits (id, name) values ($1, $2) returning *",
        two: "select 1; select 2",
        counted: "select count(*) from visits",
        setting: "set time zone 'UTC'",
      }),
    ]);
    assert.deepEqual(
      found.map((line) => line.replace(/(selects \*|, got 2).*/, "$1")),
      [
        "1.0.0 star -: it selects *",
        "1.0.0 returned -: it selects *",
        "1.0.0 two -: it must be one statement, got 2",
      ],
    );
  });

  it("supports the extensions of PGlite, and gives no result for others", async () => {
    const check = (sql: string) => {
      const scripts = scriptsOf({ "0001_base.expand": expand("1.0.0", sql) });
      return checkCompatibility(scripts, [], () => openScratch(scripts));
    };
    assert.deepEqual(await check("CREATE EXTENSION pgcrypto;"), { breaks: [] });
    const { breaks, unusable, unknown } = await check("CREATE EXTENSION postgis;");
    assert.deepEqual([breaks, unusable], [[], undefined]);
    assert.match(
      unknown?.[0] ?? "",
      /is unknown, .*0001_base\.expand\.sql:2: extension "postgis" is not avail/,
    );
    const role = await check("CREATE TABLE a ();\nGRANT SELECT ON a TO reporting;");
    assert.match(role.unknown?.[0] ?? "", /0001_base\.expand\.sql:3: role "reporting" does not exist/);
  });

  it("rejects a script or a backfill that does not apply, with file and line", async () => {
    const check = (files: Readonly<Record<string, string>>) => {
      const scripts = scriptsOf(files);
      return checkCompatibility(scripts, [], open);
    };
    const { unusable } = await check({
      "0001_base.expand": base,
      "0002_wrong.expand": expand("1.1.0", "SELECT 1;\nALTER TABLE visit ADD COLUMN note text;"),
    });
    assert.equal(unusable, '0002_wrong.expand.sql:3: relation "visit" does not exist.');
    const backfill =
      "INSERT INTO visits VALUES (1, 'a'), (2, 'b');\n\n-- backfill: visits\n-- key: id\n" +
      "UPDATE visits SET nam = 'x'\nWHERE id BETWEEN $1 AND $2;";
    const second = await check({ "0001_base.expand": `${base}\n${backfill}` });
    assert.match(second.unusable ?? "", /^0001_base\.expand\.sql:7: column "nam" of relation "visits"/);
  });
});
