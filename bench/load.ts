import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadFigures, startLoad } from "../rehearsal/load";
import { forkSource } from "./fork-source";

const FREEZE_MS = 1_000;

export interface BenchLoadOptions {
  readonly seconds: number;
  readonly rates: readonly number[];
}

/**
 * Measures the load generator: the request rates that it can sustain, its own lateness, and the stall that it reports
 * when the server freezes for a known time.
 */
export async function benchLoad({ seconds, rates }: BenchLoadOptions) {
  const steady = [];
  for (const rate of rates) steady.push(await withServer(rate, seconds, false));
  const frozen = await withServer(200, seconds, true);
  return { seconds, steady, freeze: { truthMs: FREEZE_MS, ...frozen } };
}

async function measure(requestsPerSecond: number, seconds: number, server: ChildProcess, freeze: boolean) {
  const [url] = (await once(server, "message")) as [string];
  const run = startLoad({
    programDirectory: join(__dirname, ".."),
    url,
    requestsPerSecond,
    sessions: 200,
    uploads: { concurrent: 4, bytes: 500_000, durationSeconds: 3 },
    webSockets: 10,
  });
  try {
    await run.started;
    await sleep(seconds * 500);
    if (freeze) server.send(FREEZE_MS);
    await sleep(seconds * 500);
    const usage = usageOf(run.pid);
    return { ...summary(await run.stop()), ...usage };
  } finally {
    await run.stop().catch(() => undefined);
  }
}

function summary({
  requests,
  sessions,
  uploads,
  answers,
  latency,
  stall,
  generator,
  noisy,
  ...rest
}: LoadFigures) {
  return {
    requests,
    lost: sessions.lost,
    cut: uploads.cut,
    wrong: answers.wrong,
    failuresByKind: rest.failuresByKind,
    latency,
    stall,
    generator,
    noisy,
    noisyReasons: rest.noisyReasons,
  };
}

/** Reads CPU seconds and memory of the generator's process. Linux only. */
function usageOf(pid: number | undefined) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const residentKb = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return {
      cpuSeconds: (Number(stat[11]) + Number(stat[12])) / 100,
      residentMb: Math.round(Number(residentKb) / 1024),
    };
  } catch {
    return { cpuSeconds: null, residentMb: null };
  }
}

async function withServer(requestsPerSecond: number, seconds: number, freeze: boolean) {
  const server = forkSource("load-server.ts");
  try {
    return { requestsPerSecond, ...(await measure(requestsPerSecond, seconds, server, freeze)) };
  } finally {
    const exited = once(server, "exit");
    server.disconnect();
    await exited;
  }
}
