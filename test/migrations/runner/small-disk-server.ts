/**
 * Process with a PostgreSQL server whose tables or write-ahead log are on a small disk. Arguments: a folder in which
 * `disk` is the small disk, and its content. Each line of input gets one line of JSON; the end of the input stops it.
 */

import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, renameSync, rmSync, statfsSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unprivilegedUser } from "../../../simulator/database/postgres-data";
import { type PostgresServer, startPostgres } from "../../../simulator/database/postgres-server";

const [folder = "", content = ""] = process.argv.slice(2);
const data = join(folder, "data");
const disk = join(folder, "disk");
const ballast = join(disk, "ballast");

// autovacuum and checkpoints could free space.
const start = () =>
  startPostgres({
    dataDirectory: data,
    settings: { fsync: "off", autovacuum: "off", checkpoint_timeout: "1h" },
  });

async function startOnDisk(): Promise<PostgresServer> {
  const server = await start();
  if (content === "tables") {
    const tables = join(disk, "tables");
    mkdirSync(tables, { mode: 0o700 });
    const runAs = unprivilegedUser();
    if (runAs) chownSync(tables, runAs.uid, runAs.gid);
    return server;
  }
  await server.stop();
  const log = join(data, "pg_wal");
  const { status, stderr } = spawnSync("cp", ["-a", log, join(disk, "wal")], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  renameSync(log, join(data, "pg_wal_before"));
  symlinkSync(join(disk, "wal"), log);
  return start();
}

/** Leaves this many bytes free. */
function fill(leave: number): void {
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - leave)));
}

async function main(): Promise<void> {
  const server = await startOnDisk();
  const respond = (fields: object) => process.stdout.write(`${JSON.stringify(fields)}\n`);
  const end = () => void server.stop().finally(() => process.exit(0));
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  respond({ port: server.port, password: server.password });
  for await (const line of createInterface(process.stdin)) {
    const [command, bytes] = line.split(" ");
    if (command === "fill") fill(Number(bytes));
    if (command === "free") rmSync(ballast, { force: true });
    if (command === "restart") await server.restart();
    respond({});
  }
  end();
}

void main();
