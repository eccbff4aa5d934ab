import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TierName } from "../../../contract";
import { bundleTier } from "../../bundle-tier";

/** A process of the real bundle. */
export interface Instance {
  readonly url: string;
  readonly port: number;
  readonly process: ChildProcess;
  /** All lines so far, of stdout and stderr. */
  readonly lines: readonly string[];
  /** Resolves to the exit code, or to the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals | null>;
  /** SIGTERM, and SIGKILL when that takes longer than 15 s. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

const START_LIMIT_MS = 15_000;

function spawnBundle(tier: TierName, version: string, environment: Record<string, string>) {
  const child = spawn(process.execPath, [bundleTier(tier, version).file], {
    env: { TIER: tier, VERSION: version, HOST: "127.0.0.1", PORT: "0", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lines: string[] = [];
  const exit = once(child, "exit").then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals | null,
  );
  const output = [child.stdout, child.stderr].map((stream) => {
    const reader = createInterface({ input: stream });
    reader.on("line", (line) => lines.push(line));
    return reader;
  });
  return { child, lines, exit, output };
}

/** For a start that must fail. */
export async function runToEnd(tier: TierName, version: string, environment: Record<string, string>) {
  const { child, lines, exit, output } = spawnBundle(tier, version, environment);
  const kill = setTimeout(() => child.kill("SIGKILL"), START_LIMIT_MS * 2);
  await Promise.all([exit, ...output.map((reader) => once(reader, "close"))]);
  clearTimeout(kill);
  return { code: await exit, lines };
}

export async function startInstance(
  tier: TierName,
  version: string,
  environment: Record<string, string>,
): Promise<Instance> {
  const { child, lines, exit, output } = spawnBundle(tier, version, environment);
  const ready = new Promise<number>((resolve) => {
    output[0]?.on("line", (line) => {
      const [, port] = /"msg":"ready at http:\/\/127\.0\.0\.1:(\d+)"/.exec(line) ?? [];
      if (port !== undefined) resolve(Number(port));
    });
  });
  const late = new Promise<never>((_, reject) => {
    const timer = setTimeout(() => reject(new Error("not ready in time")), START_LIMIT_MS);
    void exit.then((code) => {
      clearTimeout(timer);
      reject(new Error(`ended with ${code}`));
    });
    void ready.then(() => clearTimeout(timer));
  });
  late.catch(() => {});
  const port = await Promise.race([ready, late]).catch((error: Error) => {
    child.kill("SIGKILL");
    throw new Error(`${tier} ${version} did not start: ${error.message}\n${lines.join("\n")}`);
  });
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    process: child,
    lines,
    exit,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      const kill = setTimeout(() => child.kill("SIGKILL"), 15_000);
      const code = await exit;
      clearTimeout(kill);
      return code;
    },
  };
}
