/** A real PostgreSQL for the tests of the migration runner, with a fresh database for each test. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import {
  type MigrationOptions,
  type MigrationResult,
  runMigrations,
} from "../../../migrations/runner/runner";
import { parseScript } from "../../../migrations/script/parse-script";
import type { MigrationScript } from "../../../migrations/script/script";
import { checkSequence } from "../../../migrations/script/sequence";
import { type PostgresServer, startPostgres } from "../../../simulator/database/postgres-server";

export interface LogLine {
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** `{"0001_a.expand": "…sql with header…"}`, checked as a folder is. */
export function scriptsOf(files: Readonly<Record<string, string>>): MigrationScript[] {
  return checkSequence(Object.entries(files).map(([name, text]) => parseScript(`${name}.sql`, text)));
}

export const expand = (sql: string, version = "1.0.0") => `-- needed-by: ${version}\n${sql}`;
export const contract = (sql: string, version = "1.1.0") => `-- dead-from: ${version}\n${sql}`;

/** What a fixture needs of its server. */
export type Server = Pick<PostgresServer, "host" | "port" | "user" | "password" | "restart" | "stop">;

const startServer = () =>
  startPostgres({ settings: { fsync: "off", log_statement: "all", logging_collector: "on" } });

export class Fixture<S extends Server = Server> {
  private server: S | undefined;
  private readonly clients: Client[] = [];
  private readonly children: ChildProcess[] = [];
  private count = 0;
  readonly log: LogLine[] = [];
  database = "";

  async start(start: () => Promise<S>): Promise<void> {
    this.server = await start();
  }

  async stop(): Promise<void> {
    await this.server?.stop();
  }

  get postgres(): S {
    if (!this.server) throw new Error("not started");
    return this.server;
  }

  async newDatabase(options = ""): Promise<void> {
    this.database = `test_${++this.count}`;
    this.log.length = 0;
    await this.query(`CREATE DATABASE ${this.database} STRATEGY file_copy ${options}`, "postgres");
  }

  get connection(): MigrationOptions["connection"] {
    const { host, port, user, password } = this.postgres;
    return { host, port, user, password, database: this.database, tls: "off" };
  }

  async open(options: { applicationName?: string; user?: string; password?: string } = {}): Promise<Client> {
    const { host, port, user, password } = this.connection;
    const client = new Client({
      host,
      port,
      database: this.database,
      user: options.user ?? user,
      password: options.password ?? password,
      application_name: options.applicationName,
    });
    client.on("error", () => {});
    await client.connect();
    this.clients.push(client);
    return client;
  }

  /** Ends the test's clients and runners. */
  async close(): Promise<void> {
    for (const child of this.children.splice(0)) await kill(child);
    await Promise.all(this.clients.splice(0).map((client) => client.end().catch(() => {})));
  }

  async query<Row extends object>(sql: string, database = this.database): Promise<Row[]> {
    const { host, port, user, password } = this.postgres;
    const client = new Client({ host, port, user, password, database });
    client.on("error", () => {});
    await client.connect();
    try {
      return (await client.query(sql)).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Versions are those of an expand; limits are short enough for a test unless given. */
  run(
    scripts: readonly MigrationScript[],
    options: Partial<MigrationOptions> & { versions?: readonly string[] } = {},
  ): Promise<MigrationResult> {
    const { versions = ["1.0.0"], ...rest } = options;
    return runMigrations({
      connection: this.connection,
      scripts,
      request: { phase: "expand", versions },
      log: (message, fields = {}) => this.log.push({ message, fields }),
      ...rest,
      limits: { lockWaitSeconds: 10, runnerWaitSeconds: 10, drainSeconds: 2, ...options.limits },
    });
  }

  contract(
    scripts: readonly MigrationScript[],
    through: string,
    options: Partial<MigrationOptions> & { serving?: { color: string; version: string }[] } = {},
  ): Promise<MigrationResult> {
    const { serving = [{ color: "green", version: "1.1.0" }], ...rest } = options;
    const request = { phase: "contract" as const, through, serving, appName: "changeover" };
    return this.run(scripts, { ...rest, request });
  }

  /** A runner in a process of its own, once it has logged that it began. */
  async child(scripts: readonly MigrationScript[]): Promise<ChildProcess> {
    const request = { phase: "expand", versions: ["1.0.0"] };
    const limits = { runnerWaitSeconds: 5 };
    const options = JSON.stringify({ connection: this.connection, scripts, request, limits });
    const program = join(__dirname, "migrate-child.ts");
    const child = spawn(process.execPath, ["--require", "tsx/cjs", program, options], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.children.push(child);
    for await (const line of createInterface(child.stdout)) if (line === "script begins") break;
    return child;
  }

  async columns(table: string): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`,
    );
    return rows.map(({ name }) => name);
  }

  async ledger(): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `SELECT id || '.' || phase || CASE WHEN applied_at IS NULL THEN ' begun' ELSE '' END AS name
         FROM changeover.ledger ORDER BY id, phase DESC`,
    );
    return rows.map(({ name }) => name);
  }
}

/** Registers the hooks of a suite: one server, and for each test a fresh database. */
export function useFixture(prepare = ""): Fixture {
  const fixture = new Fixture();
  before(() => fixture.start(startServer));
  after(() => fixture.stop());
  beforeEach(async () => {
    await fixture.newDatabase();
    await fixture.query(prepare);
  });
  afterEach(() => fixture.close());
  return fixture;
}

/** Like a machine that is gone. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Waits until the query gives a row. */
export async function until(fixture: Fixture, sql: string, limitMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(30)) {
    if ((await fixture.query(sql)).length > 0) return;
  }
  throw new Error(`not within ${limitMs} ms: ${sql}`);
}

/** Asks for something every 10 ms until stopped; gives the longest time that an answer took. */
export function measureStall(client: Client, sql: string): () => Promise<number> {
  let longestMs = 0;
  let stopped = false;
  const asking = (async () => {
    while (!stopped) {
      const startedAt = performance.now();
      await client.query(sql);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(10);
    }
  })();
  return async () => {
    stopped = true;
    await asking;
    return longestMs;
  };
}

/** The error's message; fails when there is none. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it did not fail");
}
