import assert from "node:assert/strict";
import fc from "fast-check";
import { program } from "../../../cli/commands";
import { readDatabaseUrl } from "../../../cli/migrate/database-url";
import { statusOf, statusText } from "../../../cli/migrate/status";
import { CommandLineError, parseCommandLine } from "../../../cli/parse-command-line";
import { loadApplication } from "../../../contract";
import { expand, scriptsOf } from "../../migrations/runner/migrate-fixture";

const url = "postgres://ada:secret@localhost:5433/records";

type Environment = Readonly<Record<string, string>>;

function read(argv: readonly string[], env: Environment = {}): unknown {
  const parsed = parseCommandLine(["migrate", ...argv], program, env);
  assert.ok(typeof parsed === "object");
  return parsed.input;
}

/** The rejected keys, each with the part of the value that is reported. */
function rejected(argv: readonly string[], env: Environment = { DATABASE_URL: url }): string[] {
  try {
    read(argv, env);
  } catch (error) {
    assert.ok(error instanceof CommandLineError);
    const { issues, message } = error.cause;
    return issues.length > 0 ? issues.map(({ key, got }) => `${key}: ${got}`) : [message];
  }
  throw new Error("The command line was not rejected.");
}

describe("changeover migrate: options", () => {
  it("are read for each command", () => {
    const connection = {
      ...{ host: "localhost", port: 5433, user: "ada", password: "secret", database: "records" },
      tls: "off",
    };
    const common = { directory: "app/migrations", json: false };
    assert.deepEqual(read(["new", "split_name", "--version", "1.4.0"]), {
      ...{ ...common, name: "split_name", version: "1.4.0" },
    });
    assert.deepEqual(read(["check", "--directory", "db"]), { ...common, directory: "db" });
    assert.deepEqual(read(["status", "--database-url", url, "--json"]), {
      connection,
      ...common,
      json: true,
    });
    assert.deepEqual(read(["dry-run", "--version=1.0.0", "--version=1.1.0"], { DATABASE_URL: url }), {
      ...{ ...common, connection, dryRun: true },
      request: { phase: "expand", versions: ["1.0.0", "1.1.0"] },
    });
    const contract = {
      ...{ phase: "contract", through: "0002_a", appName: loadApplication(".").name },
      serving: [{ color: "green", version: "1.1.0" }],
    };
    const contractOptions = ["--through=0002_a", "--serving=green=1.1.0"];
    assert.deepEqual(read(["contract", ...contractOptions], { DATABASE_URL: url }), {
      ...{ ...common, connection, dryRun: false, request: contract },
    });
    assert.deepEqual(read(["dry-run", ...contractOptions, "--app-name", "shop"], { DATABASE_URL: url }), {
      ...{ ...common, connection, dryRun: true, request: { ...contract, appName: "shop" } },
    });
  });

  it("take a password that is not in the URL from PGPASSWORD, and decode the parts of the URL", () => {
    assert.equal(readDatabaseUrl("postgres://ada@db/records", "beside").password, "beside");
    const parts = readDatabaseUrl("postgresql://a%40b:p%2Fq@db.example.com/r%20s", undefined);
    assert.deepEqual([parts.user, parts.password, parts.database, parts.port], ["a@b", "p/q", "r s", 5432]);
    assert.equal(parts.tls, "verify");
    assert.equal(readDatabaseUrl("postgres://a:b@db/c?sslmode=disable", undefined).tls, "off");
    assert.equal(readDatabaseUrl("postgres://a:b@[::1]/c", undefined).host, "::1");
  });

  it("are rejected with the key and the value", () => {
    const cases: [string[], string[]][] = [
      [[], ["command: nothing"]],
      [["expand"], ["--version: nothing"]],
      [["expand", "--version", "one"], ['--version: "one"']],
      [["expand", "extra", "--version", "1.0.0"], ['number of arguments: 1 ("extra")']],
      [["expand", "--version", "1.0.0", "--through", "0001_a"], ["Unknown option '--through'."]],
      [["contract", "--through", "0001_a"], ["--serving: nothing"]],
      [["contract", "--serving", "blue=1.0.0"], ["--through: nothing"]],
      [["contract", "--through", "0001_a", "--serving", "red=1.0.0"], ['--serving: "red=1.0.0"']],
      [["contract", "--through", "0001_a", "--serving", "blue=1"], ['--serving: "1"']],
      [
        ["dry-run", "--through", "0001_a", "--version", "1.0.0"],
        ["--version: 1.0.0", "--serving: nothing"],
      ],
      [["new", "--version", "1.0.0"], ["Missing required argument 'name'."]],
      [["new", "a", "b", "--version", "1.0.0"], ['number of arguments: 2 ("a", "b")']],
      [["new", "a", "--version", "1.0.0", "--version", "1.1.0"], ["--version: 1.0.0, 1.1.0"]],
      [["check", "--version", "1.0.0"], ["Unknown option '--version'."]],
      [["status", "--databse-url", "x"], ["Unknown option '--databse-url'. Did you mean --database-url?"]],
      [["status", "--database-url", "mysql://a:b@c/d"], ["--database-url: another protocol"]],
      [
        ["status", "--database-url", "postgres://host"],
        ["--database-url: a URL without user, database, password"],
      ],
      [
        ["status", "--database-url", `${url}?sslmode=prefer`],
        ["--database-url: sslmode=prefer, only disable and verify-full are supported"],
      ],
      [
        ["status", "--database-url", `${url}?sslrootcert=x`],
        ['--database-url: the parameter "sslrootcert", only sslmode is supported'],
      ],
    ];
    for (const [argv, expected] of cases) assert.deepEqual(rejected(argv), expected);
  });

  it("are all rejected at once, a missing database URL too", () => {
    const missing = "--database-url: neither the option nor DATABASE_URL";
    assert.deepEqual(rejected(["expand", "--version", "one"], {}), ['--version: "one"', missing]);
    assert.throws(() => read(["status"]), {
      message:
        "--database-url must be postgres://user:password@host:5432/name, got neither the option nor DATABASE_URL. " +
        "Run changeover migrate status --help.",
    });
  });

  it("never show the parts of a wrong database URL", () => {
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

  it("status: compares each script with the ledger", () => {
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
