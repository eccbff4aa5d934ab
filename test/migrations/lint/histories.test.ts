/** Several scripts in a row: names and facts that depend on the order of the scripts. */

import assert from "node:assert/strict";
import { lintScripts, loadParser } from "../../../migrations/lint";
import { parseScript } from "../../../migrations/script/parse-script";
import { checkSequence } from "../../../migrations/script/sequence";

/** Reads scripts `e` (expand) or `c` (contract) with their headers, one version each. */
type Step = readonly [phase: "e" | "c", sql: string];

function lint(...texts: readonly Step[]) {
  const scripts = texts.map(([phase, sql], i) => {
    const name = `${String(i + 1).padStart(4, "0")}_s.${phase === "e" ? "expand" : "contract"}.sql`;
    return parseScript(name, `-- ${phase === "e" ? "needed-by" : "dead-from"}: 1.${i}.0\n${sql}\n`);
  });
  const last = scripts.at(-1)?.file;
  return lintScripts(checkSequence(scripts)).filter(({ file }) => file === last);
}

const rules = (...texts: readonly Step[]) => lint(...texts).map(({ rule }) => rule);
const advice = (rule: string, ...texts: readonly Step[]) =>
  lint(...texts)
    .filter((finding) => finding.rule === rule)
    .map(({ remediation }) => remediation);

describe("lint: names in the advice", () => {
  before(loadParser);
  const team = 'CREATE TABLE "Team" ("id" bigint PRIMARY KEY, "ownerId" bigint, "user" text);';

  it("are quoted where SQL needs it, and a header with them is accepted", () => {
    const change = 'ALTER TABLE "Team" ADD COLUMN "name2" text;';
    assert.deepEqual(advice("undeclared-lock", ["e", team], ["e", change]), ['-- locks: "Team"']);
    assert.deepEqual(rules(["e", team], ["e", `-- locks: "Team"\n${change}`]), []);
    assert.deepEqual(rules(["e", team], ["e", `-- locks: Team\n${change}`]), ["undeclared-lock"]);
    const user = 'CREATE TABLE "user" (id int);';
    assert.deepEqual(advice("undeclared-lock", ["e", user], ["e", 'ALTER TABLE "user" ADD COLUMN x int;']), [
      '-- locks: "user"',
    ]);
    assert.deepEqual(rules(["e", user], ["e", '-- locks: user\nALTER TABLE "user" ADD COLUMN x int;']), []);
  });

  it("of indexes, columns and derived objects are quoted as a whole", () => {
    const index = 'CREATE INDEX "Team_ownerId_idx" ON "Team" ("ownerId");';
    assert.match(
      `${advice("drop-index", ["e", team + index], ["c", '-- locks: "Team"\nDROP INDEX "Team_ownerId_idx";'])}`,
      /DROP INDEX CONCURRENTLY IF EXISTS "Team_ownerId_idx";$/,
    );
    const serial = `${advice("add-column-serial", ["e", team], ["e", '-- locks: "Team"\nALTER TABLE "Team" ADD "seqNo" serial;'])}`;
    assert.match(serial, /^CREATE SEQUENCE "Team_seqNo_seq";\n/);
    assert.match(serial, /ALTER COLUMN "seqNo" SET DEFAULT nextval\('"Team_seqNo_seq"'\)/);
    const type = `${advice("change-column-type", ["e", team], ["e", '-- locks: "Team"\nALTER TABLE "Team" ALTER "user" TYPE int;'])}`;
    assert.match(type, /ADD COLUMN user_new int4; /);
    const unnamed = `${advice("create-index", ["e", team], ["e", '-- locks: "Team" in share\nCREATE INDEX ON "Team" ("ownerId");'])}`;
    assert.match(unnamed, /CREATE INDEX CONCURRENTLY "Team_ownerId_idx" ON "Team" \("ownerId"\);$/);
  });
});

describe("lint: histories", () => {
  before(loadParser);

  it("name the tables of locks as they are before the script", () => {
    const base = "CREATE TABLE others (id int PRIMARY KEY);\nCREATE TABLE k (o int REFERENCES others);";
    const rename = "-- lint-ignore rename-table: unused\nALTER TABLE others RENAME TO elsewhere;";
    const renameAndUse = `ALTER TABLE others RENAME TO elsewhere;\nALTER TABLE elsewhere ADD COLUMN x int;`;
    assert.deepEqual(advice("undeclared-lock", ["e", base], ["e", renameAndUse]), ["-- locks: others"]);
    assert.deepEqual(
      advice("undeclared-lock", ["e", base], ["e", `-- locks: others\n${rename}`], ["c", "DROP TABLE k;"]),
      ["-- locks: k, elsewhere", "-- locks: k, elsewhere"],
    );
  });

  it("ask for no lock on what the script, or its code, may create, nor on nothing", () => {
    const base = "CREATE TABLE a (id int PRIMARY KEY);";
    const code = "DO $$ BEGIN CREATE TABLE b (id int); END $$;\nALTER TABLE b ADD COLUMN x int;";
    assert.deepEqual(advice("undeclared-lock", ["e", base], ["e", code]), []);
    assert.deepEqual(rules(["e", base], ["c", "DROP TABLE IF EXISTS schema_migrations;"]), []);
    assert.deepEqual(rules(["e", base], ["c", "ALTER TABLE IF EXISTS b ADD COLUMN x int;"]), []);
    const trigger =
      "-- locks: a in share row exclusive\nDROP TRIGGER IF EXISTS t ON a;\n" +
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;\n" +
      "CREATE TRIGGER t BEFORE UPDATE ON a FOR EACH ROW EXECUTE FUNCTION f();";
    assert.deepEqual(rules(["e", base], ["e", trigger]), []);
  });

  it("take a lock on a partitioned table for one on its partitions", () => {
    const base =
      "CREATE TABLE m (d date NOT NULL) PARTITION BY RANGE (d);\n" +
      "CREATE TABLE m24 PARTITION OF m FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');";
    assert.deepEqual(
      rules(["e", base], ["e", "-- locks: m\nALTER TABLE m24 ADD CHECK (d > '2023-01-01') NOT VALID;"]),
      ["tightens-running-writes"],
    );
    assert.deepEqual(advice("undeclared-lock", ["e", base], ["e", "ALTER TABLE m ADD COLUMN q int;"]), [
      "-- locks: m",
    ]);
  });

  it("end a proof with DROP NOT NULL, a rename, code or a dropped constraint", () => {
    const base =
      "CREATE TABLE a (id int PRIMARY KEY, p text NOT NULL, q text, CONSTRAINT c CHECK (q IS NOT NULL));";
    const set = (column: string) => `-- locks: a\nALTER TABLE a ALTER COLUMN ${column} SET NOT NULL;`;
    const later = (change: string, column: string) =>
      rules(["e", base], ["e", `-- locks: a\n${change}`], ["e", set(column)]);
    assert.deepEqual(rules(["e", base], ["e", set("p")]), []);
    assert.deepEqual(rules(["e", base], ["e", set("q")]), []);
    assert.deepEqual(later("ALTER TABLE a ALTER p DROP NOT NULL;", "p"), ["set-not-null"]);
    assert.deepEqual(later("ALTER TABLE a DROP CONSTRAINT c;", "q"), ["set-not-null"]);
    assert.deepEqual(later("ALTER TABLE a DROP CONSTRAINT a_p_not_null;", "p"), ["set-not-null"]);
    assert.deepEqual(later("ALTER TABLE a RENAME q TO r;\nALTER TABLE a ADD q text;", "q"), ["set-not-null"]);
    assert.deepEqual(later("ALTER TABLE a RENAME q TO r;", "r"), []);
    assert.deepEqual(later("DO $$ BEGIN EXECUTE 'ALTER TABLE a ALTER p DROP NOT NULL'; END $$;", "p"), [
      "set-not-null",
    ]);
    assert.deepEqual(later("SELECT who_knows();", "p"), ["set-not-null"]);
  });

  it("take a table after CREATE TABLE IF NOT EXISTS for one that may be in use", () => {
    const create = "CREATE TABLE IF NOT EXISTS accounts (id bigint PRIMARY KEY, note text);";
    assert.deepEqual(
      rules(
        ["e", "SELECT 1;"],
        ["e", `-- locks: accounts in share\n${create}\nCREATE INDEX i ON accounts (note);`],
      ),
      ["create-index"],
    );
    assert.deepEqual(rules(["e", "SELECT 1;"], ["e", `${create}\nUPDATE accounts SET note = '';`]), [
      "unbounded-change",
    ]);
    assert.deepEqual(
      rules(["e", "SELECT 1;"], ["e", `${create}\nUPDATE accounts SET note = '' WHERE id = 1;`]),
      [],
    );
  });

  it("follow functions to all their callers, and views to their tables", () => {
    const base =
      "CREATE TABLE accounts (id int PRIMARY KEY, note text);\nCREATE VIEW v AS SELECT note FROM accounts;\n" +
      "CREATE FUNCTION wipe() RETURNS int LANGUAGE sql AS $$ UPDATE accounts SET note = ''; SELECT 1 $$;\n" +
      "CREATE FUNCTION outer_wipe() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN wipe(); END $$;\n" +
      "CREATE VIEW w AS SELECT outer_wipe() AS x;\nCREATE TABLE log (x int);";
    for (const sql of [
      "INSERT INTO log VALUES (outer_wipe());",
      "INSERT INTO log SELECT x FROM w;",
      "CREATE MATERIALIZED VIEW m AS SELECT outer_wipe() AS x;",
      "DO $$ BEGIN INSERT INTO log VALUES (wipe()); END $$;",
      "DO $$ DECLARE x int := wipe(); BEGIN NULL; END $$;",
      "DELETE FROM log WHERE x = wipe();",
      "COPY (SELECT wipe()) TO '/tmp/x';",
    ]) {
      assert.ok(rules(["e", base], ["e", sql]).includes("unbounded-change"), sql);
    }
    assert.deepEqual(
      rules(
        ["e", base],
        [
          "e",
          "-- locks: accounts\nALTER TABLE accounts ADD q int;\nCREATE TABLE n AS SELECT count(*) FROM v;",
        ],
      ),
      ["unbounded-change", "scan-under-lock"],
    );
  });
});
