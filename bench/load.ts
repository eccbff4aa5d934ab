/**
 * What the load generator can do on this machine, as JSON: the rates it keeps up with and its own lateness, and
 * whether it tells the truth about a freeze of known length. `node --require tsx/cjs bench/load.ts [SECONDS [RATE ...]]`
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LoadFigures, startLoad } from "../rehearsal/load";

const freezeMs = 1_000;
const [seconds = 5, ...rates] = process.argv.slice(2).map(Number);

async function measure(requestsPerSecond: number, server: ChildProcess, freeze: boolean) {
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
    if (freeze) server.send(freezeMs);
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

/** CPU seconds and memory of the generator's process, on Linux. */
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

async function withServer(requestsPerSecond: number, freeze: boolean) {
  const server = fork(join(__dirname, "load-server.ts"), {
    execArgv: ["--require", require.resolve("tsx/cjs")],
  });
  try {
    return { requestsPerSecond, ...(await measure(requestsPerSecond, server, freeze)) };
  } finally {
    const exited = once(server, "exit");
    server.disconnect();
    await exited;
  }
}

async function main(): Promise<void> {
  const steady = [];
  for (const rate of rates.length > 0 ? rates : [200, 500, 1_000, 2_000])
    steady.push(await withServer(rate, false));
  const frozen = await withServer(200, true);
  console.log(JSON.stringify({ seconds, steady, freeze: { truthMs: freezeMs, ...frozen } }, null, 2));
}

void main();
