import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changeover } from "./changeover";

const run = (...args: string[]) => changeover("lint", ...args);

describe("changeover lint", function () {
  this.timeout(60_000);
  let directory: string;

  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "lint-"));
    write(
      "0001_base.expand.sql",
      "-- needed-by: 1.0.0\nCREATE TABLE notes (id bigint PRIMARY KEY, text text);\n",
    );
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("passes the scripts of the sample application", () => {
    const { status, stdout } = run();
    assert.equal(status, 0);
    assert.match(stdout, /^\d+ scripts: 0 errors, 0 warnings, 0 suppressed\.\n$/);
  });

  it("ends with 1 when scripts have errors, as text and as JSON", () => {
    write(
      "0002_change.expand.sql",
      "-- needed-by: 1.1.0\n-- locks: notes\nALTER TABLE notes ADD COLUMN extra json;\n" +
        "-- lint-ignore drop-column: never used\nALTER TABLE notes DROP COLUMN text;\n",
    );
    write(
      "0003_index.expand.sql",
      "-- needed-by: 1.1.0\n-- locks: notes in share\nCREATE INDEX i ON notes (id);\n",
    );
    const text = run(directory);
    assert.equal(text.status, 1);
    assert.match(
      text.stdout,
      /0003_index\.expand\.sql:3: error create-index\n {2}CREATE INDEX i ON notes \(id\)\n/,
    );
    assert.match(
      text.stdout,
      /Remediation:\n {4}in a separate script .*\n {4}CREATE INDEX CONCURRENTLY i ON notes \(id\);/,
    );
    assert.match(text.stdout, /0002_change\.expand\.sql:5: suppressed drop-column: never used\n/);
    assert.match(text.stdout, /\n3 scripts: 1 error, 1 warning, 1 suppressed\. /);
    const json = run(directory, "--json");
    assert.equal(json.status, 1);
    const report = JSON.parse(json.stdout);
    assert.deepEqual([report.scripts, report.errors, report.warnings, report.suppressed], [3, 1, 1, 1]);
    assert.deepEqual(
      report.findings.map(({ rule, suppressed }: { rule: string; suppressed?: { reason: string } }) => [
        rule,
        suppressed?.reason,
      ]),
      [
        ["add-column-json", undefined],
        ["drop-column", "never used"],
        ["create-index", undefined],
      ],
    );
    assert.equal(run(directory, "--from", "4").status, 0);
  });

  it("prints its argument, options and exit statuses with --help", () => {
    const { status, stdout } = run("--help");
    assert.equal(status, 0);
    for (const word of ["[dir]", "--from <number>", "--json", "Exit status"])
      assert.ok(stdout.includes(word));
  });

  it("ends with 2 and one sentence when scripts or options cannot be read", () => {
    write("0002_change.expand.sql", "-- needed-by: 1.1.0\nALTER TABLE notes ADD COLUM b int;\n");
    const syntax = run(directory);
    assert.equal(syntax.status, 2);
    assert.match(syntax.stderr, /^0002_change\.expand\.sql:2: PostgreSQL does not understand .*\n$/);
    assert.equal(syntax.stdout, "");
    const folder = run(join(directory, "none"));
    assert.deepEqual([folder.status, folder.stderr.split("\n").length], [2, 2]);
    assert.match(
      run(directory, "--from", "x").stderr,
      /^--from must be a whole number from 1 to 9999, got "x"\./,
    );
    for (const bad of [["--jsn"], ["one", "two"]]) {
      const { status, stderr, stdout } = run(...bad);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, / Run changeover lint --help\.\n$/);
    }
  });
});
