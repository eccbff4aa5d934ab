import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { type LintFinding, lintScripts, loadParser } from "../../../migrations/lint";
import { runOrder } from "../../../migrations/lint/order";
import { rewriteReason } from "../../../migrations/lint/types";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { parseScript } from "../../../migrations/script/parse-script";
import { ScriptError } from "../../../migrations/script/script-error";
import { splitStatements } from "../../../migrations/script/sql-text";

const migrations = loadScripts(join(__dirname, "../../applications/records/app/migrations"));
const table = parseScript(
  "0001_base.expand.sql",
  "-- needed-by: 1.0.0\nCREATE TABLE notes (id bigint PRIMARY KEY, text varchar(10), score int);\n",
);

function lint(sql: string, file = "0002_change.expand.sql"): LintFinding[] {
  const version = file.endsWith("expand.sql") ? "-- needed-by: 1.1.0" : "-- dead-from: 1.1.0";
  return lintScripts([table, parseScript(file, `${version}\n${sql}`)]);
}

describe("lint", () => {
  before(loadParser);

  it("has no findings for the scripts of the sample system", () => {
    assert.deepEqual(lintScripts(migrations), []);
  });

  it("reports the sample scripts once their precautions are removed", () => {
    const without = (file: string, text: RegExp) =>
      lintScripts(
        migrations.map((script) => {
          if (script.file !== file) return script;
          const sql = script.sql.replace(text, "");
          return { ...script, sql, statements: splitStatements(sql) };
        }),
      );
    assert.deepEqual(
      without("0002_split_name.expand.sql", /create trigger[\s\S]*?;/).map(({ rule, line }) => [rule, line]),
      [["tightens-running-writes", 8]],
    );
    assert.deepEqual(
      without("0003_names_validated.expand.sql", /alter table[\s\S]*?;/).map(({ file, rule }) => [
        file,
        rule,
      ]),
      [
        ["0002_split_name.contract.sql", "set-not-null"],
        ["0002_split_name.contract.sql", "set-not-null"],
      ],
    );
  });

  it("reports rule, place, statement, impact and remediation", () => {
    const [finding, ...others] = lint(
      "-- locks: notes\n\nALTER TABLE notes\n  ADD COLUMN token uuid\n  DEFAULT gen_random_uuid();\n",
    );
    assert.deepEqual(others, []);
    assert.ok(finding);
    assert.equal(finding.rule, "add-column-volatile-default");
    assert.equal(finding.severity, "error");
    assert.equal(`${finding.file}:${finding.line}`, "0002_change.expand.sql:4");
    assert.equal(finding.statement, "ALTER TABLE notes ADD COLUMN token uuid DEFAULT gen_random_uuid()");
    assert.match(finding.impact, /Reads and writes of notes wait .* gen_random_uuid\(\) is volatile/s);
    assert.match(finding.remediation, /^ALTER TABLE notes ADD COLUMN token uuid;\n/);
  });

  it("reports the line inside a block", () => {
    const block =
      "\nDO $$\nBEGIN\n  IF true THEN\n    DELETE FROM notes;\n  END IF;\n  EXECUTE 'DROP TABLE ' || 'x';\nEND\n$$;\n";
    assert.deepEqual(
      lint(block).map(({ rule, line }) => [rule, line]),
      [
        ["unbounded-change", 6],
        ["unreadable-code", 8],
      ],
    );
  });

  it("reads contract scripts after all expand scripts of their version", () => {
    const names = runOrder(migrations).map(({ file }) => file);
    assert.deepEqual(names.slice(0, 5), [
      "0001_base.expand.sql",
      "0002_split_name.expand.sql",
      "0003_names_validated.expand.sql",
      "0002_split_name.contract.sql",
      "0004_severity.expand.sql",
    ]);
  });

  it("has the same findings for any order of its input", () => {
    const broken = migrations.map((script) => ({ ...script, locks: [] }));
    const key = ({ file, line, rule }: LintFinding) => `${file}:${line}:${rule}`;
    const expected = lintScripts(broken).map(key).sort();
    assert.ok(expected.length > 5);
    fc.assert(
      fc.property(fc.shuffledSubarray(broken, { minLength: broken.length }), (scripts) => {
        assert.deepEqual(lintScripts(scripts).map(key).sort(), expected);
      }),
      { numRuns: 10 },
    );
  });

  it("reads scripts before --from without reporting on them", () => {
    const first = parseScript(
      "0002_first.expand.sql",
      "-- needed-by: 1.1.0\nALTER TABLE notes ADD COLUMN a int;\n",
    );
    const second = parseScript(
      "0003_second.expand.sql",
      "-- needed-by: 1.1.0\nALTER TABLE notes ADD COLUMN b int;\n",
    );
    const files = (from: number) => lintScripts([table, first, second], { from }).map(({ file }) => file);
    assert.deepEqual(files(1), ["0002_first.expand.sql", "0003_second.expand.sql"]);
    assert.deepEqual(files(3), ["0003_second.expand.sql"]);
  });

  it("rejects a syntax error with file and line", () => {
    const rejection = (sql: string) => {
      try {
        lint(sql);
      } catch (error) {
        assert.ok(error instanceof ScriptError);
        return error.message;
      }
      throw new Error("it was accepted");
    };
    assert.equal(
      rejection("\nSELECT 'é';\nALTER TABLE notes\n  ADD COLUM b int;\n"),
      '0002_change.expand.sql:5: PostgreSQL does not understand this statement: syntax error at or near "int".',
    );
    assert.match(
      rejection("\n-- backfill: notes\n-- key: id\nUPDATE notes SET WHERE id BETWEEN $1 AND $2;\n"),
      /sql:5: .* near "WHERE"/,
    );
    assert.match(rejection("SELECT 'open\n"), /sql:2: .*unterminated quoted string/);
  });

  it("looks for names in the schemas of the search_path that a script sets", () => {
    const base = parseScript(
      "0001_base.expand.sql",
      `-- needed-by: 1.0.0
CREATE SCHEMA "App"; CREATE SCHEMA other;
CREATE TABLE "App"."User" (id bigint PRIMARY KEY, name text);
CREATE TABLE "App".teams (id bigint PRIMARY KEY);
CREATE TABLE notes (id bigint PRIMARY KEY);`,
    );
    const findings = (sql: string) => {
      const next = parseScript("0002_next.expand.sql", `-- needed-by: 1.1.0\n${sql}`);
      return lintScripts([base, next]).map(({ rule, remediation }) => {
        return rule === "undeclared-lock" ? remediation : rule;
      });
    };
    const path = 'SET LOCAL search_path = "App", public;\n';
    const lock = '-- locks: "App"."User"';
    assert.deepEqual(findings(`${path}ALTER TABLE "User" ADD COLUMN a int;`), [lock]);
    assert.deepEqual(findings(`${lock}\n${path}ALTER TABLE "User" ADD COLUMN a int;`), []);
    assert.deepEqual(findings(`${path}ALTER TABLE notes ADD COLUMN a int;`), ["-- locks: notes"]);
    assert.deepEqual(findings(`${path}DO $$ BEGIN ALTER TABLE "User" ADD COLUMN a int; END $$;`), [lock]);
    assert.deepEqual(
      findings(
        `SELECT set_config('search_path', '"App"', true);\nUPDATE "User" SET name = 'x' WHERE id = 1;`,
      ),
      [],
      "the key of the table is known",
    );
    assert.deepEqual(
      findings(
        `${path}CREATE TABLE "Extra" (id int PRIMARY KEY);\nALTER TABLE "Extra" ADD COLUMN b text UNIQUE;`,
      ),
      [],
      "a new table",
    );
    assert.deepEqual(findings(`${path}RESET search_path;\nALTER TABLE notes ADD COLUMN a int;`), [
      "-- locks: notes",
    ]);
    assert.deepEqual(findings(`${path}ALTER TABLE teams ADD COLUMN u bigint REFERENCES "User";`), [
      '-- locks: "App".teams, "App"."User" in share row exclusive',
      '-- locks: "App".teams, "App"."User" in share row exclusive',
    ]);
    assert.deepEqual(findings(`${path}DROP TABLE IF EXISTS "User";`), ["drop-table", lock]);
  });

  it("accepts a change of length exactly when it widens the type", () => {
    const length = fc.integer({ min: 1, max: 500 });
    fc.assert(
      fc.property(fc.constantFrom("varchar", "varbit"), length, length, (name, from, to) => {
        const type = (limit: number) => ({ name, modifiers: [limit], array: false });
        assert.equal(rewriteReason(type(from), type(to), false) === undefined, to >= from);
      }),
    );
  });
});

describe("lint: suppressions", () => {
  before(loadParser);

  it("suppress one rule of the statement below, with a reason", () => {
    const [finding, ...others] = lint(
      "\n-- Few rows.\n-- lint-ignore unbounded-change: forty rows\nUPDATE notes SET score = 1;\n",
    );
    assert.deepEqual(others, []);
    assert.equal(finding?.rule, "unbounded-change");
    assert.deepEqual(finding?.suppressed, { reason: "forty rows" });
  });

  it("suppress several rules, each with a reason", () => {
    const findings = lint(
      "\n-- lint-ignore create-index: empty\n-- lint-ignore undeclared-lock: empty\nCREATE INDEX i ON notes (score);\n",
    );
    assert.deepEqual(
      findings.map(({ rule, suppressed }) => [rule, suppressed?.reason]),
      [
        ["create-index", "empty"],
        ["undeclared-lock", "empty"],
      ],
    );
  });

  it("apply to a backfill from above its first line", () => {
    const findings = lint(
      "\n-- lint-ignore backfill-not-repeatable: the column is new\n-- backfill: notes\n-- key: id\n" +
        "UPDATE notes SET score = score + 1 WHERE id BETWEEN $1 AND $2;\n",
    );
    assert.deepEqual(
      findings.map(({ rule, suppressed }) => [rule, suppressed?.reason]),
      [["backfill-not-repeatable", "the column is new"]],
    );
  });

  const open = (sql: string) =>
    lint(sql)
      .filter(({ suppressed }) => !suppressed)
      .map(({ rule, line }) => `${rule}:${line}`);

  it("apply only to the next statement", () => {
    const change = "UPDATE notes SET score = 1;\n";
    assert.deepEqual(open(`\n-- lint-ignore unbounded-change: few\n${change}${change}`), [
      "unbounded-change:5",
    ]);
    assert.deepEqual(open(`\n-- lint-ignore unbounded-change: few\n\n${change}`), [
      "lint-ignore:3",
      "unbounded-change:5",
    ]);
    assert.deepEqual(open(`\n${change}-- lint-ignore unbounded-change: few\n`), [
      "unbounded-change:3",
      "lint-ignore:4",
    ]);
  });

  it("are findings when they are invalid or unused", () => {
    const reason = (comment: string) =>
      lint(`\n${comment}\nANALYZE notes;\n`).map(({ rule, impact }) => `${rule}: ${impact}`);
    assert.match(`${reason("-- lint-ignore create-index")}`, /^lint-ignore: .*and a reason/);
    assert.match(`${reason("-- lint-ignore create-index:  ")}`, /^lint-ignore: .*and a reason/);
    assert.match(`${reason("-- lint-ignore creat-index: why")}`, /^lint-ignore: .*creat-index is not a rule/);
    assert.match(
      `${reason("-- lint-ignore create-index: why")}`,
      /^lint-ignore: .*does not violate the rule create-index/,
    );
    assert.match(
      lint("\n-- lint-ignore creat-index: why\nANALYZE notes;\n")[0]?.remediation ?? "",
      /create-index/,
    );
  });

  it("are not read inside literals and bodies", () => {
    assert.deepEqual(lint("\nINSERT INTO notes VALUES (1, '\n-- lint-ignore nothing', 2);\n"), []);
    assert.deepEqual(lint("\nDO $$\nBEGIN\n  -- lint-ignore nothing\n  NULL;\nEND\n$$;\n"), []);
  });

  it("cannot suppress themselves", () => {
    assert.deepEqual(
      open("\n-- lint-ignore lint-ignore: why\n-- lint-ignore create-index: why\nANALYZE notes;\n"),
      ["lint-ignore:3", "lint-ignore:4"],
    );
  });
});
