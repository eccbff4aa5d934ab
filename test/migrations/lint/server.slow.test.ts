import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { loadParser } from "../../../migrations/lint";
import { STEADY_FUNCTIONS, STRICT_FUNCTIONS } from "../../../migrations/lint/builtin-functions";
import { Catalog } from "../../../migrations/lint/catalog";
import { applyStatement } from "../../../migrations/lint/catalog-apply";
import { codeOf } from "../../../migrations/lint/code";
import { locksOf } from "../../../migrations/lint/locks";
import { tryParse } from "../../../migrations/lint/parser";
import { blocksClients } from "../../../migrations/script/lock-mode";
import { splitStatements } from "../../../migrations/script/sql-text";
import { type PostgresServer, startPostgres } from "../../../simulator/database/postgres-server";
import { type CorpusEntry, corpus } from "./corpus";
import { entryScripts } from "./corpus/scripts";
import { effectsOf, type StatementEffects } from "./effects";
import { base, scriptsOf, sections } from "./page";

/** Rules for rewrites or scans under a lock that blocks clients. */
const SCAN_UNDER_LOCK_RULES = [
  "add-column-volatile-default",
  "add-column-serial",
  "add-column-generated",
  "add-column-constrained-domain",
  "change-column-type",
  "set-not-null",
  "add-check",
  "add-foreign-key",
  "add-unique",
  "add-primary-key",
  "add-exclusion",
  "create-index",
  "attach-partition",
];

/**
 * Statements that the test's server cannot run: missing extensions and objects, no transaction, or an index that it does
 * not use for so few rows.
 */
const NOT_RUNNABLE =
  /where id = 3|create table if not exists notes|imported|"Old"|columnar|tablespace|set schema|extension|plpython|who_knows|create_everything|while true/;

function runnable({ sql, alone, before = [], rules }: CorpusEntry): boolean {
  const texts = [...before, sql];
  return (
    !alone &&
    !texts.some((text) => /backfill:/.test(text) || NOT_RUNNABLE.test(text)) &&
    !rules.some((rule) => ["not-in-transaction", "endless-work"].includes(rule))
  );
}

describe("lint: compared with a real server", function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let admin: Client;
  let client: Client;

  const connect = async (database: string) => {
    const url = new URL(server.connectionString);
    url.pathname = database;
    const connection = new Client({ connectionString: url.toString() });
    await connection.connect();
    return connection;
  };

  before(async () => {
    await loadParser();
    // Not UTC, where a change between timestamp and timestamptz would be free.
    server = await startPostgres({ settings: { fsync: "off", timezone: "Europe/Vienna" } });
    admin = await connect("postgres");
    await admin.query("CREATE DATABASE filled");
    const filler = await connect("filled");
    await filler.query(readFileSync(join(__dirname, "corpus", "base.sql"), "utf8"));
    await filler.query(`
      CREATE ROLE app;
      CREATE ROLE reporting;
      INSERT INTO doctors SELECT n, 'A' || n, n || '@example.org' FROM generate_series(1, 50) n;
      INSERT INTO patients (name, born, doctor_id, code, age)
        SELECT 'P' || n, '2000-01-01', 1, n, n FROM generate_series(1, 50) n;
      INSERT INTO visits (patient_id, doctor_id, day) SELECT n, n, date '2024-05-01' + n FROM generate_series(1, 50) n;
      INSERT INTO measurements_2025 SELECT n, date '2025-05-01' + n, n FROM generate_series(1, 50) n;
      INSERT INTO events SELECT n, '2024-05-01' FROM generate_series(1, 50) n;
      ANALYZE`);
    await filler.end();
    await admin.query("CREATE DATABASE work TEMPLATE filled");
    client = await connect("work");
  });
  after(async () => {
    await client?.end();
    await admin?.end();
    await server?.stop();
  });

  /** Earlier scripts are applied to a copy of the database. */
  const effects = async ({ sql, before: earlier }: CorpusEntry): Promise<StatementEffects> => {
    if (!earlier) return effectsOf(client, sql);
    await admin.query("CREATE DATABASE copy TEMPLATE filled STRATEGY FILE_COPY");
    try {
      const copy = await connect("copy");
      try {
        for (const statement of earlier.flatMap((text) => splitStatements(text)))
          await copy.query(statement.text);
        return await effectsOf(copy, sql);
      } finally {
        await copy.end();
      }
    } finally {
      await admin.query("DROP DATABASE copy WITH (FORCE)");
    }
  };

  const short = (sql: string) => sql.replace(/\s+/g, " ");

  for (const entry of corpus.filter((candidate) => candidate.rules.length === 0 && runnable(candidate))) {
    it(`neither rewrites nor scans under a lock: ${short(entry.sql)}`, async () => {
      const { locks, rewrites, scans } = await effects(entry);
      const locked = locks
        .filter((lock) => !lock.startsWith("open_visits "))
        .map((lock) => lock.split(" ")[0] ?? "");
      assert.deepEqual(rewrites, []);
      assert.deepEqual(
        scans.filter((table) => locked.includes(table)),
        [],
      );
      const scripts = entryScripts(entry);
      const declared = scripts.at(-1)?.locks.map(({ table }) => table.replace(/^public\./, "")) ?? [];
      assert.deepEqual(
        [...new Set(locked)].filter((table) => !declared.includes(table)),
        [],
      );
    });
  }

  const stalling = corpus.filter(
    (entry) => runnable(entry) && entry.rules.some((rule) => SCAN_UNDER_LOCK_RULES.includes(rule)),
  );
  for (const entry of stalling) {
    it(`rewrites or scans the table: ${short(entry.sql)}`, async () => {
      const { locks, rewrites, scans } = await effects(entry);
      const locked = locks.map((lock) => lock.split(" ")[0] ?? "");
      assert.ok(
        [...rewrites, ...scans].some((table) => locked.includes(table)),
        JSON.stringify({ locks, rewrites, scans }),
      );
    });
  }

  it("derives the same locks as the server takes", async () => {
    // Errors for any header: CASCADE locks unnamed tables, the others belong in no script.
    const undeclarable = [
      "drop-cascade",
      "truncate",
      "reindex",
      "refresh-materialized-view",
      "rewrite-table",
      "rename-table",
    ];
    const tables = (locks: readonly string[]) =>
      // LOCK TABLE cannot lock a view alone, or a materialized view.
      [...new Set(locks.map((lock) => lock.split(" ")[0] ?? ""))].filter(
        (table) => !/^(open_visits|visit_counts)$/.test(table),
      );
    const differences: string[] = [];
    for (const entry of corpus) {
      if (!runnable(entry) || entry.before || entry.rules.some((rule) => undeclarable.includes(rule)))
        continue;
      const statements = splitStatements(entry.sql).flatMap(({ text }) =>
        (tryParse(text) ?? []).map((node) => ({ node, text })),
      );
      const catalog = new Catalog();
      const [schema, script] = entryScripts(entry);
      assert.ok(schema && script);
      catalog.begin(schema);
      for (const { text } of splitStatements(schema.sql)) {
        for (const node of tryParse(text) ?? []) applyStatement(catalog, node, text);
      }
      catalog.begin(script);
      const read = new Set<string>();
      for (const { node, text } of statements) {
        const all = [node, ...codeOf(node, text, catalog).statements.map((inner) => inner.node)];
        for (const { table, mode } of all.flatMap((inner) => locksOf(inner, catalog))) {
          if (blocksClients(mode)) read.add(table);
        }
        applyStatement(catalog, node, text);
      }
      const { locks } = await effects(entry).catch(() => ({ locks: undefined }));
      if (!locks) continue; // It fails, as its rule says; the tests above cover statements that must not fail.
      const seen = tables(locks);
      const dropped = new Set([...entry.sql.matchAll(/drop table (\w+)/g)].map(([, table]) => table));
      const own = [...read].filter((table) => !seen.includes(table) && !dropped.has(table));
      // LOCK TABLE locks the partitions too.
      const missing = seen.filter((table) => !read.has(table.replace("measurements_2024", "measurements")));
      if (own.length + missing.length > 0)
        differences.push(`${short(entry.sql)}: read ${[...read]}, seen ${locks}`);
    }
    assert.deepEqual(differences, []);
  });

  it("runs the good forms of docs/lint-rules.md", async () => {
    await admin.query("CREATE DATABASE page");
    const shown = await connect("page");
    try {
      await shown.query(base.map(({ sql }) => sql).join("\n"));
      for (const { rule, good } of sections) {
        if (good.includes("ADD VALUE")) continue; // Not in one transaction with what uses it.
        await shown.query("BEGIN");
        for (const { sql, backfill } of scriptsOf(good)) {
          const texts = [
            sql.replace("CONCURRENTLY", ""),
            backfill?.statement.replace("$1", "1").replace("$2", "9") ?? "",
          ];
          await shown.query(texts.join("\n")).catch((error) => assert.fail(`${rule}: ${error}`));
        }
        await shown.query("ROLLBACK");
      }
    } finally {
      await shown.end();
    }
  });

  it("knows which functions of the server are steady and strict", async () => {
    const wrong = async (names: ReadonlySet<string>, condition: string) => {
      const { rows } = await client.query<{ name: string }>(
        `SELECT DISTINCT proname AS name FROM pg_proc
          WHERE pronamespace = 'pg_catalog'::regnamespace AND ${condition} AND proname = ANY ($1)`,
        [[...names]],
      );
      return rows.map(({ name }) => name);
    };
    assert.deepEqual(await wrong(STEADY_FUNCTIONS, "provolatile = 'v'"), []);
    assert.deepEqual(await wrong(STRICT_FUNCTIONS, "NOT proisstrict"), []);
  });
});
