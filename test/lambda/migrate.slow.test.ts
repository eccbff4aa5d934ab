import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handler } from "../../lambda/migrate";
import { expand, failure, useFixture } from "../migrations/runner/migrate-fixture";

describe("migrate Lambda", function () {
  this.timeout(60_000);
  const fixture = useFixture();

  const variables = [
    "AWS_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "DATABASE_HOST",
    "DATABASE_PORT",
    "DATABASE_NAME",
    "DATABASE_TLS",
    "DATABASE_CA_FILE",
    "MASTER_SECRET_ARN",
    "APP_SECRET_ARN",
    "MIGRATIONS_DIRECTORY",
  ];
  const saved = variables.map((name) => [name, process.env[name]] as const);
  const originalLog = console.log;
  const logged: string[] = [];
  const secrets = new Map<string, string>();
  let server: Server;
  let folder: string;

  beforeEach(async () => {
    logged.length = 0;
    secrets.clear();
    console.log = (line: string) => logged.push(line);
    server = createServer((request, response) => {
      let body = "";
      request.on("data", (text) => {
        body += text;
      });
      request.on("end", () => {
        const value = secrets.get(JSON.parse(body).SecretId);
        response.writeHead(value === undefined ? 400 : 200, {
          "content-type": "application/x-amz-json-1.1",
        });
        response.end(
          JSON.stringify(
            value === undefined
              ? { __type: "ResourceNotFoundException", message: "Secrets Manager can't find the secret." }
              : { SecretString: value },
          ),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    writeFileSync(join(folder, "0001_a.expand.sql"), expand("CREATE TABLE a (id int);"));
    const { connection } = fixture;
    Object.assign(process.env, {
      AWS_REGION: "eu-central-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      DATABASE_HOST: connection.host,
      DATABASE_PORT: String(connection.port),
      DATABASE_NAME: connection.database,
      DATABASE_TLS: "off",
      MASTER_SECRET_ARN: "arn:master",
      APP_SECRET_ARN: "arn:app",
      MIGRATIONS_DIRECTORY: folder,
    });
    secrets.set("arn:master", JSON.stringify({ username: connection.user, password: connection.password }));
    secrets.set(
      "arn:app",
      JSON.stringify({ username: `app_${fixture.database}`, password: "a good password" }),
    );
  });
  afterEach(async () => {
    console.log = originalLog;
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(folder, { recursive: true });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  it("applies the event's scripts, and logs JSON lines without secrets", async () => {
    const context = { getRemainingTimeInMillis: () => 60_000 };
    const result = await handler({ phase: "expand", versions: ["1.0.0"] }, context);
    const { scripts, ...rest } = result as typeof result & { scripts: readonly { script: string }[] };
    assert.deepEqual(
      scripts.map(({ script }) => script),
      ["0001_a.expand"],
    );
    assert.deepEqual(
      { ...rest, durationMs: 0 },
      {
        phase: "expand",
        applied: ["0001_a"],
        alreadyApplied: [],
        pending: [],
        more: false,
        durationMs: 0,
      },
    );
    const lines = logged.map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ message }) => message),
      ["script started", "script applied", "migration finished"],
    );
    assert.ok(lines.every(({ time }) => !Number.isNaN(Date.parse(time))));
    assert.ok(
      !logged.join().includes(fixture.connection.password) && !logged.join().includes("a good password"),
    );
    const app = await fixture.open({ user: `app_${fixture.database}`, password: "a good password" });
    await app.query("INSERT INTO a VALUES (1)");
  });

  it("fails with mustFinish when the time is over, and the next invocation continues", async () => {
    const slow =
      "-- backfill: b\n-- key: id\n-- batch: 20\n" +
      "update b set filled = filled + 1 + length(pg_sleep(0.005)::text) where id between $1 and $2;";
    writeFileSync(
      join(folder, "0002_b.expand.sql"),
      `${expand("CREATE TABLE b AS SELECT id, 0 AS filled FROM generate_series(1, 500) AS id; ALTER TABLE b ADD PRIMARY KEY (id);")}\n${slow}`,
    );
    const event = { phase: "expand", versions: ["1.0.0"], mustFinish: true };
    // Ten seconds of it are the Lambda's margin.
    const context = { getRemainingTimeInMillis: () => 13_500 };
    const message = await failure(handler(event, context));
    assert.match(message, /0002_b is not completely applied\. It stopped at 0002_b\.expand\.sql:6: \d+ /);
    assert.match(
      message,
      /Finished work is kept\. Run it again.*more invocations\.\nInstances and traffic are unchanged/,
    );
    const [row] = await fixture.query<{ done: number }>("SELECT sum(filled)::int AS done FROM b");
    assert.ok(
      row && row.done > 0 && message.includes(`6: ${row.done} of about 500 rows are finished`),
      message,
    );
    const result = await handler(event, { getRemainingTimeInMillis: () => 60_000 });
    assert.deepEqual("applied" in result && result.applied, ["0002_b"]);
    const counts = await fixture.query("SELECT DISTINCT filled FROM b");
    assert.deepEqual(counts, [{ filled: 1 }]);
  });

  it("sets the logins whose secrets the event names, and ends those of a retired color", async () => {
    const login = (color: string) => ({
      username: `${color}_${fixture.database}`,
      password: `the ${color} one`,
    });
    for (const color of ["blue", "green"]) secrets.set(`arn:${color}`, JSON.stringify(login(color)));
    const logins = ["blue", "green"].map((color) => ({ secretArn: `arn:${color}`, secretVersionId: "1" }));
    await handler({ phase: "expand", versions: ["1.0.0"], logins });
    for (const color of ["blue", "green"]) {
      const { username: user, password } = login(color);
      await (await fixture.open({ user, password })).query("INSERT INTO a VALUES (1)");
    }
    const retiredRoles = [login("blue").username];
    const result = await handler({ phase: "retire", retiredRoles });
    assert.deepEqual("ended" in result && result.ended, retiredRoles);
    const { username: user, password } = login("blue");
    assert.match(await failure(fixture.open({ user, password })), /not permitted to log in/);
    assert.doesNotMatch(logged.join(), /the (blue|green) one/);
    secrets.delete("arn:green");
    assert.match(
      await failure(handler({ phase: "expand", versions: ["1.0.0"], logins })),
      /logins\[1\] \(arn:green\) cannot be read/,
    );
  });

  it("rejects an invalid event, environment or secret by name, before any change", async () => {
    assert.match(
      await failure(handler({ phase: "expand", versions: ["one"] })),
      /must be three numbers, such as 1\.4\.0, got "one".*\n.*versions\[0\]/,
    );
    assert.match(await failure(handler({ phase: "contract", through: "0001_a" })), /serving/);
    assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"], trough: 1 })), /trough/);
    secrets.set("arn:app", "not json");
    assert.match(
      await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
      /APP_SECRET_ARN \(arn:app\) must be JSON with "username"/,
    );
    secrets.delete("arn:app");
    assert.match(
      await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
      /APP_SECRET_ARN \(arn:app\) cannot be read: ResourceNotFoundException/,
    );
    for (const name of ["MASTER_SECRET_ARN", "APP_SECRET_ARN", "DATABASE_HOST", "DATABASE_NAME"]) {
      const value = process.env[name];
      delete process.env[name];
      assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"] })), new RegExp(name));
      process.env[name] = value;
    }
    process.env.DATABASE_CA_FILE = "nowhere.pem";
    assert.match(
      await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
      /DATABASE_CA_FILE \(nowhere\.pem\) cannot be read: ENOENT/,
    );
    delete process.env.DATABASE_CA_FILE;
    process.env.DATABASE_PORT = "many";
    assert.match(await failure(handler({ phase: "expand", versions: ["1.0.0"] })), /DATABASE_PORT/);
    assert.deepEqual(await fixture.query("SELECT FROM pg_namespace WHERE nspname = 'changeover'"), []);
  });

  it("rejects an invalid script with file and line", async () => {
    writeFileSync(join(folder, "0002_b.expand.sql"), "CREATE TABLE b ();");
    assert.match(
      await failure(handler({ phase: "expand", versions: ["1.0.0"] })),
      /^0002_b\.expand\.sql:1: needed-by must be/,
    );
  });
});
