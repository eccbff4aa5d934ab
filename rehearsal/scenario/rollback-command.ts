import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Engine } from "../../engine/deploy/engine";
import type { Simulator } from "../../simulator";

const COMMAND = join(__dirname, "..", "..", "cli", "changeover.js");
const LIMIT_MS = 60_000;

export interface CommandRun {
  readonly status: number | null;
  readonly output: string;
  readonly seconds: number;
}

/** Runs `changeover rollback` with the stack's outputs in a file, as without Pulumi's backend. */
export async function runRollbackCommand(
  engine: Engine,
  simulator: Simulator,
  onStart: () => void,
): Promise<CommandRun> {
  const folder = mkdtempSync(join(tmpdir(), "changeover-outputs-"));
  try {
    const file = join(folder, "outputs.json");
    writeFileSync(file, JSON.stringify(await engine.outputs()));
    const args = [COMMAND, "rollback", "--outputs", file, "--yes", "--reason", "errors of the new version"];
    const startedAt = performance.now();
    onStart();
    const child = spawn(process.execPath, args, {
      env: {
        ...process.env,
        AWS_ENDPOINT_URL: simulator.endpoint,
        AWS_ACCESS_KEY_ID: "rehearsal",
        AWS_SECRET_ACCESS_KEY: "rehearsal",
        CHANGEOVER_ACTOR: "rehearsal",
      },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: LIMIT_MS,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (text) => {
        output += String(text);
      });
    }
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", resolve);
    });
    return { status, output, seconds: (performance.now() - startedAt) / 1000 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
