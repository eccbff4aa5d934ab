import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

  it("passes the scripts of the application", () => {
    const { status, stdout } = run();
    assert.equal(status, 0);
    assert.match(stdout, /^\d+ scripts?: 0 errors, 0 warnings, 0 suppressed\.\n$/);
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
    write("0002_change.expand.sql", "-- needed-by: 1.1.0\nALTER TABLE notes ADD COLUM b int;\nSELEC 1;\n");
    write("0003_other.expand.sql", "-- needed-by: 1.1.0\nSELECT 1 FROM;\n");
    const lineOf = (text: string) => /^[^:]+:\d+/.exec(text)?.[0] ?? text;
    const everySyntaxError = (stderr: string) => stderr.trim().split("\n").map(lineOf);
    for (const args of [
      ["lint", directory],
      ["migrate", "check", "--directory", directory],
    ]) {
      const { status, stderr } = changeover(...args, "--json");
      const { code, message } = JSON.parse(stderr).error;
      assert.deepEqual([status, code], [2, "input"]);
      assert.deepEqual(everySyntaxError(message), [
        "0002_change.expand.sql:2",
        "0002_change.expand.sql:3",
        "0003_other.expand.sql:2",
      ]);
    }
    write("0002_change.expand.sql", "-- need-by: 1.1.0\nSELECT 1;\n");
    write("0003_other.expand.sql", "-- needed-by: 1.1\nSELECT 1;\n");
    write("0004_late.contract.sql", "-- dead-from: 1.1.0\nSELECT 1; COMMIT;\n");
    for (const args of [
      ["lint", directory],
      ["migrate", "check", "--directory", directory],
    ]) {
      const { status, stderr } = changeover(...args, "--json");
      const { code, message } = JSON.parse(stderr).error;
      assert.deepEqual([status, code], [2, "input"]);
      assert.deepEqual(everySyntaxError(message), [
        "0002_change.expand.sql:1",
        "0003_other.expand.sql:1",
        "0004_late.contract.sql:2",
      ]);
    }
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

describe("changeover lint: any folder of SQL", function () {
  this.timeout(60_000);
  let directory: string;
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    writeFileSync(join(directory, file), text);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "plain-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const risky = 'CREATE INDEX "byOwner" ON "Team" ("ownerId");\n';
  const rulesOf = (dir: string) =>
    JSON.parse(run(dir, "--format", "json").stdout).findings.map(
      ({ file, line, rule }: { file: string; line: number; rule: string }) => `${file}:${line} ${rule}`,
    );

  it("reads the layouts of other tools, in their order and without what undoes a migration", () => {
    const create = 'CREATE TABLE "Team" ("id" bigint PRIMARY KEY, "ownerId" bigint);\n';
    const layouts: Record<string, [string, string][]> = {
      prisma: [
        ["20240101000000_init/migration.sql", create],
        ["20240202000000_index/migration.sql", risky],
      ],
      flyway: [
        ["V2__index.sql", risky],
        ["V1.1__init.sql", create],
        ["U2__index.sql", 'DROP INDEX "byOwner";'],
      ],
      golang: [
        ["000001_init.up.sql", create],
        ["000001_init.down.sql", 'DROP TABLE "Team";'],
        ["000002_index.up.sql", `BEGIN;\n${risky}COMMIT;`],
      ],
      dbmate: [
        ["1_init.sql", `-- migrate:up\n${create}\n-- migrate:down\nDROP TABLE "Team";\n`],
        ["2_index.sql", `-- migrate:up\n${risky}\n-- migrate:down\nDROP INDEX "byOwner";\n`],
      ],
    };
    for (const [tool, files] of Object.entries(layouts)) {
      for (const [file, text] of files) write(`${tool}/${file}`, text);
      const found: string[] = rulesOf(join(directory, tool));
      assert.deepEqual(
        found.map((text) => text.replace(/^.*?:\d+ /, "")),
        ["create-index"],
        tool,
      );
    }
  });

  it("writes SARIF and GitHub annotations with paths of the repository", () => {
    write("1.sql", "CREATE TABLE t (id int PRIMARY KEY, a text);\n");
    write("2.sql", "-- a comment\nUPDATE t SET a = 'x, y';\n");
    const sarif = run(directory, "--format", "sarif");
    assert.equal(sarif.status, 1);
    const [result] = JSON.parse(sarif.stdout).runs[0].results;
    assert.equal(result.ruleId, "unbounded-change");
    assert.match(result.locations[0].physicalLocation.artifactLocation.uri, /plain-.*\/2\.sql$/);
    assert.equal(result.locations[0].physicalLocation.region.startLine, 2);
    const github = run(directory, "--format", "github");
    assert.match(
      github.stdout,
      /^::error file=.*2\.sql,line=2,title=unbounded-change::Each changed row of t .*%0A/,
    );
    assert.equal(github.stdout.split("\n").length, 2);
    assert.match(run(directory, "--format", "xml").stderr, /^--format must be .*github.*, got "xml"/);
  });

  it("takes licenses and comments with colons at the top of a script for comments", () => {
    write(
      "0001_base.expand.sql",
      "/* Copyright: Ada\n * -- locks: none */\n-- license: MIT\n-- license: Apache\n-- note: by hand\n-- needed-by: 1.0.0\nCREATE TABLE t (id int);\n",
    );
    assert.equal(run(directory).status, 0);
    write("0001_base.expand.sql", "-- need-by: 1.0.0\nCREATE TABLE t (id int);\n");
    assert.match(run(directory).stderr, /:1: the header key must be .*got "need-by"\. Write needed-by/);
  });
});
