import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { InProcessEngine } from "../../engine/deploy/in-process-engine";
import { StackState } from "../../engine/state/stack-state";
import type { Properties } from "../../engine/values/values";
import { createSimulator, type Simulator } from "../../simulator";
import { User } from "./support/client";
import { until } from "./support/until";

const BLUE = { blueVersion: "1.0.0" };
const DEPLOYED = { ...BLUE, greenVersion: "1.1.0" };
const FLIPPED = { ...DEPLOYED, live: "green" };
const RETIRED = { ...FLIPPED, idle: "off" };
const ONE_INSTANCE = JSON.stringify({ minInstances: 1, maxInstances: 2 });

/** The output `release` of an earlier version of the program, with a single login. */
const FORMER_RELEASE = { live: "blue", versions: { blue: "1.0.0" }, weights: { blue: 100, green: 0 } };

describe("a stack with one login for both colors, upgraded", function () {
  this.timeout(300_000);
  const state = new StackState({ outputs: { release: FORMER_RELEASE } });
  let directory: string;
  let simulator: Simulator;
  let engine: InProcessEngine;

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "changeover-logins-"));
    simulator = await createSimulator({ directory, timeScale: 40 });
    engine = new InProcessEngine({
      programDirectory: resolve(__dirname, "../.."),
      stack: "dev",
      provider: simulator.providers,
      state,
    });
    // With this output, the program keeps the shared login for blue.
    await up(BLUE);
    const { url } = state.outputs;
    state.outputs = { ...(url !== undefined && { url }), release: FORMER_RELEASE };
  });
  after(async () => {
    await simulator?.close();
    await rm(directory, { recursive: true, force: true });
  });

  function up(config: Readonly<Record<string, string>>) {
    const common = { drainSeconds: "5", gateTimeoutSeconds: "60", web: ONE_INSTANCE, app: ONE_INSTANCE };
    const all: Properties = Object.fromEntries(
      Object.entries({ ...common, ...config }).map(([key, value]) => [`changeover:${key}`, value]),
    );
    return engine.up({ config: all });
  }

  const release = async () => (await engine.outputs()).release as { logins: Record<string, string> };
  const url = async () => String((await engine.outputs()).url);

  /** Runs SQL as the owner of the server. */
  async function sql<Row>(text: string): Promise<Row[]> {
    const [postgres] = simulator.databases().values();
    assert.ok(postgres);
    const { host, port, user, password } = postgres;
    const client = new Client({ host, port, user, password, database: "postgres" });
    await client.connect();
    try {
      return (await client.query(text)).rows;
    } finally {
      await client.end();
    }
  }

  async function sessions(): Promise<Record<string, string>> {
    const rows = await sql<{ name: string; role: string }>(
      `SELECT DISTINCT application_name AS name, usename AS role FROM pg_stat_activity
        WHERE application_name LIKE 'changeover:%'`,
    );
    return Object.fromEntries(rows.map(({ name, role }) => [name, role]));
  }

  async function rolesThatLogIn(): Promise<string[]> {
    const rows = await sql<{ name: string }>(
      "SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^changeover_(app|blue|green)' AND rolcanlogin ORDER BY 1",
    );
    return rows.map(({ name }) => name);
  }

  /** Writes and reads records while `work` runs. @returns the failed requests */
  async function failuresDuring(work: () => Promise<unknown>): Promise<unknown[]> {
    const user = await new User(await url()).login("ann");
    const failures: unknown[] = [];
    let running = true;
    let requests = 0;
    const load = (async () => {
      for (; running; requests++) {
        const { status, body } = await user.post("/records", { patientName: "Ada Lovelace", note: "x" });
        if (status !== 201) failures.push([status, body]);
        await sleep(20);
      }
    })();
    await work();
    await until(() => requests > 20);
    running = false;
    await load;
    return failures;
  }

  it("upgrade: running instances keep the shared login, and no request fails", async () => {
    const before = simulator.instances().map(({ id }) => id);
    assert.deepEqual(await failuresDuring(() => up(BLUE)), []);
    assert.deepEqual(
      simulator.instances().map(({ id }) => id),
      before,
    );
    assert.deepEqual((await release()).logins, { blue: "shared" });
    assert.deepEqual(await sessions(), { "changeover:blue:1.0.0": "changeover_app" });
    assert.deepEqual(await rolesThatLogIn(), ["changeover_app"]);
  });

  it("upgrade: the next deployment has its own login, and the other color keeps the shared one", async () => {
    assert.deepEqual(await failuresDuring(() => up(DEPLOYED)), []);
    assert.deepEqual((await release()).logins, { blue: "shared", green: "own" });
    await up(FLIPPED);
    assert.deepEqual(await failuresDuring(() => sleep(500)), []);
    assert.deepEqual(await sessions(), {
      "changeover:blue:1.0.0": "changeover_app",
      "changeover:green:1.1.0": "changeover_green",
    });
  });

  it("password: a replaced one is set in the database too, and no request of the running instances fails", async () => {
    const [login] = await sql<{ before: string }>(
      "SELECT rolpassword AS before FROM pg_authid WHERE rolname = 'changeover_green'",
    );
    const [password] = state.all().filter(({ urn }) => urn.endsWith("RandomPassword::dev-green-login"));
    assert.ok(password);
    state.resources.delete(password.urn);
    const failures = await failuresDuring(async () => {
      const { steps } = await up(FLIPPED);
      const changed = steps.filter(({ op }) => op !== "same" && op !== "read").map(({ name }) => name);
      assert.ok(
        changed.some((name) => name.startsWith("dev-expand")),
        changed.join(", "),
      );
      await sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'changeover_green'");
    });
    assert.deepEqual(failures, []);
    const [now] = await sql<{ after: string }>(
      "SELECT rolpassword AS after FROM pg_authid WHERE rolname = 'changeover_green'",
    );
    assert.notEqual(now?.after, login?.before);
  });

  it("database outage: instances stay healthy and none is terminated, while readiness fails", async () => {
    const ids = () => simulator.instances().map(({ id }) => id);
    const before = ids();
    const [postgres] = simulator.databases().values();
    assert.ok(postgres);
    const user = new User(await url());
    assert.equal((await user.get("/readyz")).status, 200);
    await postgres.halt();
    try {
      // 240 s of AWS's time: several health checks, and the end of the grace period.
      for (const endsAt = Date.now() + 6_000; Date.now() < endsAt; await sleep(250)) {
        assert.equal((await user.get("/healthz")).status, 200);
      }
      assert.equal((await user.get("/readyz")).status, 200); // Web instances reach the application instances.
      const app = simulator.instances().filter(({ group }) => group.includes("-app-green"));
      for (const { port } of app) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
        assert.equal(answer.status, 503); // The application instances do not reach the database.
      }
      assert.deepEqual(ids(), before);
    } finally {
      await postgres.restart();
    }
    assert.deepEqual(await failuresDuring(() => sleep(500)), []);
    assert.deepEqual(ids(), before);
  });

  it("contract: the login of the retired color and the shared one end before it", async () => {
    assert.deepEqual(await failuresDuring(() => up(RETIRED)), []);
    assert.deepEqual(await rolesThatLogIn(), ["changeover_green"]);
    assert.deepEqual(await failuresDuring(() => up({ ...RETIRED, contractThrough: "0002_split_name" })), []);
    assert.deepEqual(await sessions(), { "changeover:green:1.1.0": "changeover_green" });
    // Redeployed, blue has a login of its own.
    await up({ ...FLIPPED, blueVersion: "1.1.0", contractThrough: "0002_split_name" });
    assert.deepEqual((await release()).logins, { blue: "own", green: "own" });
    assert.deepEqual(await rolesThatLogIn(), ["changeover_blue", "changeover_green"]);
  });
});
