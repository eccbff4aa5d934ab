import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { alive, until } from "./support";

describe("a program that is killed", () => {
  it("leaves no instance of its cloud behind, not even one that hangs", async () => {
    const directory = await mkdtemp(join(tmpdir(), "changeover-cloud-"));
    const args = ["--require", "tsx/cjs", join(__dirname, "doomed-program.ts"), directory];
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
});
