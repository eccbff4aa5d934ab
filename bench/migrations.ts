/**
 * What clients feel of a change of the database: the naive way and the runner's, side by side, on a real PostgreSQL under
 * reads and writes at a fixed rate. Prints JSON. Exit status: 0 every bar is held, 1 one is missed, 2 the machine was too
 * busy to tell. `npm run bench:migrations -- [--quick]`
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { runMigrations } from "../migrations/runner/runner";
import { parseScript } from "../migrations/script/parse-script";
import type { MigrationScript } from "../migrations/script/script";
import { type PostgresServer, startPostgres } from "../simulator/database/postgres-server";
import type { Settings, Window } from "./migrations-load";

const bars = { expandStallMs: 250, stallMs: 150, backfillRowsPerSecond: 30_000 };
/** Without any change nobody should wait for as long; who does, waits for a core. */
const calmStallMs = bars.stallMs / 2;
const version = "1.0.0";

interface Size {
  readonly rows: number;
  readonly openTransactionMs: number;
}

interface Measured extends Window {
  readonly durationMs: number;
}

interface Scene {
  readonly server: PostgresServer;
  readonly load: ChildProcess;
  readonly size: Size;
  /** All safe scripts so far, as a folder of them grows. */
  readonly scripts: MigrationScript[];
}

async function withClient<T>(
  { connectionString }: PostgresServer,
  use: (client: Client) => Promise<T>,
): Promise<T> {
  const client = new Client({ connectionString });
  client.on("error", () => {});
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

async function seed(server: PostgresServer, rows: number): Promise<void> {
  await withClient(server, async (client) => {
    await client.query(
      `create table patients (id bigint primary key, name text not null, note text not null, born date)`,
    );
    await client.query(
      `insert into patients select id, 'Given' || id || ' Family' || id % 5000, 'first note', '1950-01-01'::date + id::int % 20000
         from generate_series(1, $1::bigint) as id`,
      [rows],
    );
    await client.query("vacuum analyze patients");
  });
}

async function startLoad({ connectionString }: PostgresServer, rows: number): Promise<ChildProcess> {
  const settings: Settings = { connectionString, rows, readsPerSecond: 150, writesPerSecond: 60 };
  const child = fork(join(__dirname, "migrations-load.ts"), [JSON.stringify(settings)], {
    execArgv: ["--require", require.resolve("tsx/cjs")],
  });
  await once(child, "message", { signal: AbortSignal.timeout(30_000) });
  return child;
}

/** What clients felt from a moment before `work` until a moment after it. */
async function measure({ load }: Pick<Scene, "load">, work: () => Promise<unknown>): Promise<Measured> {
  load.send("begin");
  await sleep(500);
  const startedAt = performance.now();
  await work();
  const durationMs = Math.round(performance.now() - startedAt);
  await sleep(500);
  const answer = once(load, "message", { signal: AbortSignal.timeout(180_000) });
  load.send("report");
  const [window] = (await answer) as [Window];
  return { durationMs, ...window };
}

/** As a tool does it that knows nothing of clients: one statement after the other. */
function naive(scene: Scene, sql: string): Promise<Measured> {
  return measure(scene, () => withClient(scene.server, (client) => client.query(sql)));
}

/** The same change by the runner. */
function safe(scene: Scene, ...texts: readonly string[]): Promise<Measured> {
  const { host, port, user, password, database } = scene.server;
  for (const text of texts) {
    const number = String(scene.scripts.length + 1).padStart(4, "0");
    scene.scripts.push(parseScript(`${number}_change.expand.sql`, `-- needed-by: ${version}\n${text}`));
  }
  return measure(scene, async () => {
    const { more } = await runMigrations({
      connection: { host, port, user, password, database, tls: "off" },
      scripts: scene.scripts,
      request: { phase: "expand", versions: [version] },
    });
    if (more) throw new Error("The runner has not finished.");
  });
}

/** Somebody has read the table in a transaction and is not done with it. */
async function behindOpenTransaction(scene: Scene, change: () => Promise<Measured>): Promise<Measured> {
  return withClient(scene.server, async (client) => {
    await client.query("begin; select count(*) from patients where id < 10");
    const over = sleep(scene.size.openTransactionMs).then(() => client.query("commit"));
    const measured = await change();
    await over;
    return measured;
  });
}

/** Dead rows of one way must not slow the next one. */
async function tidy({ server }: Scene, sql = ""): Promise<void> {
  await withClient(server, async (client) => {
    if (sql) await client.query(sql);
    await client.query("vacuum analyze patients");
    await client.query("checkpoint");
  });
}

async function expandBehindTransaction(scene: Scene) {
  const naively = await behindOpenTransaction(scene, () =>
    naive(scene, "alter table patients add column a text"),
  );
  const safely = await behindOpenTransaction(scene, () =>
    safe(scene, "-- locks: patients\nalter table patients add column b text;"),
  );
  return { naive: naively, safe: safely };
}

async function backfill(scene: Scene) {
  await tidy(scene, "alter table patients add column given text");
  const statement = "update patients set given = split_part(name, ' ', 1)";
  const naively = await naive(scene, statement);
  await tidy(scene, "alter table patients drop column given; alter table patients add column given text");
  await safe(scene, "select 1;"); // The runner's own tables are there: what is measured is the backfill.
  const safely = await safe(
    scene,
    `-- backfill: patients\n-- key: id\n${statement} where id between $1 and $2 and given is null;`,
  );
  const rate = ({ durationMs }: Measured) => Math.round((scene.size.rows * 1000) / durationMs);
  return {
    naive: { ...naively, rowsPerSecond: rate(naively) },
    safe: { ...safely, rowsPerSecond: rate(safely) },
  };
}

async function concurrentIndex(scene: Scene) {
  await tidy(scene);
  const naively = await naive(scene, "create index by_name_naively on patients (name)");
  await tidy(scene, "drop index by_name_naively");
  const safely = await safe(
    scene,
    "-- transaction: none\ncreate index concurrently by_name on patients (name);",
  );
  return { naive: naively, safe: safely };
}

async function validatedConstraint(scene: Scene) {
  const condition = "check (length(name) between 3 and 200 and name like '% %')";
  await tidy(scene);
  const naively = await naive(scene, `alter table patients add constraint naively ${condition}`);
  await tidy(scene, "alter table patients drop constraint naively");
  const safely = await safe(
    scene,
    `-- locks: patients\nalter table patients add constraint safely ${condition} not valid;`,
    "-- locks: patients in share update exclusive\nalter table patients validate constraint safely;",
  );
  return { naive: naively, safe: safely };
}

const stallOf = ({ reads, writes }: Window) => Math.max(reads.longestMs, writes.longestMs);
const failedOf = ({ reads, writes }: Window) => reads.failed + writes.failed;

async function run(scene: Scene) {
  const calm = () => measure(scene, () => sleep(4_000));
  const before = await calm();
  const changes = {
    expandBehindTransaction: await expandBehindTransaction(scene),
    backfill: await backfill(scene),
    concurrentIndex: await concurrentIndex(scene),
    validatedConstraint: await validatedConstraint(scene),
  };
  const after = await calm();
  const {
    expandBehindTransaction: expand,
    backfill: filled,
    concurrentIndex: index,
    validatedConstraint: valid,
  } = changes;
  const held = {
    expandStall: stallOf(expand.safe) <= bars.expandStallMs,
    backfillRate: filled.safe.rowsPerSecond >= bars.backfillRowsPerSecond,
    backfillStall: stallOf(filled.safe) <= bars.stallMs,
    indexStall: stallOf(index.safe) <= bars.stallMs,
    constraintStall: stallOf(valid.safe) <= bars.stallMs,
    nothingFailed: Object.values(changes).every(({ safe: window }) => failedOf(window) === 0),
  };
  const isCalm = Math.max(stallOf(before), stallOf(after)) <= calmStallMs;
  const verdict = Object.values(held).every(Boolean) ? "passed" : isCalm ? "missed" : "noisy";
  return { verdict, bars, held, control: { before, after }, ...changes };
}

async function stopLoad(load: ChildProcess): Promise<void> {
  if (load.exitCode !== null || load.signalCode !== null) return;
  const exited = once(load, "exit");
  if (load.connected) load.disconnect();
  const limit = setTimeout(() => load.kill("SIGKILL"), 15_000);
  await exited;
  clearTimeout(limit);
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  const size: Size = values.quick
    ? { rows: 200_000, openTransactionMs: 3_000 }
    : { rows: 1_000_000, openTransactionMs: 10_000 };
  const machine = { cores: cpus().length, loadAverageBefore: loadavg()[0] };
  const server = await startPostgres({ settings: { shared_buffers: "256MB", max_wal_size: "4GB" } });
  let load: ChildProcess | undefined;
  const interrupted = new Promise<never>((_resolve, reject) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => reject(new Error("Interrupted: everything is stopped.")));
    }
  });
  try {
    await seed(server, size.rows);
    load = await startLoad(server, size.rows);
    const report = await Promise.race([run({ server, load, size, scripts: [] }), interrupted]);
    console.log(JSON.stringify({ ...report, ...size, machine }, undefined, 2));
    process.exitCode = { passed: 0, missed: 1, noisy: 2 }[report.verdict];
  } finally {
    if (load) await stopLoad(load);
    await server.stop();
  }
}

main().catch((error) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
