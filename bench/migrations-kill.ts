/**
 * Kills migration runners (SIGKILL) at random moments of their work and looks at what they leave: nothing half applied,
 * and a second run that completes. Prints JSON; exit status 1 when anything was wrong.
 * `npm run soak:migrations -- [--kills 100]`
 */

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { type MigrationOptions, runMigrations } from "../migrations/runner/runner";
import { parseScript } from "../migrations/script/parse-script";
import { type PostgresServer, startPostgres } from "../simulator/database/postgres-server";

/** A dead runner's place and locks are free within this time. */
const freeWithinMs = 5_000;
const rows = 30_000;

/** One of each kind, with what must be there exactly when the ledger knows the script. */
const changes: readonly { file: string; text: string; probe: string }[] = [
  {
    file: "0001_items.expand.sql",
    text: `create table items (id int primary key, name text not null, touched int not null default 0);
           insert into items select id, 'item ' || id from generate_series(1, ${rows}) as id;
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

/** Everything in the database that the scripts make, so that two databases can be told to be the same. */
const fingerprint = `
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

interface Place {
  readonly server: PostgresServer;
  readonly database: string;
}

function optionsFor({ server, database }: Place): MigrationOptions {
  const { host, port, user, password } = server;
  return {
    connection: { host, port, user, password, database, tls: "off" },
    scripts,
    request: { phase: "expand", versions: ["1.0.0"] },
  };
}

async function query<Row extends object>({ server, database }: Place, sql: string): Promise<Row[]> {
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

/** A runner in a process of its own, which waits for `go` and tells what it begins. */
async function startRunner(place: Place): Promise<ChildProcess> {
  const child = fork(__filename, [JSON.stringify(optionsFor(place))], {
    execArgv: ["--require", require.resolve("tsx/cjs")],
  });
  await once(child, "message", { signal: AbortSignal.timeout(60_000) });
  return child;
}

async function gone(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** A part of the work that a kill can fall into, and how long it takes when nobody disturbs it. */
interface Part {
  /** Undefined before the first script begins. */
  readonly script: string | undefined;
  readonly milliseconds: number;
}

interface Told {
  readonly message: string;
  readonly script?: string;
}

/** Lets one runner work undisturbed, and notes what took how long. */
async function partsOf(place: Place): Promise<Part[]> {
  const child = await startRunner(place);
  const begun: { script: string | undefined; at: number }[] = [{ script: undefined, at: performance.now() }];
  child.on("message", ({ message, script }: Told) => {
    if (message === "script begins") begun.push({ script, at: performance.now() });
  });
  child.send("go");
  await gone(child);
  if (child.exitCode !== 0) throw new Error("The undisturbed runner failed.");
  const ends = [...begun.slice(1).map(({ at }) => at), performance.now()];
  return begun.map(({ script, at }, i) => ({ script, milliseconds: (ends[i] ?? at) - at }));
}

/** Lets a runner work until a moment of one part, and kills it. Gives the script at which it was. */
async function killIn(place: Place, { script, milliseconds }: Part): Promise<string> {
  const child = await startRunner(place);
  let at = "before the first script";
  const reached = new Promise<void>((resolve) => {
    if (script === undefined) resolve();
    child.once("exit", () => resolve());
    child.on("message", (told: Told) => {
      if (told.message === "script begins") at = told.script ?? at;
      if (told.message === "migration finished") at = "after the last script";
      if (told.script === script) resolve();
    });
  });
  child.send("go");
  await reached;
  await sleep(Math.random() * milliseconds);
  child.kill("SIGKILL");
  await gone(child);
  return at;
}

/** How long the dead runner's session is still there. */
async function sessionGoneMs(place: Place): Promise<number> {
  const startedAt = performance.now();
  const left = `select from pg_stat_activity where datname = '${place.database}' and application_name like 'changeover-migrate%'`;
  while ((await query(place, left)).length > 0 && performance.now() - startedAt < 3 * freeWithinMs)
    await sleep(50);
  return performance.now() - startedAt;
}

/** What is there without the ledger's knowledge, or the other way round. */
async function halfApplied(place: Place): Promise<string[]> {
  const [found] = await query<{ ledger: boolean }>(
    place,
    "select to_regclass('changeover.ledger') is not null as ledger",
  );
  const begun = found?.ledger ? await query<{ id: string }>(place, "select id from changeover.ledger") : [];
  const wrong: string[] = [];
  for (const { file, probe } of changes) {
    if (probe === "") continue;
    const [row] = await query<{ there: boolean }>(place, `select (${probe}) as there`);
    const known = begun.some(({ id }) => file.startsWith(`${id}.`));
    if (row?.there !== known)
      wrong.push(`${file}: ${known ? "in the ledger and not there" : "there and not in the ledger"}`);
  }
  return wrong;
}

interface Round {
  readonly killedAt: string;
  readonly goneMs: number;
  readonly rerunMs: number;
  readonly problems: readonly string[];
}

async function oneRound(place: Place, part: Part, expected: string): Promise<Round> {
  await query({ ...place, database: "postgres" }, `create database ${place.database} strategy file_copy`);
  try {
    const killedAt = await killIn(place, part);
    const goneMs = await sessionGoneMs(place);
    const problems = goneMs > freeWithinMs ? [`its session stayed for ${Math.round(goneMs)} ms`] : [];
    problems.push(...(await halfApplied(place)));
    const startedAt = performance.now();
    try {
      await runMigrations(optionsFor(place));
    } catch (error) {
      problems.push(`the rerun failed: ${error instanceof Error ? error.message : String(error)}`);
    }
    const rerunMs = performance.now() - startedAt;
    const [now] = await query<{ text: string }>(place, fingerprint).catch((error) => [
      { text: String(error) },
    ]);
    if (now?.text !== expected)
      problems.push(`the database is another one than without a kill: ${now?.text}`);
    return { killedAt, goneMs, rerunMs, problems };
  } finally {
    await query({ ...place, database: "postgres" }, `drop database ${place.database} with (force)`);
  }
}

async function soak(server: PostgresServer, kills: number, isStopped: () => boolean) {
  const reference = { server, database: "reference" };
  await query({ server, database: "postgres" }, "create database reference strategy file_copy");
  const parts = await partsOf(reference);
  const [expected] = await query<{ text: string }>(reference, fingerprint);
  const rounds: Round[] = [];
  while (rounds.length < kills && !isStopped()) {
    const place = { server, database: `round_${rounds.length + 1}` };
    // Each part as often as the others, however short it is.
    const part = parts[Math.floor(Math.random() * parts.length)] ?? { script: undefined, milliseconds: 0 };
    rounds.push(await oneRound(place, part, expected?.text ?? ""));
  }
  const killedAt: Record<string, number> = {};
  for (const { killedAt: at } of rounds) killedAt[at] = (killedAt[at] ?? 0) + 1;
  const longest = (of: (round: Round) => number) => Math.round(Math.max(0, ...rounds.map(of)));
  const problems = rounds.flatMap((round, i) =>
    round.problems.map((problem) => `kill ${i + 1}, at ${round.killedAt}: ${problem}`),
  );
  return {
    kills: rounds.length,
    problems,
    undisturbedMs: Math.round(parts.reduce((sum, { milliseconds }) => sum + milliseconds, 0)),
    longestSessionGoneMs: longest(({ goneMs }) => goneMs),
    longestRerunMs: longest(({ rerunMs }) => rerunMs),
    killedAt,
    loadAverage: loadavg()[0],
  };
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options: { kills: { type: "string", default: "100" } } });
  const kills = Number(values.kills);
  if (!Number.isInteger(kills) || kills < 1 || kills > 10_000) {
    throw new Error(
      `--kills: got ${JSON.stringify(values.kills)}; allowed is a whole number from 1 to 10000.`,
    );
  }
  let stopped = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopped = true; // After the round at hand.
    });
  }
  const server = await startPostgres();
  try {
    const report = await soak(server, kills, () => stopped);
    console.log(JSON.stringify(report, undefined, 2));
    if (report.problems.length > 0 || report.kills < kills) process.exitCode = 1;
  } finally {
    await server.stop();
  }
}

/** The runner that is killed. */
function work(options: MigrationOptions): void {
  const tell = (message: string, fields: Readonly<Record<string, unknown>> = {}) =>
    process.send?.({ message, ...fields });
  process.once("message", () => {
    runMigrations({ ...options, log: tell }).then(
      () => {
        tell("migration finished");
        process.disconnect();
      },
      (error) => {
        console.error(error instanceof Error ? error.message : error);
        process.exit(1);
      },
    );
  });
  process.send?.({ message: "ready" });
}

const [, , options] = process.argv;
if (process.send && options?.startsWith("{")) work(JSON.parse(options));
else {
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  });
}
