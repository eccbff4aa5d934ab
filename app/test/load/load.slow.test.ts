import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadRun, loadFiguresSchema, loadOutcome, startLoad } from "../../../rehearsal/load";
import { type SampleServer, startSampleServer } from "../../../test/rehearsal/load/sample-server";

const small = {
  programDirectory: join(__dirname, "..", "..", ".."),
  requestsPerSecond: 200,
  sessions: 20,
  uploads: { concurrent: 1, bytes: 50_000, durationSeconds: 0.5 },
  webSockets: 1,
};

describe("load: startLoad", () => {
  let server: SampleServer;
  let run: LoadRun | undefined;

  beforeEach(async () => {
    server = await startSampleServer();
  });

  afterEach(async () => {
    await run?.stop().catch(() => undefined);
    run = undefined;
    await server.close();
  });

  it("runs in a process of its own, so that it measures a freeze of this one", async () => {
    run = startLoad({ url: server.url, ...small });
    await run.started;
    assert.equal(run.snapshot().requests.failed, 0);
    await sleep(300);
    run.mark("freeze");
    // The server's process freezes, as with SIGSTOP.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    await sleep(300);
    const figures = await run.stop();
    assert.equal(run.stop(), run.stop());
    loadFiguresSchema.parse(figures);
    assert.deepEqual([figures.requests.failed, figures.answers.wrong, figures.uploads.cut], [0, 0, 0]);
    assert.notEqual(loadOutcome(figures).outcome, "failed");
    assert.ok(
      figures.stall.longestMs >= 950 && figures.stall.longestMs < 3_000,
      JSON.stringify(figures.stall),
    );
    assert.deepEqual(
      figures.marks.map(({ name }) => name),
      ["freeze"],
    );
    assert.ok(figures.uploads.total >= 1 && figures.webSockets.acknowledged >= 1);
  });

  it("reports figures each second", async () => {
    run = startLoad({ url: server.url, ...small });
    const totals: number[] = [];
    run.on("progress", ({ requests }) => totals.push(requests.total));
    for (const endMs = Date.now() + 8_000; totals.length < 2 && Date.now() < endMs; ) await sleep(20);
    assert.ok(totals.length >= 2 && (totals[1] ?? 0) > (totals[0] ?? 0), `${totals}`);
  });

  it("rejects when the generator ended unexpectedly", async () => {
    run = startLoad({ url: server.url, ...small });
    await run.started;
    process.kill(run.pid ?? 0, "SIGKILL");
    await assert.rejects(
      run.stop(),
      /load generator ended unexpectedly \(SIGKILL\), so nothing was measured/,
    );
  });

  it("ends with its caller when that is killed", async () => {
    const caller: ChildProcess = fork(join(__dirname, "caller.ts"), [server.url], {
      execArgv: ["--require", require.resolve("../../../build/start/register")],
    });
    const [worker] = (await once(caller, "message")) as [number];
    process.kill(worker, 0);
    caller.kill("SIGKILL");
    await once(caller, "exit");
    for (const endMs = Date.now() + 5_000; isRunning(worker) && Date.now() < endMs; ) await sleep(20);
    assert.ok(!isRunning(worker), "the generator ended with its caller");
  });
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
