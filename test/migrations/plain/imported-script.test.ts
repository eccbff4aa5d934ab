import assert from "node:assert/strict";
import { importedFiles } from "../../../migrations/plain/imported-script";
import { parseScript } from "../../../migrations/script/parse-script";

/** Statements of each script that the migrations become. */
function imported(...sqls: readonly string[]): string[][] {
  const migrations = sqls.map((sql, i) => ({ file: `${i}.sql`, key: String(i), title: `change ${i}`, sql }));
  return importedFiles(migrations, "dbmate", "1.0.0").map(({ file, text }) =>
    parseScript(file, text).statements.map((statement) => statement.text),
  );
}

describe("imported scripts", () => {
  it("leave out what cannot run in a transaction or has no effect on the schema", () => {
    const sql = `BEGIN; CREATE INDEX CONCURRENTLY i ON t (a); SAVEPOINT s; RELEASE s; COMMIT;
      REINDEX (VERBOSE, CONCURRENTLY) TABLE t; VACUUM t; REFRESH MATERIALIZED VIEW CONCURRENTLY m;`;
    assert.deepEqual(imported(sql), [
      ["CREATE INDEX i ON t (a)", "REFRESH MATERIALIZED VIEW CONCURRENTLY m"],
    ]);
    assert.deepEqual(imported("VACUUM t;"), []);
  });

  it("use a new value of an enum in a script of its own", () => {
    const add = (value: string) => `ALTER TYPE "State" ADD VALUE '${value}'`;
    assert.deepEqual(imported(`${add("a")};${add("b")};SELECT 'a'::"State";SELECT 1;`, add("c")), [
      [add("a"), add("b")],
      [`SELECT 'a'::"State"`, "SELECT 1"],
      [add("c")],
    ]);
  });

  it("check deferred constraints at once, as without a transaction", () => {
    const table = "CREATE TABLE t (a int REFERENCES u DEFERRABLE INITIALLY DEFERRED)";
    const scripts = imported(
      "SELECT 1",
      table,
      "INSERT INTO t VALUES (1)",
      "BEGIN; INSERT INTO t VALUES (2); COMMIT",
    );
    assert.deepEqual(scripts, [
      ["SELECT 1"],
      ["SET CONSTRAINTS ALL IMMEDIATE", table],
      ["SET CONSTRAINTS ALL IMMEDIATE", "INSERT INTO t VALUES (1)"],
      ["INSERT INTO t VALUES (2)"],
    ]);
  });
});
