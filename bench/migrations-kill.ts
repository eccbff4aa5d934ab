import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { type MigrationOptions, runMigrations } from "../migrations/runner/runner";
import { parseScript } from "../migrations/script/parse-script";
import { type PostgresServer, startPostgres } from "../simulator/database/postgres-server";
import { forkSource } from "./fork-source";

/** Time limit for PostgreSQL to end the session of a killed runner and release its locks. */
const FREE_WITHIN_MS = 5_000;
const ROWS = 30_000;

/** One script of each kind. The `probe` query is true if the script is applied; it must agree with the ledger. */
const changes: readonly { file: string; text: string; probe: string }[] = [
  {
    file: "0001_items.expand.sql",
    text: `create table items (id int primary key, name text not null, touched int not null default 0);
           insert into items select id, 'item ' || id from generate_series(1, ${ROWS}) as id;
           create table notes (item_id int references items (id), note text);`,
    probe: "select to_regclass('items') is not null and to_regclass('notes') is not null",
  },
  {
    file: "0002_touched.expand.sql",
    text: `-- locks: items
           alter table items add column size int;
           create function fill_size() returns trigger language plpgsql as
             $$ begin new.size := length(new.name); return new; end $$;
           create trigger size before insert or update on items for each row execute function fill_size();

-- backfill: items
--   key: id
update items set touched = touched + 1 where id between $1 and $2;`,
    probe: `select exists (select from pg_trigger where tgname = 'size')
               and exists (select from pg_attribute where attrelid = to_regclass('items') and attname = 'size')`,
  },
  {
    file: "0003_checked.expand.sql",
    text: `-- locks: items
           alter table items add constraint sized check (size is not null) not valid;`,
    probe: "select exists (select from pg_constraint where conname = 'sized')",
  },
  {
    file: "0004_validated.expand.sql",
    text: `-- locks: items in share update exclusive
           alter table items validate constraint sized;`,
    probe: "select exists (select from pg_constraint where conname = 'sized' and convalidated)",
  },
  {
    file: "0005_by_name.expand.sql",
    text: "-- transaction: none\ncreate index concurrently items_by_name on items (name, size);",
    probe: "",
  },
  {
    file: "0006_more.expand.sql",
    text: `-- locks: notes
           create table kinds (id int primary key, name text unique);
           insert into kinds values (1, 'a'), (2, 'b');
           alter table notes add column kind_id int;`,
    probe: `select to_regclass('kinds') is not null
               and exists (select from pg_attribute where attrelid = to_regclass('notes') and attname = 'kind_id')`,
  },
];
const scripts = changes.map(({ file, text }) => parseScript(file, `-- needed-by: 1.0.0\n${text}`));

/** Query that returns everything that the scripts create as one text, to compare two databases. */
const FINGERPRINT = `
  select json_build_object(
    'columns', (select json_agg(table_name || '.' || column_name || ' ' || data_type order by 1)
                  from (select table_name, column_name, data_type from information_schema.columns
                         where table_schema = 'public' order by 1, 2) as c),
    'constraints', (select json_agg(c order by c) from (select conname || ' ' || convalidated as c from pg_constraint
                      where connamespace = 'public'::regnamespace) as c),
    'indexes', (select json_agg(i order by i) from (select indexrelid::regclass || ' ' || indisvalid || ' ' || indisready as i
                  from pg_index where indrelid::regclass::text in ('items', 'notes', 'kinds')) as i),
    'triggers', (select json_agg(tgname order by tgname) from pg_trigger where not tgisinternal),
    'ledger', (select json_agg(id || ' ' || sha256 || ' ' || (applied_at is not null) order by id) from changeover.ledger),
    'items', (select json_build_array(count(*), min(touched), max(touched), sum(size)) from items),
    'kinds', (select count(*) from kinds))::text as text`;

interface TestDatabase {
  readonly server: PostgresServer;
  readonly database: string;
}

function optionsFor({ server, database }: TestDatabase): MigrationOptions {
  const { host, port, user, password } = server;
  return {
    connection: { host, port, user, password, database, tls: "off" },
    scripts,
    request: { phase: "expand", versions: ["1.0.0"] },
  };
}

async function query<Row extends object>({ server, database }: TestDatabase, sql: string): Promise<Row[]> {
  const { host, port, user, password } = server;
  const client = new Client({ host, port, user, password, database });
  client.on("error", () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

/**
 * Starts a runner in a separate process. It waits for the message `go`, and sends a message when it begins a script.
 */
async function startRunner(target: TestDatabase): Promise<ChildProcess> {
  const child = forkSource("migrations-runner.ts", JSON.stringify(optionsFor(target)));
  await once(child, "message", { signal: AbortSignal.timeout(60_000) });
  return child;
}

async function waitForExit(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/**
 * A part of the run during which the runner can be killed, with the duration of that part in a run without a kill.
 */
interface Part {
  /** Undefined for the part before the first script. */
  readonly script: string | undefined;
  readonly milliseconds: number;
}

interface RunnerMessage {
  readonly message: string;
  readonly script?: string;
}

async function measureParts(target: TestDatabase): Promise<Part[]> {
  const child = await startRunner(target);
  const begun: { script: string | undefined; at: number }[] = [{ script: undefined, at: performance.now() }];
  child.on("message", ({ message, script }: RunnerMessage) => {
    if (message === "script started") begun.push({ script, at: performance.now() });
  });
  child.send("go");
  await waitForExit(child);
  if (child.exitCode !== 0) throw new Error("The runner failed without a kill.");
  const ends = [...begun.slice(1).map(({ at }) => at), performance.now()];
  return begun.map(({ script, at }, i) => ({ script, milliseconds: (ends[i] ?? at) - at }));
}

/** Kills a runner at a random moment of the part. Resolves to the file of the script that was running. */
async function killDuring(target: TestDatabase, { script, milliseconds }: Part): Promise<string> {
  const child = await startRunner(target);
  let at = "before the first script";
  const reached = new Promise<void>((resolve) => {
    if (script === undefined) resolve();
    child.once("exit", () => resolve());
    child.on("message", (sent: RunnerMessage) => {
      if (sent.message === "script started") at = sent.script ?? at;
      if (sent.message === "migration finished") at = "after the last script";
      if (sent.script === script) resolve();
    });
  });
  child.send("go");
  await reached;
  await sleep(Math.random() * milliseconds);
  child.kill("SIGKILL");
  await waitForExit(child);
  return at;
}

async function measureSessionEnd(target: TestDatabase): Promise<number> {
  const startedAt = performance.now();
  const left = `select from pg_stat_activity where datname = '${target.database}' and application_name like 'changeover-migrate%'`;
  while ((await query(target, left)).length > 0 && performance.now() - startedAt < 3 * FREE_WITHIN_MS)
    await sleep(50);
  return performance.now() - startedAt;
}

/** Finds scripts that are applied but not in the ledger, or in the ledger but not applied. */
async function findHalfApplied(target: TestDatabase): Promise<string[]> {
  const [found] = await query<{ ledger: boolean }>(
    target,
    "select to_regclass('changeover.ledger') is not null as ledger",
  );
  const begun = found?.ledger ? await query<{ id: string }>(target, "select id from changeover.ledger") : [];
  const wrong: string[] = [];
  for (const { file, probe } of changes) {
    if (probe === "") continue;
    const [row] = await query<{ there: boolean }>(target, `select (${probe}) as there`);
    const known = begun.some(({ id }) => file.startsWith(`${id}.`));
    if (row?.there !== known)
      wrong.push(`${file}: ${known ? "in the ledger but not applied" : "applied but not in the ledger"}`);
  }
  return wrong;
}

interface KillRound {
  readonly killedAt: string;
  readonly goneMs: number;
  readonly rerunMs: number;
  readonly problems: readonly string[];
}

async function runRound(target: TestDatabase, part: Part, expected: string): Promise<KillRound> {
  await query({ ...target, database: "postgres" }, `create database ${target.database} strategy file_copy`);
  try {
    const killedAt = await killDuring(target, part);
    const goneMs = await measureSessionEnd(target);
    const problems =
      goneMs > FREE_WITHIN_MS
        ? [`the killed runner's session ended only after ${Math.round(goneMs)} ms`]
        : [];
    problems.push(...(await findHalfApplied(target)));
    const startedAt = performance.now();
    try {
      await runMigrations(optionsFor(target));
    } catch (error) {
      problems.push(`the rerun failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    const rerunMs = performance.now() - startedAt;
    const [now] = await query<{ text: string }>(target, FINGERPRINT).catch((error) => [
      { text: String(error) },
    ]);
    if (now?.text !== expected)
      problems.push(`the database differs from that of a run without a kill: ${now?.text}`);
    return { killedAt, goneMs, rerunMs, problems };
  } finally {
    await query({ ...target, database: "postgres" }, `drop database ${target.database} with (force)`);
  }
}

async function soak(server: PostgresServer, kills: number, isStopped: () => boolean) {
  const reference = { server, database: "reference" };
  await query({ server, database: "postgres" }, "create database reference strategy file_copy");
  const parts = await measureParts(reference);
  const [expected] = await query<{ text: string }>(reference, FINGERPRINT);
  const rounds: KillRound[] = [];
  while (rounds.length < kills && !isStopped()) {
    const target = { server, database: `round_${rounds.length + 1}` };
    // Each part is equally likely: a kill at a random time would mostly hit the long ones.
    const part = parts[Math.floor(Math.random() * parts.length)] ?? { script: undefined, milliseconds: 0 };
    rounds.push(await runRound(target, part, expected?.text ?? ""));
  }
  const killedAt: Record<string, number> = {};
  for (const { killedAt: at } of rounds) killedAt[at] = (killedAt[at] ?? 0) + 1;
  const longest = (key: "goneMs" | "rerunMs") =>
    Math.round(Math.max(0, ...rounds.map((round) => round[key])));
  const problems = rounds.flatMap((round, i) =>
    round.problems.map((problem) => `kill ${i + 1}, at ${round.killedAt}: ${problem}`),
  );
  return {
    kills: rounds.length,
    problems,
    undisturbedMs: Math.round(parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
    longestSessionGoneMs: longest("goneMs"),
    longestRerunMs: longest("rerunMs"),
    killedAt,
    loadAverage: loadavg()[0],
  };
}

/**
 * Kills migration runners (SIGKILL) at random moments. After each kill it checks that no script is half applied and
 * that the next run completes.
 *
 * An abort takes effect at the end of the current round.
 */
export async function soakMigrations(kills: number, signal: AbortSignal) {
  const server = await startPostgres();
  try {
    return await soak(server, kills, () => signal.aborted);
  } finally {
    await server.stop();
  }
}
