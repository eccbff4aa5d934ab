import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { bundleLambda } from "../../../build/bundle";
import type { UpdateResult } from "../../../engine/deploy/engine";
import { InProcessEngine } from "../../../engine/deploy/in-process-engine";
import { StackState } from "../../../engine/state/stack-state";
import { createSimulator, type Simulator } from "../../../simulator";
import { selfSignedCertificate } from "../../../simulator/certificate";

const TIMEOUT_SECONDS = 15; // Ten of them are the handler's own margin, two are left for the goodbye of a backfill.
const ROWS = 500;
/** More invocations than the backfill needs, also on a machine that is busy with other work. */
const CHAIN = 7;

/** A table, and a backfill of four seconds and more, which meets each row once or is seen. */
const backfilled = (table: string, version: string, set = "met + 1") =>
  `-- needed-by: ${version}
CREATE TABLE ${table} (id int PRIMARY KEY, met int NOT NULL DEFAULT 0, divisor int NOT NULL DEFAULT 1);
INSERT INTO ${table} (id) SELECT generate_series(1, ${ROWS});
ANALYZE ${table};

-- backfill: ${table}
-- key: id
-- batch: 10
UPDATE ${table} SET met = ${set} + length(pg_sleep(0.008)::text) WHERE id BETWEEN $1 AND $2;
`;

interface Result {
  readonly applied: string[];
  readonly alreadyApplied: string[];
  readonly more: boolean;
}

describe("migration step in the simulator", function () {
  this.timeout(180_000);
  let folder: string;
  let simulator: Simulator;
  const state = new StackState();
  let engine: InProcessEngine;
  let database: Client | undefined;

  before(async () => {
    bundleLambda("migrate");
    folder = mkdtempSync(join(tmpdir(), "changeover-chain-"));
    mkdirSync(join(folder, "migrations"));
    simulator = await createSimulator({ directory: join(folder, "cloud"), timeScale: 20 });
    engine = new InProcessEngine({
      programDirectory: join(__dirname, "fixtures", "migration"),
      stack: "test",
      provider: simulator.providers,
      state,
    });
  });
  after(async () => {
    await database?.end();
    await simulator?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function write(name: string, text: string): void {
    writeFileSync(join(folder, "migrations", `${name}.expand.sql`), text);
  }

  function up(version: string, maxInvocations: number, authorities?: string): Promise<UpdateResult> {
    return engine.up({
      config: {
        "migration:version": version,
        "migration:maxInvocations": maxInvocations,
        "migration:scripts": join(folder, "migrations"),
        "migration:timeoutSeconds": TIMEOUT_SECONDS,
        ...(authorities && { "migration:authorities": authorities }),
      },
    });
  }

  const failureOf = (update: Promise<UpdateResult>) =>
    update.then(
      () => undefined,
      ({ message }: Error) => message,
    );

  async function query<Row>(sql: string): Promise<Row[]> {
    if (!database) {
      const [server] = [...simulator.databases().values()];
      assert.ok(server, "there is no database");
      const { host, port, user, password } = server;
      // The server speaks TLS alone; whose certificate it has is not looked at here.
      const ssl = { rejectUnauthorized: false };
      database = new Client({ host, port, user, password, database: "changeover", ssl });
      await database.connect();
    }
    return (await database.query(sql)).rows as Row[];
  }

  const met = async (table: string) => {
    const [row] = await query<{ rows: number }>(`SELECT sum(met)::int AS rows FROM ${table}`);
    return row?.rows ?? 0;
  };
  const assertEachMetOnce = async (table: string) =>
    assert.deepEqual(await query(`SELECT met, count(*)::int AS rows FROM ${table} GROUP BY met`), [
      { met: 1, rows: ROWS },
    ]);

  /** The results of the invocations in order; undefined for one that is not in the state. */
  function results(maxInvocations: number): (Result | undefined)[] {
    const numbers = Array.from({ length: maxInvocations }, (_, index) => index + 1);
    return numbers.map((number) => {
      const name = number < maxInvocations ? `expand-${number}` : "expand";
      const found = [...state.resources.values()].find(({ urn }) => urn.endsWith(`:Invocation::${name}`));
      return found && JSON.parse(String(found.outputs.result));
    });
  }

  it("migration step: with too few invocations fails with its progress, and the next updates finish it", async () => {
    write("0001_short", backfilled("short", "1.0.0"));
    let updates = 1;
    let before = 0;
    for (let message: string | undefined; ; updates++) {
      message = await failureOf(up("1.0.0", 1));
      if (message === undefined) break;
      const [, done, all] =
        /: The time is over, and 0001_short is not completely applied\. It stopped at 0001_short\.expand\.sql:9: (\d+) of about (\d+) rows are finished\. Finished work is kept\. Run it again; it continues where it stopped\. When much is left, allow one update more invocations\.\n/.exec(
          message,
        ) ?? assert.fail(message);
      assert.equal(Number(done), await met("short"));
      assert.ok(Number(done) > before && Number(all) === ROWS, message);
      before = Number(done);
      assert.ok(updates < 20, "it is never done");
    }
    assert.ok(updates > 1, "it was done at once");
    await assertEachMetOnce("short");
  });

  it("migration step: with enough invocations finishes in one update, and the rest return at once", async () => {
    write("0002_long", backfilled("long", "1.1.0"));
    await up("1.1.0", CHAIN);
    const each = results(CHAIN);
    const finished = each.findIndex((result) => result?.more === false);
    assert.ok(finished >= 1, JSON.stringify(each));
    assert.deepEqual(
      each.map((result) => [result?.more, result?.applied]),
      each.map((_, index) => [index < finished, index === finished ? ["0002_long"] : []]),
    );
    for (const result of each.slice(finished + 1)) {
      assert.deepEqual(result?.alreadyApplied, ["0001_short", "0002_long"]);
    }
    await assertEachMetOnce("long");
  });

  it("migration step: stops at a failed invocation, and continues there in the next update", async () => {
    write("0003_wrong", backfilled("wrong", "1.2.0", "met + 100 / divisor - 99"));
    const running = failureOf(up("1.2.0", CHAIN));
    await untilThere("wrong");
    await query(`UPDATE wrong SET divisor = 0 WHERE id = ${ROWS - 50}`);
    const message = (await running) ?? "it did not fail";
    assert.match(
      message,
      /0003_wrong\.expand\.sql:9: division by zero \(SQLSTATE 22012\)\. .*\d+ rows are finished and kept/,
    );
    const kept = await met("wrong");
    assert.ok(kept > 0 && kept < ROWS, `${kept} rows are done`);

    await query("UPDATE wrong SET divisor = 1");
    await up("1.2.0", CHAIN);
    await assertEachMetOnce("wrong");
    assert.deepEqual(results(CHAIN).at(-1)?.more, false);
  });

  it("migration step: invokes nothing without a change, and only the new invocations of a longer chain", async () => {
    const invoked = ({ steps }: UpdateResult) =>
      steps
        .filter(({ type, op }) => /Invocation/.test(type) && op !== "same")
        .map(({ op, name }) => `${op} ${name}`);
    assert.deepEqual(invoked(await up("1.2.0", CHAIN)), []);
    const longer = await up("1.2.0", CHAIN + 2);
    assert.deepEqual(invoked(longer), [`create expand-${CHAIN}`, `create expand-${CHAIN + 1}`]);
  });

  it("migration step: trusts only the authorities of certificateAuthorityFile", async () => {
    const file = join(folder, "authorities.pem");
    writeFileSync(file, (await selfSignedCertificate("another", "127.0.0.1")).certificate);
    assert.match((await failureOf(up("1.2.0", 1, file))) ?? "", /The server's certificate is not trusted/);
    writeFileSync(file, simulator.databaseAuthority);
    await up("1.2.0", 1, file);
  });

  async function untilThere(table: string): Promise<void> {
    for (const endsAt = Date.now() + 60_000; Date.now() < endsAt; ) {
      const [row] = await query<{ there: boolean }>(`SELECT to_regclass('${table}') IS NOT NULL AS there`);
      if (row?.there) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    assert.fail(`there is no table ${table}`);
  }
});
