import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { loadParser, tryParse } from "../../../migrations/lint/parser";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { parseScript } from "../../../migrations/script/parse-script";
import { scaffold } from "../../../migrations/script/scaffold";
import { ScriptError } from "../../../migrations/script/script-error";
import { checkSequence } from "../../../migrations/script/sequence";
import { splitStatements, withoutLiterals } from "../../../migrations/script/sql-text";
import { compareVersions } from "../../../migrations/script/version";

function rejection(file: string, text: string): string {
  try {
    parseScript(file, text);
  } catch (error) {
    assert.ok(error instanceof ScriptError);
    return error.message;
  }
  throw new Error(`${file} was accepted`);
}

describe("script: parsing", () => {
  it("reads an expand script with its locks and its backfill", () => {
    const script = parseScript(
      "0002_split_name.expand.sql",
      `-- Names in two columns; a trigger keeps both shapes in step.
-- needed-by: 1.1.0
-- locks: patients, public.visits in share row exclusive

ALTER TABLE patients ADD COLUMN given text;

-- backfill: patients
--   key: id
--   batch: 500
UPDATE patients SET given = split_part(name, ' ', 1)
 WHERE id BETWEEN $1 AND $2 AND given IS NULL;
`,
    );
    assert.equal(script.number, 2);
    assert.equal(script.id, "0002_split_name");
    assert.equal(script.neededBy, "1.1.0");
    assert.equal(script.transactional, true);
    assert.deepEqual(script.locks, [
      { table: "patients", mode: "ACCESS EXCLUSIVE" },
      { table: "public.visits", mode: "SHARE ROW EXCLUSIVE" },
    ]);
    assert.match(script.sql, /ADD COLUMN given text;\s*$/);
    assert.deepEqual(
      { ...script.backfill, statement: script.backfill?.statement.replace(/\s+/g, " ") },
      {
        table: "patients",
        keys: ["id"],
        batch: 500,
        line: 10,
        statement:
          "UPDATE patients SET given = split_part(name, ' ', 1) WHERE id BETWEEN $1 AND $2 AND given IS NULL",
      },
    );
  });

  it("finds a backfill only in a comment, and reads a composite key and the condition of what remains", () => {
    const body = "CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$\n-- backfill: no\nSELECT ''\n$$;";
    const read = (backfill: string) =>
      parseScript("0001_a.expand.sql", `-- needed-by: 1.0.0\n${body}\n\n${backfill}`);
    assert.equal(read("").backfill, undefined);
    const { backfill, sql } = read(
      '-- backfill: S."Team"\n-- key: tenant, "Id"\n-- remaining: v IS NULL\n' +
        'UPDATE s."Team" SET v = 1 WHERE (tenant, "Id") BETWEEN ($1, $2) AND ($3, $4);',
    );
    assert.deepEqual(
      [backfill?.table, backfill?.keys, backfill?.remaining, backfill?.line],
      ['s."Team"', ["tenant", '"Id"'], "v IS NULL", 10],
    );
    assert.ok(sql.includes("-- backfill: no"));
    const wrong = (header: string, statement: string) => () =>
      read(`-- backfill: t\n${header}\nUPDATE t SET v = 1 WHERE ${statement};`);
    assert.throws(
      wrong("-- key: a, b", "a BETWEEN $1 AND $2"),
      /:9: .* must use \$1 to \$4, .* Add WHERE \(a, b\) BETWEEN \(\$1, \$2\) AND \(\$3, \$4\)/,
    );
    assert.throws(wrong("-- key: a,", "a BETWEEN $1 AND $2"), /:8: key must be the columns .*, got "a,"/);
    assert.throws(
      wrong("-- key: a\n-- remaining: true; DROP TABLE t", "a BETWEEN $1 AND $2"),
      /:9: remaining must be an SQL condition/,
    );
  });

  it("reads a contract script and a script without a transaction", () => {
    const contract = parseScript(
      "0002_split_name.contract.sql",
      "-- dead-from: 1.1.0\nALTER TABLE p DROP COLUMN name;",
    );
    assert.equal(contract.deadFrom, "1.1.0");
    assert.equal(contract.phase, "contract");
    const alone = parseScript(
      "0003_by_name.expand.sql",
      "-- needed-by: 1.2.0\n-- transaction: none\nCREATE INDEX CONCURRENTLY by_name ON p (name);",
    );
    assert.equal(alone.transactional, false);
  });

  it("gives the same script and hash for CRLF line endings", () => {
    const text = "-- needed-by: 1.0.0\n-- locks: p\nALTER TABLE p ADD COLUMN x int;\n";
    const unix = parseScript("0001_a.expand.sql", text);
    assert.deepEqual(parseScript("0001_a.expand.sql", text.replaceAll("\n", "\r\n")), unix);
    assert.notEqual(parseScript("0001_a.expand.sql", `${text} `).sha256, unix.sha256);
  });

  const body = "ALTER TABLE p ADD COLUMN x int;";
  const fill = "UPDATE p SET x = 1 WHERE id BETWEEN $1 AND $2;";
  const rejections: [string, string, string, RegExp][] = [
    ["a wrong file name", "2_Split.sql", body, /^2_Split\.sql:1: the file name must be NNNN_name/],
    ["no header", "0001_a.expand.sql", body, /^0001_a\.expand\.sql:1: needed-by must be/],
    [
      "no header in contract",
      "0001_a.contract.sql",
      body,
      /^0001_a\.contract\.sql:1: dead-from must be .*"-- dead-from: 1\.2\.3"/,
    ],
    [
      "a bad version",
      "0001_a.expand.sql",
      `--\n-- needed-by: one\n${body}`,
      /^0001_a\.expand\.sql:2: needed-by must be three numbers, such as 1\.4\.0, got "one"\.$/,
    ],
    [
      "a misspelt key",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- lock: p\n${body}`,
      /:2: the header key must be one of needed-by, transaction, locks, imported, got "lock"/,
    ],
    [
      "the other phase's key",
      "0001_a.expand.sql",
      `-- dead-from: 1.0.0\n${body}`,
      /:1: the header key must be .*, got "dead-from"/,
    ],
    ["a key twice", "0001_a.expand.sql", `-- needed-by: 1.0.0\n-- needed-by: 1.0.0\n${body}`, /:2: .*twice/],
    [
      "a bad lock",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- locks: p in some mode\n${body}`,
      /:2: locks must be .*, got "p in some mode"/,
    ],
    [
      "a bad transaction",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- transaction: no\n${body}`,
      /:2: transaction must be none, got "no"/,
    ],
    ["a file of no byte", "0001_a.expand.sql", "", /^0001_a\.expand\.sql:1: needed-by must be/],
    [
      "an empty file",
      "0001_a.expand.sql",
      "-- needed-by: 1.0.0\n\n-- nothing here\n;",
      /:1: the file must have a statement/,
    ],
    [
      "its own COMMIT",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n${body}\n\nCOMMIT;`,
      /:4: COMMIT must not be in a script/,
    ],
    [
      "CONCURRENTLY in a transaction",
      "0001_a.expand.sql",
      "-- needed-by: 1.0.0\nCREATE INDEX CONCURRENTLY i ON p (x);",
      /:2: CONCURRENTLY .*transaction: none/,
    ],
    [
      "two statements alone",
      "0001_a.expand.sql",
      "-- needed-by: 1.0.0\n-- transaction: none\nDROP INDEX CONCURRENTLY IF EXISTS i;\nDROP INDEX CONCURRENTLY IF EXISTS j;",
      /:4: a script without a transaction must have one statement, got 2/,
    ],
    [
      "an index without a name",
      "0001_a.expand.sql",
      "-- needed-by: 1.0.0\n-- transaction: none\nCREATE INDEX CONCURRENTLY ON p (x);",
      /:3: .*INDEX CONCURRENTLY name ON table/,
    ],
    [
      "a backfill without key",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- backfill: p\n${fill}`,
      /:2: key must be .*-- key: id/,
    ],
    [
      "a backfill with a huge batch",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- backfill: p\n-- key: id\n-- batch: 50000\n${fill}`,
      /:4: batch must be a whole number of rows from 1 to 10000, got 50000/,
    ],
    [
      "a backfill without bounds",
      "0001_a.expand.sql",
      "-- needed-by: 1.0.0\n-- backfill: p\n-- key: id\n\nUPDATE p SET x = 1;",
      /:5: .*BETWEEN \$1 AND \$2/,
    ],
    [
      "a backfill of two statements",
      "0001_a.expand.sql",
      `-- needed-by: 1.0.0\n-- backfill: p\n-- key: id\n${fill}${fill}`,
      /:4: a backfill must be one statement at the end of the file, got 2/,
    ],
  ];
  const sent = (sql: string) => `-- needed-by: 1.0.0\nCREATE TABLE p (id int, t text);\n${sql}`;
  rejections.push(
    [
      "rows of COPY, which only psql sends",
      "0001_a.expand.sql",
      sent("COPY p (id, t) FROM stdin;\n1\tit's\n\\.\n"),
      /:3: COPY must not use STDIN, which has no data here\. Write the rows as INSERT/,
    ],
    [
      "COPY to the caller",
      "0001_a.expand.sql",
      sent("COPY (SELECT 1) TO STDOUT;"),
      /:3: COPY must not use STDOUT/,
    ],
    [
      "commands of psql",
      "0001_a.expand.sql",
      sent("\n\\i other.sql\n"),
      /:4: the file must be SQL, got \\i, a command of psql/,
    ],
    [
      "a command of psql after a statement",
      "0001_a.expand.sql",
      sent("SELECT 'SELECT 1'\n\\gexec\n"),
      /:4: the file must be SQL, got \\gexec/,
    ],
    [
      "a command of psql in a backfill",
      "0001_a.expand.sql",
      sent(`\n-- backfill: p\n-- key: id\n${fill}\n\\q`),
      /:7: the file must be SQL, got \\q/,
    ],
  );
  for (const [what, file, text, message] of rejections) {
    it(`rejects ${what}, with file and line`, () => assert.match(rejection(file, text), message));
  }

  it("scaffolds a pair of files that is valid once the change is written", () => {
    const files = scaffold(7, "device_serial", "1.4.0");
    assert.deepEqual(
      files.map(({ file }) => file),
      ["0007_device_serial.expand.sql", "0007_device_serial.contract.sql"],
    );
    for (const { file, text } of files) {
      assert.match(rejection(file, text), /locks must be|must have a statement/);
      const written = `${text.replace(/-- locks:.*/, "-- locks: devices")}ALTER TABLE devices ADD COLUMN serial text;`;
      const script = parseScript(file, written);
      assert.equal(script.neededBy ?? script.deadFrom, "1.4.0");
    }
    assert.throws(() => scaffold(0, "a", "1.0.0"), /number must be .*, got 0/);
    assert.throws(() => scaffold(1, "Device Serial", "1.0.0"), /name must be .*, got "Device Serial"/);
    assert.throws(() => scaffold(1, "a", "1"), /version must be .*, got "1"/);
  });

  describe("folder", () => {
    const expand = (id: string, version = "1.0.0") =>
      parseScript(`${id}.expand.sql`, `-- needed-by: ${version}\nSELECT 1;`);
    const contract = (id: string, version: string) =>
      parseScript(`${id}.contract.sql`, `-- dead-from: ${version}\nSELECT 1;`);

    it("sorts by number, expand before contract, and ignores other files", () => {
      const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
      try {
        writeFileSync(join(folder, "README.md"), "not a script");
        for (const script of [contract("0001_a", "1.1.0"), expand("0002_b", "1.1.0"), expand("0001_a")]) {
          writeFileSync(join(folder, script.file), script.sql);
        }
        assert.deepEqual(
          loadScripts(folder).map(({ file }) => file),
          ["0001_a.expand.sql", "0001_a.contract.sql", "0002_b.expand.sql"],
        );
      } finally {
        rmSync(folder, { recursive: true });
      }
    });

    it("rejects bytes that are not UTF-8 with their line, other spellings of .sql, and a missing folder", () => {
      const folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
      const file = join(folder, "0001_a.expand.sql");
      const head = "-- needed-by: 1.0.0\nSELECT '";
      const bytes = (...parts: (string | number[])[]) =>
        Buffer.concat(
          parts.map((part) => (typeof part === "string" ? Buffer.from(part) : Buffer.from(part))),
        );
      const cases: [content: Buffer, message: RegExp][] = [
        [bytes(head, [0xe4], "';"), /^ScriptError: 0001_a\.expand\.sql:2: the file must be UTF-8/],
        [bytes([0xef, 0xbb, 0xbf], head, "';"), /sql:1: the file must not begin with a byte order mark/],
        [Buffer.from(`\ufeff${head}';`, "utf16le"), /sql:1: .*UTF-16/],
        [bytes(head, [0], "';"), /sql:2: .* NUL byte/],
      ];
      try {
        for (const [content, message] of cases) {
          writeFileSync(file, content);
          assert.throws(() => loadScripts(folder), message);
        }
        writeFileSync(file, `${head}\ufffd';`);
        assert.equal(loadScripts(folder).length, 1);
        writeFileSync(join(folder, "0002_b.expand.SQL"), head);
        assert.throws(() => loadScripts(folder), /0002_b\.expand\.SQL/);
      } finally {
        rmSync(folder, { recursive: true });
      }
      assert.throws(() => loadScripts(folder), /the folder .* must exist/);
    });

    it("rejects a repeated number, a gap, and descending versions", () => {
      assert.throws(
        () => checkSequence([expand("0001_a"), expand("0001_b")]),
        /0001_b\.expand\.sql:1: the number 0001 is taken by 0001_a\.expand\.sql/,
      );
      assert.throws(
        () => checkSequence([expand("0001_a"), contract("0001_b", "1.1.0")]),
        /the number 0001 is taken/,
      );
      assert.throws(
        () => checkSequence([expand("0001_a"), expand("0003_c")]),
        /0003_c\.expand\.sql:1: .*script 0002 is missing/,
      );
      assert.throws(() => checkSequence([expand("0002_b")]), /script 0001 is missing/);
      assert.throws(
        () => checkSequence([expand("0001_a", "1.1.0"), expand("0002_b", "1.0.0")]),
        /0002_b\.expand\.sql:1: needed-by must be 1\.1\.0 or newer, as in 0001_a.*, got 1\.0\.0/,
      );
      assert.throws(
        () => checkSequence([expand("0001_a", "1.1.0"), contract("0001_a", "1.0.0")]),
        /dead-from must be at least 1\.1\.0 .*, got 1\.0\.0/,
      );
    });
  });

  describe("SQL text", () => {
    it("ends statements where PostgreSQL does", () => {
      const sql = `-- a; b
SELECT 'a;''b', E'c\\';d', $$ e; $$, $tag$ f; $$ g; $tag$, "h;i" /* j; /* k; */ l; */;
CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;
;
SELECT $1 + 2`;
      assert.deepEqual(
        splitStatements(sql).map(({ line, words }) => [line, words[0]]),
        [
          [2, "SELECT"],
          [3, "CREATE"],
          [5, "SELECT"],
        ],
      );
    });

    it("ends literals, comments and blocks where PostgreSQL does", () => {
      const count = (sql: string) => splitStatements(sql).length;
      // A literal goes on after a line break, with the same escapes.
      assert.equal(count("SELECT E'a'\n'b\\'' ; COMMIT; SELECT 'x'"), 3);
      assert.equal(count("SELECT E'a' -- c'\n  -- d\n 'b\\'' ; COMMIT; SELECT 'x'"), 3);
      assert.equal(count("SELECT 'a'\n'b\\' ; SELECT 'x'"), 2);
      assert.equal(count("SELECT 1 --\r; COMMIT"), 2);
      assert.equal(
        count("CREATE RULE r AS ON INSERT TO a DO ALSO (INSERT INTO b VALUES (1); DELETE FROM c); SELECT 1"),
        2,
      );
      assert.equal(count("CREATE OR REPLACE PROCEDURE p() BEGIN ATOMIC SELECT 1; END; SELECT 2"), 2);
      assert.equal(count('CREATE TABLE "begin" (a int DEFAULT (1)); SELECT 1'), 2);
      assert.equal(
        count("CREATE TABLE function (a int); SELECT CASE WHEN true THEN 1 END; BEGIN; SELECT 1"),
        4,
      );
    });

    it("ends statements where PostgreSQL's own parser does", async () => {
      await loadParser();
      const fragment = fc.constantFrom(
        ...[
          "SELECT 1",
          "; ",
          ";",
          " 'a'",
          "\n",
          "E'b\\''",
          "'c\\'",
          "\n'd''",
          " -- e;'\n",
          " -- f\r",
          "/* ; */",
          "/*/**/",
          "*/",
        ],
        ...[
          "$$;$$",
          "$x$ $$; ",
          "$x$",
          ' AS "g;"',
          "U&'h'",
          "X'1'",
          ", E'i'",
          "a$$b",
          " || ",
          "(",
          ")",
          "SELECT ",
        ],
      );
      let compared = 0;
      fc.assert(
        fc.property(fc.array(fragment, { maxLength: 14 }), (parts) => {
          const sql = parts.join("");
          const parsed = tryParse(sql);
          if (parsed === undefined) return;
          compared++;
          assert.equal(splitStatements(sql).length, parsed.length, sql);
        }),
        { numRuns: 20_000 },
      );
      assert.ok(compared > 500, `only ${compared} texts were valid`);
    });

    it("is split in time proportional to its length, and with literals of megabytes", () => {
      const statement = "INSERT INTO seeds VALUES (1, 'some text here for row 1');\n";
      const timeOf = (count: number) => {
        const startedAt = performance.now();
        assert.equal(splitStatements(statement.repeat(count)).length, count);
        return performance.now() - startedAt;
      };
      timeOf(10_000);
      const [some, many] = [timeOf(10_000), timeOf(80_000)];
      assert.ok(many < some * 30 + 500, `10,000 statements took ${some} ms, 80,000 took ${many} ms`);
      const long = "x''".repeat(5_000_000);
      assert.equal(splitStatements(`COMMENT ON SCHEMA public IS '${long}';\nSELECT 1`)[1]?.line, 2);
    });

    it("replaces every literal of a query", () => {
      assert.equal(
        withoutLiterals("SELECT *\n FROM t1 WHERE a='x' AND b = 12.5 -- y\n AND c = $$z$$ AND d = $1"),
        "SELECT * FROM t1 WHERE a=? AND b = ? AND c = ? AND d = $1",
      );
      fc.assert(
        fc.property(fc.string(), (secret) => {
          const marked = `secret${secret.replaceAll("'", "")}`;
          const shown = withoutLiterals(`SELECT '${marked}', x`);
          assert.equal(shown, "SELECT ?, x");
        }),
      );
    });

    it("splits any joined statements", () => {
      const statement = fc
        .array(fc.constantFrom("SELECT", " 'a;'", " $x$;$x$", ' "b;"', " /*;*/", " 1", "\n--;\n"))
        .map((parts) => `SELECT ${parts.join("")}`);
      fc.assert(
        fc.property(fc.array(statement), (statements) => {
          assert.equal(splitStatements(statements.join("\n;")).length, statements.length);
        }),
      );
    });
  });

  it("compares versions by Semantic Versioning", () => {
    const ordered = [
      "1.0.0-alpha",
      "1.0.0-alpha.1",
      "1.0.0-alpha.beta",
      "1.0.0-beta.2",
      "1.0.0-beta.11",
      "1.0.0",
      "1.2.0",
      "1.10.0",
      "2.0.0",
    ];
    for (const [i, a] of ordered.entries()) {
      for (const [j, b] of ordered.entries()) {
        assert.equal(Math.sign(compareVersions(a, b)), Math.sign(i - j), `${a} and ${b}`);
      }
    }
    assert.equal(compareVersions("1.0.0+build1", "1.0.0+build2"), 0);
    assert.throws(() => compareVersions("1.0", "1.0.0"), /version must be three numbers/);
  });
});
