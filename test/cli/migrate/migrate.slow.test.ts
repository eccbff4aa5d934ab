import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { useFixture } from "../../migrations/runner/migrate-fixture";
import { CHANGEOVER } from "../changeover";

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function migrate(argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const { DATABASE_URL: _url, PGPASSWORD: _password, ...rest } = process.env;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [CHANGEOVER, "migrate", ...argv],
      { env: { ...rest, ...env }, timeout: 60_000 },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });
}

describe("changeover migrate", function () {
  this.timeout(120_000);
  const fixture = useFixture();
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it("takes a change from two empty scripts to the contracted database", async () => {
    const { host, port, user, password } = fixture.postgres;
    const env = { DATABASE_URL: `postgres://${user}:${password}@${host}:${port}/${fixture.database}` };
    const at = ["--directory", folder];
    const made = await migrate(["new", "note", "--version", "1.1.0", ...at]);
    assert.equal(made.code, 0, made.err);
    assert.deepEqual(readdirSync(folder), ["0001_note.contract.sql", "0001_note.expand.sql"]);
    for (const phase of ["expand", "contract"]) {
      const file = join(folder, `0001_note.${phase}.sql`);
      const header = readFileSync(file, "utf8")
        .split("\n")
        .filter((line) => !line.startsWith("-- locks"));
      const sql =
        phase === "expand" ? "CREATE TABLE notes (id int, old text);" : "ALTER TABLE notes DROP COLUMN old;";
      writeFileSync(file, `${header.join("\n")}${sql}\n`);
    }
    const runs: Ended[] = [];
    for (const argv of [
      ["status"],
      ["dry-run", "--version", "1.1.0"],
      ["expand", "--version", "1.1.0"],
      ["contract", "--through", "0001_note", "--serving", "blue=1.0.0"],
      ["contract", "--through", "0001_note", "--serving", "blue=1.1.0", "--json"],
      ["status", "--json"],
    ]) {
      runs.push(await migrate([...argv, ...at], env));
    }
    const [before, dry, expanded, rejected, contracted, after] = runs;
    assert.deepEqual(
      runs.map(({ code }) => code),
      [0, 0, 0, 1, 0, 0],
    );
    assert.equal(
      before?.out,
      "0001_note.expand    1.1.0  not applied\n0001_note.contract  1.1.0  not applied\n",
    );
    assert.match(dry?.out ?? "", /^Would run: 0001_note\n/);
    assert.match(expanded?.out ?? "", /^Applied: 0001_note\n/);
    assert.match(expanded?.err ?? "", /script applied script="0001_note\.expand\.sql"/);
    assert.match(
      rejected?.err ?? "",
      /removes what versions before 1\.1\.0 need, but blue is warm with 1\.0\.0/,
    );
    assert.deepEqual(JSON.parse(contracted?.out ?? "").applied, ["0001_note"]);
    assert.deepEqual(
      JSON.parse(after?.out ?? "").map(({ state }: { state: string }) => state),
      ["applied", "applied"],
    );
    assert.deepEqual(await fixture.columns("notes"), ["id"]);
    assert.ok(!JSON.stringify(runs).includes(password));
  });

  it("checks the scripts of another application without this application's queries", async () => {
    const script = "-- needed-by: 1.0.0\nCREATE TABLE orders (id int PRIMARY KEY, total int);\n";
    writeFileSync(join(folder, "0001_base.expand.sql"), script);
    const next = "-- needed-by: 1.1.0\n-- locks: orders\nALTER TABLE orders ADD COLUMN note text;\n";
    writeFileSync(join(folder, "0002_note.expand.sql"), next);
    const { code, out, err } = await migrate(["check", "--directory", folder, "--json"]);
    assert.equal(code, 0, err);
    const { rejected, breaks, unknown } = JSON.parse(out);
    assert.deepEqual([rejected, breaks], [false, []]);
    assert.match(`${unknown}`, /^The scripts are not those of this checkout's application/);
  });

  it("ends with 2 for a name or a folder that cannot be used, and writes no file", async () => {
    const existing = await migrate(["new", "Wrong", "--version", "1.0.0", "--directory", folder]);
    assert.equal(existing.code, 2);
    assert.match(
      existing.err,
      /name must be words of lower-case letters and digits, joined by _, got "Wrong"/,
    );
    assert.deepEqual(readdirSync(folder), []);
    const missing = await migrate(["status", "--directory", join(folder, "none")], {
      DATABASE_URL: "postgres://ada:hidden@localhost:1/x",
    });
    assert.equal(missing.code, 2);
    assert.match(missing.err, /^--directory must be a folder of scripts, got ".*none"\./);
    assert.ok(!missing.err.includes("hidden"));
  });
});
