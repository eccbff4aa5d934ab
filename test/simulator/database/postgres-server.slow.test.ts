import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type PostgresServer, startPostgres } from "../../../simulator/database/postgres-server";

async function query<Row>(server: PostgresServer, sql: string): Promise<Row[]> {
  const client = new Client({ connectionString: server.connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

async function isGone(pid: number, limitMs = 10_000): Promise<boolean> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(50)) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    // A zombie (in a container without an init) still has its pid.
    if (existsSync(`/proc/${pid}`) && !existsSync(`/proc/${pid}/exe`)) return true;
  }
  return false;
}

describe("simulator: PostgreSQL server", function () {
  this.timeout(60_000);
  const originalTmpdir = process.env.TMPDIR;
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
    chmodSync(folder, 0o755); // As root the server runs as another user.
  });
  afterEach(() => {
    if (originalTmpdir === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = originalTmpdir;
    rmSync(folder, { recursive: true, force: true });
  });

  it("postgres server: runs PostgreSQL 18 with the given settings and a password, and removes its files", async () => {
    process.env.TMPDIR = folder;
    const server = await startPostgres({ settings: { fsync: "off", max_connections: 17 } });
    try {
      const [row] = await query<Record<string, string>>(
        server,
        `SELECT current_setting('server_version_num')::int / 10000 AS major, current_setting('fsync') AS fsync,
           current_setting('max_connections') AS connections, current_setting('listen_addresses') AS addresses,
           current_setting('unix_socket_directories') AS sockets`,
      );
      assert.deepEqual(row, {
        major: 18,
        fsync: "off",
        connections: "17",
        addresses: "127.0.0.1",
        sockets: "",
      });
      const { host, port, user, database } = server;
      const stranger = new Client({ host, port, user, database, password: "guess" });
      await assert.rejects(stranger.connect(), /password authentication failed/);
    } finally {
      await server.stop();
    }
    await server.stop(); // Twice is once.
    assert.ok(await isGone(server.pid));
    assert.deepEqual(readdirSync(folder), []);
    await assert.rejects(server.restart(), /was stopped/);
  });

  it("postgres server: keeps data and port over a restart and a crash, and the data directory over a stop", async () => {
    const dataDirectory = join(folder, "data");
    const first = await startPostgres({ dataDirectory, settings: { fsync: "off" } });
    try {
      await query(first, "CREATE TABLE kept AS SELECT 1 AS value");
      const { port, pid } = first;
      await first.restart();
      assert.equal(first.port, port);
      assert.notEqual(first.pid, pid);
      process.kill(first.pid, "SIGKILL");
      await first.restart();
      assert.deepEqual(await query(first, "SELECT value FROM kept"), [{ value: 1 }]);
      await first.halt();
      await assert.rejects(query(first, "SELECT 1"), { code: "ECONNREFUSED" });
      await first.restart();
      assert.equal((await query(first, "SELECT value FROM kept")).length, 1);
    } finally {
      await first.stop("immediate");
    }
    const second = await startPostgres({ dataDirectory });
    try {
      assert.deepEqual(await query(second, "SELECT value FROM kept"), [{ value: 1 }]);
      assert.notEqual(second.password, first.password);
    } finally {
      await second.stop();
    }
  });

  it("postgres server: a stop during a restart leaves no server", async () => {
    const server = await startPostgres({ settings: { fsync: "off" } });
    const restarted = server.restart();
    await server.stop();
    await restarted;
    assert.ok(await isGone(server.pid));
  });

  it("postgres server: a failed start reports the server's log", async () => {
    await assert.rejects(
      startPostgres({ settings: { shared_buffers: "a lot" } }),
      /exited during its start.*invalid value for parameter "shared_buffers": "a lot"/s,
    );
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    try {
      const address = taken.address();
      assert.ok(address !== null && typeof address !== "string");
      await assert.rejects(startPostgres({ port: address.port }), /could not bind/);
    } finally {
      taken.close();
    }
  });

  it("postgres server: rejects a data directory that its user cannot own", async function () {
    if (process.getuid?.() !== 0) return this.skip(); // An ordinary user runs the server as itself.
    const closed = join(folder, "closed");
    mkdirSync(closed, { mode: 0o700 });
    await assert.rejects(startPostgres({ dataDirectory: join(closed, "data") }), /cannot enter .*chmod o\+x/);
  });

  it("postgres server: stops and removes its files when its program is killed", async () => {
    const program = `
      const { startPostgres } = require("./simulator/database/postgres-server.ts");
      startPostgres({ settings: { fsync: "off" } }).then((server) => {
        console.log(server.pid);
        setInterval(() => {}, 1000);
      });`;
    const parent = spawn(
      process.execPath,
      ["--require", require.resolve("../../../build/start/register"), "-e", program],
      {
        cwd: join(__dirname, "../../.."),
        env: { ...process.env, TMPDIR: folder },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const [line] = (await once(createInterface(parent.stdout), "line")) as [string];
    assert.equal(readdirSync(folder).filter((name) => name.startsWith("changeover-postgres-")).length, 1);
    parent.kill("SIGKILL");
    assert.ok(await isGone(Number(line)), "the server still runs");
    const remaining = () => readdirSync(folder).filter((name) => name.startsWith("changeover-postgres-"));
    for (const deadline = Date.now() + 10_000; remaining().length > 0 && Date.now() < deadline; )
      await sleep(50);
    assert.deepEqual(remaining(), []);
  });
});
