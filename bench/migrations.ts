import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpus, loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { runMigrations } from "../migrations/runner/runner";
import { parseScript } from "../migrations/script/parse-script";
import type { MigrationScript } from "../migrations/script/script";
import { type PostgresServer, startPostgres } from "../simulator/database/postgres-server";
import { forkSource } from "./fork-source";
import type { LoadWindow, QueryLoadSettings } from "./migrations-load";

const LIMITS = { expandStallMs: 250, stallMs: 150, backfillRowsPerSecond: 30_000 };
/**
 * If the longest stall without any change exceeds this, the machine is short of CPU and the result is `noisy`, not
 * `missed`.
 */
const CALM_STALL_MS = LIMITS.stallMs / 2;
const VERSION = "1.0.0";

interface BenchSize {
  readonly rows: number;
  readonly openTransactionMs: number;
}

interface Measured extends LoadWindow {
  readonly durationMs: number;
}

interface Bench {
  readonly server: PostgresServer;
  readonly load: ChildProcess;
  readonly size: BenchSize;
  /** All scripts that the runner has run so far. The next change is appended to them. */
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
  const settings: QueryLoadSettings = { connectionString, rows, readsPerSecond: 150, writesPerSecond: 60 };
  const child = forkSource("migrations-load.ts", JSON.stringify(settings));
  await once(child, "message", { signal: AbortSignal.timeout(30_000) });
  return child;
}

/** Measures the load from shortly before `work` until shortly after it. */
async function measure({ load }: Pick<Bench, "load">, work: () => Promise<unknown>): Promise<Measured> {
  load.send("begin");
  await sleep(500);
  const startedAt = performance.now();
  await work();
  const durationMs = Math.round(performance.now() - startedAt);
  await sleep(500);
  const report = once(load, "message", { signal: AbortSignal.timeout(180_000) });
  load.send("report");
  const [figures] = (await report) as [LoadWindow];
  return { durationMs, ...figures };
}

/** Runs the statements directly, without regard for clients. */
function naive(bench: Bench, sql: string): Promise<Measured> {
  return measure(bench, () => withClient(bench.server, (client) => client.query(sql)));
}

/** Makes the same change with the runner. */
function safe(bench: Bench, ...texts: readonly string[]): Promise<Measured> {
  const { host, port, user, password, database } = bench.server;
  for (const text of texts) {
    const number = String(bench.scripts.length + 1).padStart(4, "0");
    bench.scripts.push(parseScript(`${number}_change.expand.sql`, `-- needed-by: ${VERSION}\n${text}`));
  }
  return measure(bench, async () => {
    const { more } = await runMigrations({
      connection: { host, port, user, password, database, tls: "off" },
      scripts: bench.scripts,
      request: { phase: "expand", versions: [VERSION] },
    });
    if (more) throw new Error("The runner has not finished.");
  });
}

/** Makes a change while another transaction that has read the table is still open. */
async function behindOpenTransaction(bench: Bench, change: () => Promise<Measured>): Promise<Measured> {
  return withClient(bench.server, async (client) => {
    await client.query("begin; select count(*) from patients where id < 10");
    const over = sleep(bench.size.openTransactionMs).then(() => client.query("commit"));
    const measured = await change();
    await over;
    return measured;
  });
}

/** Cleans up between measurements, because dead rows would slow the next one. */
async function tidy({ server }: Bench, sql = ""): Promise<void> {
  await withClient(server, async (client) => {
    if (sql) await client.query(sql);
    await client.query("vacuum analyze patients");
    await client.query("checkpoint");
  });
}

async function expandBehindTransaction(bench: Bench) {
  const naively = await behindOpenTransaction(bench, () =>
    naive(bench, "alter table patients add column a text"),
  );
  const safely = await behindOpenTransaction(bench, () =>
    safe(bench, "-- locks: patients\nalter table patients add column b text;"),
  );
  return { naive: naively, safe: safely };
}

async function backfill(bench: Bench) {
  await tidy(bench, "alter table patients add column given text");
  const statement = "update patients set given = split_part(name, ' ', 1)";
  const naively = await naive(bench, statement);
  await tidy(bench, "alter table patients drop column given; alter table patients add column given text");
  await safe(bench, "select 1;"); // The first run creates the runner's own tables. It is not measured.
  const safely = await safe(
    bench,
    `-- backfill: patients\n-- key: id\n${statement} where id between $1 and $2 and given is null;`,
  );
  const rate = ({ durationMs }: Measured) => Math.round((bench.size.rows * 1000) / durationMs);
  return {
    naive: { ...naively, rowsPerSecond: rate(naively) },
    safe: { ...safely, rowsPerSecond: rate(safely) },
  };
}

async function concurrentIndex(bench: Bench) {
  await tidy(bench);
  const naively = await naive(bench, "create index by_name_naively on patients (name)");
  await tidy(bench, "drop index by_name_naively");
  const safely = await safe(
    bench,
    "-- transaction: none\ncreate index concurrently by_name on patients (name);",
  );
  return { naive: naively, safe: safely };
}

async function validatedConstraint(bench: Bench) {
  const condition = "check (length(name) between 3 and 200 and name like '% %')";
  await tidy(bench);
  const naively = await naive(bench, `alter table patients add constraint naively ${condition}`);
  await tidy(bench, "alter table patients drop constraint naively");
  const safely = await safe(
    bench,
    `-- locks: patients\nalter table patients add constraint safely ${condition} not valid;`,
    "-- locks: patients in share update exclusive\nalter table patients validate constraint safely;",
  );
  return { naive: naively, safe: safely };
}

const stallOf = ({ reads, writes }: LoadWindow) => Math.max(reads.longestMs, writes.longestMs);
const failedOf = ({ reads, writes }: LoadWindow) => reads.failed + writes.failed;

async function run(bench: Bench) {
  const calm = () => measure(bench, () => sleep(4_000));
  const before = await calm();
  const changes = {
    expandBehindTransaction: await expandBehindTransaction(bench),
    backfill: await backfill(bench),
    concurrentIndex: await concurrentIndex(bench),
    validatedConstraint: await validatedConstraint(bench),
  };
  const after = await calm();
  const {
    expandBehindTransaction: expand,
    backfill: filled,
    concurrentIndex: index,
    validatedConstraint: valid,
  } = changes;
  const held = {
    expandStall: stallOf(expand.safe) <= LIMITS.expandStallMs,
    backfillRate: filled.safe.rowsPerSecond >= LIMITS.backfillRowsPerSecond,
    backfillStall: stallOf(filled.safe) <= LIMITS.stallMs,
    indexStall: stallOf(index.safe) <= LIMITS.stallMs,
    constraintStall: stallOf(valid.safe) <= LIMITS.stallMs,
    nothingFailed: Object.values(changes).every(({ safe: window }) => failedOf(window) === 0),
  };
  const isCalm = Math.max(stallOf(before), stallOf(after)) <= CALM_STALL_MS;
  const outcome: "passed" | "missed" | "noisy" = Object.values(held).every(Boolean)
    ? "passed"
    : isCalm
      ? "missed"
      : "noisy";
  return { outcome, limits: LIMITS, held, control: { before, after }, ...changes };
}

async function stopLoad(load: ChildProcess): Promise<void> {
  if (load.exitCode !== null || load.signalCode !== null) return;
  const exited = once(load, "exit");
  if (load.connected) load.disconnect();
  const limit = setTimeout(() => load.kill("SIGKILL"), 15_000);
  await exited;
  clearTimeout(limit);
}

/**
 * Measures the effect of schema changes on clients: each change is made directly and then with the runner, on a real
 * PostgreSQL under reads and writes at a fixed rate.
 *
 * @param quick uses fewer rows and a shorter open transaction
 */
export async function benchMigrations(quick: boolean, signal: AbortSignal) {
  const size: BenchSize = quick
    ? { rows: 200_000, openTransactionMs: 3_000 }
    : { rows: 1_000_000, openTransactionMs: 10_000 };
  const machine = { cores: cpus().length, loadAverageBefore: loadavg()[0] };
  const server = await startPostgres({ settings: { shared_buffers: "256MB", max_wal_size: "4GB" } });
  let load: ChildProcess | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason));
  });
  try {
    await seed(server, size.rows);
    load = await startLoad(server, size.rows);
    const report = await Promise.race([run({ server, load, size, scripts: [] }), aborted]);
    return { ...report, ...size, machine };
  } finally {
    if (load) await stopLoad(load);
    await server.stop();
  }
}
