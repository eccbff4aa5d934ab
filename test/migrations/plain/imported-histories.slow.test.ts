import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseSync } from "libpg-query";
import { Client } from "pg";
import { lintScripts, loadParser } from "../../../migrations/lint";
import { importedFiles } from "../../../migrations/plain/imported-script";
import { readMigrations } from "../../../migrations/plain/migration-tool";
import type { Connection } from "../../../migrations/runner/connection";
import { openScratch } from "../../../migrations/scratch/postgres";
import { loadScripts } from "../../../migrations/script/load-scripts";
import { traceScripts } from "../../../migrations/trace";
import { CHANGEOVER } from "../../cli/changeover";
import { useFixture } from "../runner/migrate-fixture";
import { dumpCatalog } from "./catalog-dump";
import { type InventedHistory, inventHistory } from "./invented-history";

/** `TEST_HISTORIES=12` runs all of them. */
const HISTORIES = Number(process.env.TEST_HISTORIES ?? 2);
/** The first seed. `TEST_FIRST_HISTORY=7 TEST_HISTORIES=1` repeats the seventh. */
const FIRST = Number(process.env.TEST_FIRST_HISTORY ?? 1);
/** Later migrations are written as scripts of a new version, with the locks that the checks advise. */
const IMPORTED = 70;

/** As psql runs a file: one statement after the other, each in its own transaction. */
function statementsOf(sql: string): string[] {
  const bytes = Buffer.from(sql);
  return (parseSync(sql).stmts ?? []).map(({ stmt_location: from = 0, stmt_len: length }) =>
    bytes.subarray(from, length === undefined ? undefined : from + length).toString(),
  );
}

async function withClient<Result>(
  { host, port, user, password, database }: Connection,
  use: (client: Client) => Promise<Result>,
): Promise<Result> {
  const client = new Client({ host, port, user, password, database });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** Each database has an owner of its own. */
async function dump(connection: Connection): Promise<string[]> {
  const lines = await withClient(connection, dumpCatalog);
  return lines.map((line) => line.replaceAll(connection.user, "owner"));
}

async function applyPlainly(connection: Connection, { migrations }: InventedHistory): Promise<void> {
  for (const { key, sql } of migrations) {
    await withClient(connection, async (client) => {
      for (const statement of statementsOf(sql)) {
        await client.query(statement).catch((error: Error) => {
          throw new Error(`the invented history must be valid: ${key}: ${error.message}\n${statement}`);
        });
      }
    });
  }
}

/** Adds the headers that lint and trace advise to the scripts of the new version. */
async function declareAdvisedLocks(directory: string): Promise<number> {
  const scripts = loadScripts(directory);
  const options = { from: scripts.find(({ isImported }) => !isImported)?.number ?? 1 };
  const findings = lintScripts(scripts, options).filter(({ rule }) =>
    ["undeclared-lock", "lock-table"].includes(rule),
  );
  const trace = await traceScripts(scripts, () => openScratch(scripts), options);
  const advised = [
    ...trace.locks,
    ...findings.map(({ file, remediation }) => ({ file, header: remediation.replace("-- locks: ", "") })),
  ];
  const locks = new Map<string, Set<string>>();
  for (const { file, header } of advised) {
    const known = locks.get(file) ?? new Set();
    for (const lock of header.split(", ")) known.add(lock);
    locks.set(file, known);
  }
  for (const { file, sql } of scripts) {
    const header = [...(locks.get(file) ?? [])].join(", ");
    if (header !== "") writeFileSync(join(directory, file), `-- locks: ${header}\n${sql}`);
  }
  return locks.size;
}

describe("histories of other tools", function () {
  this.timeout(600_000);
  const fixture = useFixture();
  before(loadParser);
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "history-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  function importFirst({ tool, files, migrations }: InventedHistory): string {
    const later = migrations[IMPORTED]?.key ?? "";
    const all = readMigrations(files, tool);
    const first = all.slice(
      0,
      all.findIndex(({ key }) => key === later),
    );
    const known = new Set(first.map(({ file }) => file));
    for (const [path, text] of files) {
      if (!known.has(path)) continue;
      mkdirSync(dirname(join(folder, "tool", path)), { recursive: true });
      writeFileSync(join(folder, "tool", path), text);
    }
    const directory = join(folder, "scripts");
    const argv = [CHANGEOVER, "migrate", "import", join(folder, "tool"), "--version", "1.0.0"];
    const env = { ...process.env, DATABASE_URL: undefined };
    const { status, stderr } = spawnSync(process.execPath, [...argv, "--directory", directory], {
      env,
      encoding: "utf8",
      timeout: 120_000,
    });
    assert.equal(status, 0, stderr);
    const written = importedFiles(all, tool, "2.0.0");
    for (const { migration, file, text } of written) {
      if (known.has(migration.file)) continue;
      writeFileSync(join(directory, file), text.replace(/^-- imported: .*\n/m, ""));
    }
    return directory;
  }

  for (let seed = FIRST; seed < FIRST + HISTORIES; seed++) {
    const history = inventHistory(seed);
    it(`runs history ${seed} in the manner of ${history.tool} like plain SQL`, async () => {
      const plain = await fixture.owner();
      await applyPlainly(plain, history);
      const expected = await dump(plain);

      await fixture.newDatabase();
      const connection = await fixture.owner();
      const directory = importFirst(history);
      const locked = await declareAdvisedLocks(directory);
      assert.ok(locked > 10, `${locked} scripts with locks`);
      const scripts = loadScripts(directory);
      const { applied } = await fixture.run(scripts, { connection, versions: ["1.0.0", "2.0.0"] });
      assert.equal(applied.length, scripts.length);
      const skipped = fixture.log.filter(({ message }) => /header that do not exist/.test(message));
      assert.deepEqual(skipped, []);
      assert.deepEqual(await dump(connection), expected);
    });
  }
});
