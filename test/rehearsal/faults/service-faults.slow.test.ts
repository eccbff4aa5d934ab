import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createServiceFaults, type ServiceFault } from "../../../rehearsal/faults/stage/service-faults";

const SERVICE = `
  require("node:http").createServer((request, response) => {
    response.setHeader("x-instance", "i-1");
    response.end(String(Date.now()));
  }).listen(0, "127.0.0.1", function () { console.log(this.address().port); });
`;
const TAGS = { "changeover:tier": "web", "changeover:color": "green", "changeover:version": "1.1.0" };

describe("service faults", function () {
  this.timeout(60_000);
  let folder: string;
  let child: ChildProcess | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "changeover-test-"));
  });
  afterEach(() => {
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  const start = async (...atStart: ServiceFault[]) => {
    const faults = createServiceFaults(folder);
    faults.set(...atStart);
    const tags = { CHANGEOVER_INSTANCE_TAGS: JSON.stringify(TAGS) };
    child = spawn(process.execPath, ["-e", SERVICE], {
      env: { ...process.env, ...faults.environment, ...tags },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { faults, child };
  };
  const serve = async () => {
    const { faults, child } = await start();
    const [port] = (await once(child.stdout as NodeJS.ReadableStream, "data")) as [Buffer];
    const get = (path = "/records") => fetch(`http://127.0.0.1:${String(port).trim()}${path}`);
    const set = async (...next: ServiceFault[]) => {
      faults.set(...next);
      await sleep(300);
    };
    return { set, get };
  };

  it("service fault: a share of the requests fails with the headers of the service, except healthy paths", async () => {
    const { set, get } = await serve();
    await set({ kind: "errors", tier: "web", color: "green", share: 0.5, healthyPaths: ["/healthz"] });
    const responses = await Promise.all(Array.from({ length: 10 }, () => get()));
    assert.equal(responses.filter(({ status }) => status === 500).length, 5);
    assert.ok(responses.every(({ headers }) => headers.get("x-instance") === "i-1"));
    assert.equal((await get("/healthz?deep=1")).status, 200);
    await set();
    assert.equal((await get()).status, 200);
  });

  it("service fault: another color, tier or version behaves as usual", async () => {
    const { set, get } = await serve();
    const errors = { kind: "errors", share: 1, healthyPaths: [] } as const;
    await set({ ...errors, color: "blue" }, { ...errors, tier: "app" }, { ...errors, version: "1.0.0" });
    assert.equal((await get()).status, 200);
  });

  it("service fault: requests are slow, and the clock is ahead", async () => {
    const { set, get } = await serve();
    await set(
      { kind: "slow", delayMs: 400, healthyPaths: [] },
      { kind: "clock", version: "1.1.0", aheadSeconds: 3_600 },
    );
    const startedAt = Date.now();
    const remote = Number(await (await get()).text());
    assert.ok(Date.now() - startedAt >= 395);
    assert.ok(Math.abs(remote - Date.now() - 3_600_000) < 60_000, `${remote - Date.now()} ms ahead`);
  });

  it("service fault: a version crashes at its start", async () => {
    const { child } = await start({ kind: "crash", version: "1.1.0" });
    const [code] = await once(child, "exit");
    assert.equal(code, 1);
  });
});
