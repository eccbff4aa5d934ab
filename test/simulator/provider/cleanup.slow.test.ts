import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFleet, createSite } from "../site";
import { alive, until, withSimulator } from "../stack";

describe("simulator: cleanup", () => {
  it("cleanup: instances end when their program is killed, including a frozen one", async () => {
    const directory = await mkdtemp(join(tmpdir(), "changeover-simulator-"));
    const args = [
      "--require",
      require.resolve("../../../build/start/register"),
      join(__dirname, "killed-program.ts"),
      directory,
    ];
    const program = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
    let pids: number[] = [];
    try {
      const [line] = await once(program.stdout, "data");
      pids = JSON.parse(String(line));
      assert.equal(pids.length, 2);
      assert.ok(pids.every(alive));
      program.kill("SIGKILL");
      await until("the end of all instances", () => !pids.some(alive));
    } finally {
      program.kill("SIGKILL");
      for (const pid of pids.filter(alive)) process.kill(pid, "SIGKILL");
      await rm(directory, { recursive: true, force: true });
    }
  });

  it("cleanup: close aborts the running steps and stops what they started", async () => {
    const steps: Promise<unknown>[] = [];
    let pids: number[] = [];
    await withSimulator(async (stack) => {
      const site = await createSite(stack);
      const sick = createFleet(stack, site, { version: "1.0.0", environment: { SICK: "1" } });
      steps.push(assert.rejects(sick, /capacity satisfied: cancelled \(last state: 'want at least 2/));
      const login = { username: "master", password: "a-long-password" };
      const database = { engine: "postgres", ...login, skipFinalSnapshot: true };
      steps.push(stack.create("aws:rds/instance:Instance", "data", database));
      await until("two instances", () => stack.simulator.instances().length === 2);
      pids = stack.simulator.instances().flatMap(({ pid }) => pid ?? []);
      await stack.simulator.close();
      assert.equal(stack.simulator.databases().size, 0);
      await assert.rejects(
        stack.create("aws:ec2/vpc:Vpc", "net", { cidrBlock: "10.0.0.0/16" }),
        /simulator is closed/,
      );
    });
    await Promise.all(steps);
    assert.deepEqual(pids.filter(alive), []);
  });
});
