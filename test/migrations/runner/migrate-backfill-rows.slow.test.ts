import assert from "node:assert/strict";
import { expand, failure, scriptsOf, useFixture } from "./migrate-fixture";

describe("runner: a backfill fills every row or fails", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const filling = (header: string, statement: string, above = "") =>
    scriptsOf({ "0001_fill.expand": expand(`${above}\n-- backfill: t\n${header}\n${statement}`) });
  const fillById = (above?: string) =>
    filling("-- key: id", "UPDATE t SET v = 1 WHERE id BETWEEN $1 AND $2 AND v IS NULL;", above);
  const left = async () =>
    (
      await fixture.query<{ rows: number }>("SELECT count(*)::int AS rows FROM t WHERE v IS DISTINCT FROM 1")
    )[0]?.rows;
  const nothingApplied = async (message: string) => {
    assert.match(message, /Nothing of the script was applied\.$/);
    assert.deepEqual(await fixture.ledger(), []);
    assert.deepEqual(await fixture.columns("extra"), []);
  };

  it("fails before the first commit when a policy hides rows from the owner", async () => {
    const connection = await fixture.owner();
    await fixture.query(
      `CREATE TABLE t (id int PRIMARY KEY, tenant int, v int); ALTER TABLE t OWNER TO ${connection.user};
       INSERT INTO t SELECT g, g % 2, NULL FROM generate_series(1, 1000) AS g;
       ALTER TABLE t ENABLE ROW LEVEL SECURITY; ALTER TABLE t FORCE ROW LEVEL SECURITY;
       CREATE POLICY p ON t USING (tenant = 0)`,
    );
    const message = await failure(fixture.run(fillById("CREATE TABLE extra (id int);"), { connection }));
    assert.match(
      message,
      /^0001_fill\.expand\.sql:5: query would be affected by row-level security policy for table "t" .*NO FORCE ROW LEVEL SECURITY/,
    );
    await nothingApplied(message);
    const change = scriptsOf({ "0001_fill.expand": expand("UPDATE t SET v = 1 WHERE id < 100;") });
    assert.match(await failure(fixture.run(change, { connection })), /row-level security policy/);
    const inserted = scriptsOf({
      "0001_fill.expand": expand(
        "INSERT INTO t VALUES (2001, 0, 1);\nINSERT INTO t SELECT 2002, 0, 1;\nINSERT INTO t VALUES (2003, 0, 1);",
      ),
    });
    assert.match(await failure(fixture.run(inserted, { connection })), /row-level security policy/);
    await fixture.query("ALTER TABLE t NO FORCE ROW LEVEL SECURITY");
    await fixture.run(fillById(), { connection });
    assert.equal(await left(), 0);
  });

  it("inserts values into a table whose policies apply to the owner, as psql does", async () => {
    const connection = await fixture.owner();
    const table = `CREATE TABLE t (id int PRIMARY KEY, tenant int);
ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (tenant = 0);`;
    const scripts = (second: string) =>
      scriptsOf({
        "0001_base.expand": expand(`${table}\nINSERT INTO t VALUES (1, 0);`),
        "0002_rows.expand": expand(
          `-- INSERT INTO t VALUES (2, 0);\nINSERT INTO t VALUES (2, 0);\n${second}`,
        ),
      });
    const hidden = await failure(fixture.run(scripts("INSERT INTO t VALUES (3, 1);"), { connection }));
    assert.match(
      hidden,
      /^0002_rows\.expand\.sql:\d+: new row violates row-level security policy for table "t"/,
    );
    const wrong = await failure(fixture.run(scripts("INSERT INTO t VALUES (3, 0, 'ä', 4);"), { connection }));
    assert.match(wrong, /^0002_rows\.expand\.sql:4: INSERT has more expressions than target columns/);
    await fixture.run(scripts("INSERT INTO t (tenant, id) VALUES (0, 3);"), { connection });
    assert.deepEqual(await fixture.query("SELECT id FROM t ORDER BY id"), [{ id: 1 }, { id: 2 }, { id: 3 }]);
  });

  for (const key of ["user", "current_date", '"Order"', "select", '"a, b"']) {
    it(`walks along a column with the name ${key}`, async () => {
      const column = key.startsWith('"') ? key : `"${key}"`;
      await fixture.query(
        `CREATE TABLE t (${column} text PRIMARY KEY, v int); INSERT INTO t SELECT 'u' || g FROM generate_series(1, 100) AS g`,
      );
      await fixture.run(filling(`-- key: ${key}`, `UPDATE t SET v = 1 WHERE ${column} BETWEEN $1 AND $2;`));
      assert.equal(await left(), 0);
    });
  }

  it("walks along a table and a column whose names are reserved or too long", async () => {
    const long = `${"long_".repeat(14)}name`;
    await fixture.query(
      `CREATE TABLE "user" (${long} int PRIMARY KEY, v int); INSERT INTO "user" VALUES (1), (2)`,
    );
    const scripts = scriptsOf({
      "0001_fill.expand": expand(
        `-- locks: user\nALTER TABLE "user" ADD COLUMN x int;\n\n-- backfill: user\n-- key: ${long}\n` +
          `UPDATE "user" SET v = 1 WHERE ${long} BETWEEN $1 AND $2;`,
      ),
    });
    await fixture.run(scripts);
    assert.deepEqual(await fixture.query('SELECT DISTINCT v FROM "user"'), [{ v: 1 }]);
  });

  it("walks along a composite key, also when it is continued", async () => {
    await fixture.query(
      `CREATE TABLE t (tenant int, id text, v int, PRIMARY KEY (tenant, id));
       INSERT INTO t SELECT g % 3, 'x' || g FROM generate_series(1, 60000) AS g`,
    );
    const scripts = filling(
      "-- key: tenant, id\n-- batch: 700",
      "UPDATE t SET v = coalesce(v, 0) + 1 WHERE (tenant, id) BETWEEN ($1, $2) AND ($3, $4);",
    );
    const results = [];
    do results.push(await fixture.run(scripts, { deadline: Date.now() + 2_150 }));
    while (results.at(-1)?.more && results.length < 100);
    assert.ok(results.length > 1, "the backfill was not interrupted");
    assert.equal(await left(), 0);
  });

  it("names the rows of one key that do not fit a batch, before the first commit", async () => {
    await fixture.query(
      `CREATE TABLE t (tenant int, id int, v int, PRIMARY KEY (tenant, id));
       INSERT INTO t SELECT g % 3, g FROM generate_series(1, 60000) AS g`,
    );
    const byTenant = (above?: string) =>
      filling("-- key: tenant", "UPDATE t SET v = 1 WHERE tenant BETWEEN $1 AND $2 AND v IS NULL;", above);
    const message = await failure(fixture.run(byTenant("CREATE TABLE extra (id int);")));
    assert.match(
      message,
      /sql:5: key must divide the rows into batches, got tenant, of which one value has more than 10000 rows\. Use a unique key: -- key: tenant, id and WHERE \(tenant, id\) BETWEEN \(\$1, \$2\) AND \(\$3, \$4\)\. Nothing of/,
    );
    await nothingApplied(message);
    await fixture.query("DELETE FROM t WHERE id > 3000; CREATE INDEX ON t (id)");
    await fixture.run(byTenant());
    assert.equal(await left(), 0);
  });

  const badKeys: [what: string, columns: string, index: string, problem: RegExp][] = [
    ["nullable", "id int UNIQUE", "", /got t\.id, which is nullable\. Use the primary key\./],
    [
      "second in the index",
      "id int NOT NULL, a int",
      "CREATE INDEX ON t (a, id)",
      /got t\.id, which is in no such index/,
    ],
    [
      "in a partial index",
      "id int NOT NULL",
      "CREATE UNIQUE INDEX ON t (id) WHERE id > 5",
      /in no such index/,
    ],
    [
      "in a hash index",
      "id int NOT NULL, n int PRIMARY KEY",
      "CREATE INDEX ON t USING hash (id)",
      /Use the primary key \(n\)/,
    ],
    ["in an index on an expression", "id int NOT NULL", "CREATE INDEX ON t ((id + 1))", /in no such index/],
    ["absent", "n int PRIMARY KEY", "", /key must be a column of t, got id/],
  ];
  for (const [what, columns, index, problem] of badKeys) {
    it(`fails before the first commit when the key is ${what}`, async () => {
      await fixture.query(`CREATE TABLE t (${columns}, v int); ${index}`);
      const message = await failure(fixture.run(fillById("CREATE TABLE extra (id int);")));
      assert.match(message, /^0001_fill\.expand\.sql:5: /);
      assert.match(message, problem);
      await nothingApplied(message);
    });
  }

  it("fails before the first commit when NOT NULL of the key is not validated", async function () {
    const notValid =
      "CREATE TABLE t (id int UNIQUE, v int); ALTER TABLE t ADD CONSTRAINT n NOT NULL id NOT VALID";
    // Only PostgreSQL 18 and later support NOT NULL … NOT VALID.
    await fixture.query(notValid).catch(() => this.skip());
    await nothingApplied(await failure(fixture.run(fillById("CREATE TABLE extra (id int);"))));
  });

  it("fails before the first commit when the statement compares the key as text", async () => {
    await fixture.query(
      "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT generate_series(1, 300)",
    );
    const scripts = filling(
      "-- key: id\n-- batch: 7",
      "UPDATE t SET v = 1 WHERE id::text BETWEEN $1 AND $2;",
      "CREATE TABLE extra (id int);",
    );
    const message = await failure(fixture.run(scripts));
    assert.match(message, /the statement must compare \$1 as integer, the type of id, got text/);
    await nothingApplied(message);
  });

  it("walks along keys whose text depends on settings, and along arrays", async () => {
    const keys: [type: string, value: string][] = [
      ["double precision", "1 / g::float8"],
      ["timestamptz", "'2024-01-01'::timestamptz + g * interval '1.000001 h'"],
      ["interval", "g * interval '-1 d 1.5 s'"],
      ["int[]", "ARRAY[g % 10, g]"],
    ];
    const connection = await fixture.owner();
    await fixture.query(
      `ALTER ROLE ${connection.user} SET extra_float_digits = 0; ALTER ROLE ${connection.user} SET datestyle = 'SQL, DMY';
       ALTER ROLE ${connection.user} SET intervalstyle = 'sql_standard'`,
    );
    for (const [i, [type, value]] of keys.entries()) {
      await fixture.query(
        `DROP TABLE IF EXISTS t; CREATE TABLE t (id ${type} PRIMARY KEY, v int); ALTER TABLE t OWNER TO ${connection.user};
         INSERT INTO t SELECT ${value} FROM generate_series(1, 200) AS g; DROP SCHEMA IF EXISTS changeover CASCADE`,
      );
      await fixture.run(
        filling("-- key: id\n-- batch: 3", "UPDATE t SET v = coalesce(v, 0) + 1 WHERE id BETWEEN $1 AND $2;"),
        { connection },
      );
      assert.equal(await left(), 0, `${i} ${type}`);
    }
  });

  it("counts the rows that remain, where the script says which", async () => {
    await fixture.query(
      `CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT generate_series(1, 500);
       CREATE FUNCTION skip() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN new.id % 50 > 0 THEN new END; END $$;
       CREATE TRIGGER skip BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION skip()`,
    );
    const scripts = filling(
      "-- key: id\n-- remaining: v IS NULL",
      "UPDATE t SET v = 1 WHERE id BETWEEN $1 AND $2;",
    );
    assert.match(
      await failure(fixture.run(scripts)),
      /^0001_fill\.expand\.sql:6: after the last batch 10 rows still match remaining \(v IS NULL\)\. The script does not count as applied\./,
    );
    assert.deepEqual(await fixture.ledger(), ["0001_fill.expand started"]);
    await fixture.query("DROP TRIGGER skip ON t");
    assert.deepEqual((await fixture.run(scripts)).applied, ["0001_fill"]);
    assert.equal(await left(), 0);
    await fixture.newDatabase();
    await fixture.query("CREATE TABLE t (id int PRIMARY KEY, v int)");
    const wrong = filling(
      "-- key: id\n-- remaining: w IS NULL",
      "UPDATE t SET v = 1 WHERE id BETWEEN $1 AND $2;",
    );
    await nothingApplied(await failure(fixture.run(wrong)));
  });

  it("logs how many rows it walked along and changed", async () => {
    await fixture.query(
      "CREATE TABLE t (id int PRIMARY KEY, v int); INSERT INTO t SELECT g, g % 2 FROM generate_series(1, 10) AS g",
    );
    await fixture.run(filling("-- key: id", "UPDATE t SET v = 1 WHERE id BETWEEN $1 AND $2 AND v = 0;"));
    const finished = fixture.log.find(({ message }) => message === "backfill finished");
    assert.deepEqual(finished?.fields, { script: "0001_fill.expand.sql", walkedRows: 10, changedRows: 5 });
  });
});
