import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCommand, readDatabaseUrl, UsageError } from "../../../cli/migrate/options";
import { statusOf, statusText } from "../../../cli/migrate/status";
import { expand, scriptsOf } from "../../migrations/runner/migrate-fixture";

const url = "postgres://ada:secret@localhost:5433/records";

function refusal(argv: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  try {
    parseCommand(argv, env);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  throw new Error("it was not refused");
}

describe("release/migrate: arguments", () => {
  it("reads each command", () => {
    const connection = {
      ...{ host: "localhost", port: 5433, user: "ada", password: "secret", database: "records" },
      tls: "off",
    };
    const common = { directory: "app/migrations", json: false };
    assert.deepEqual(parseCommand(["new", "split_name", "--version", "1.4.0"], {}), {
      ...{ ...common, command: "new", name: "split_name", version: "1.4.0" },
    });
    assert.deepEqual(parseCommand(["status", "--database-url", url, "--json"], {}), {
      ...{ ...common, command: "status", connection, json: true },
    });
    assert.deepEqual(parseCommand(["dry-run", "--version=1.0.0", "--version=1.1.0"], { DATABASE_URL: url }), {
      ...{ ...common, command: "run", connection, dryRun: true },
      request: { phase: "expand", versions: ["1.0.0", "1.1.0"] },
    });
    assert.deepEqual(
      parseCommand(["contract", "--through=0002_a", "--serving=green=1.1.0"], { DATABASE_URL: url }),
      {
        ...{ ...common, command: "run", connection, dryRun: false },
        request: {
          ...{ phase: "contract", through: "0002_a", appName: "changeover" },
          serving: [{ color: "green", version: "1.1.0" }],
        },
      },
    );
    assert.equal(parseCommand(["--help"], {}), undefined);
  });

  it("takes a password that is not in the URL from PGPASSWORD, and decodes what the URL holds", () => {
    assert.equal(readDatabaseUrl("postgres://ada@db/records", "beside").password, "beside");
    const read = readDatabaseUrl("postgresql://a%40b:p%2Fq@db.example.com/r%20s", undefined);
    assert.deepEqual([read.user, read.password, read.database, read.port], ["a@b", "p/q", "r s", 5432]);
    assert.equal(read.tls, "verify");
    assert.equal(readDatabaseUrl("postgres://a:b@db/c?sslmode=disable", undefined).tls, "off");
    assert.equal(readDatabaseUrl("postgres://a:b@[::1]/c", undefined).host, "::1");
  });

  it("says what is wrong in one sentence", () => {
    const cases: [string[], RegExp][] = [
      [[], /^The command: got ""; allowed is new, check, status, dry-run, expand, contract\.$/],
      [["expand"], /^expand needs --version/],
      [["expand", "--version", "one"], /^--version: got "one"; allowed are three numbers/],
      [["expand", "extra", "--version", "1.0.0"], /^expand takes no "extra"/],
      [["expand", "--version", "1.0.0"], /^Which database\? Give --database-url or set DATABASE_URL\.$/],
      [["expand", "--version", "1.0.0", "--through", "0001_a"], /^expand has no --through\.$/],
      [["contract", "--through", "0001_a"], /^contract needs .* --serving COLOR=VERSION/],
      [
        ["contract", "--through", "0001_a", "--serving", "red=1.0.0"],
        /^--serving: got "red=1\.0\.0"; allowed/,
      ],
      [["contract", "--through", "0001_a", "--serving", "blue=1"], /^--serving: got "1"; allowed are three/],
      [["new", "--version", "1.0.0"], /^new needs one name/],
      [["check", "--version", "1.0.0"], /^check has no --version/],
      [["status", "--databse-url", "x"], /Unknown option '--databse-url'/],
      [["status", "--database-url", "mysql://a:b@c/d"], /neither postgres:\/\/ nor/],
      [["status", "--database-url", "postgres://host"], /has no user, database, password/],
      [["status", "--database-url", `${url}?sslmode=prefer`], /has sslmode=prefer; allowed are disable and/],
      [["status", "--database-url", `${url}?sslrootcert=x`], /has the setting "sslrootcert"/],
    ];
    for (const [argv, expected] of cases) assert.match(refusal(argv), expected);
  });

  it("never shows what the URL holds, however wrong it is", () => {
    const text = fc.string({ minLength: 6 });
    const wrong = (password: string) => [
      `postgres://ada:${password}@`,
      `postgres//ada:${password}@db/x`,
      `http://ada:${password}@db/x`,
      `postgres://ada:${password}%zz@db/x`,
      `postgres://ada:${encodeURIComponent(password)}@db/x?a=1`,
    ];
    fc.assert(
      fc.property(text, fc.nat({ max: 4 }), (password, index) => {
        try {
          readDatabaseUrl(wrong(`<${password}>`)[index], undefined);
        } catch (error) {
          assert.ok(!(error as Error).message.includes(`<${password}>`));
        }
      }),
    );
  });

  it("tells of each script what the database has of it", () => {
    const scripts = scriptsOf({
      "0001_a.expand": expand("SELECT 1;"),
      "0002_b.expand": expand("SELECT 1;"),
      "0003_c.expand": expand("SELECT 1;"),
      "0004_d.expand": expand("SELECT 1;"),
    });
    const row = (index: number, changes: object) => ({
      ...{ id: scripts[index]?.id ?? "", phase: "expand" as const, sha256: scripts[index]?.sha256 ?? "" },
      ...{ sqlSha256: "", version: "1.0.0", applied: true, ...changes },
    });
    const ledger = [
      row(0, {}),
      row(1, { sha256: "other" }),
      row(2, { applied: false }),
      row(0, { id: "0009_x" }),
    ];
    const shown = statusText(statusOf(scripts, ledger));
    assert.equal(
      shown,
      "0001_a.expand  1.0.0  applied\n0002_b.expand  1.0.0  edited after it was applied\n" +
        "0003_c.expand  1.0.0  begun\n0004_d.expand  1.0.0  not applied\n0009_x.expand  1.0.0  not in this folder\n",
    );
  });
});
