import { setTimeout as sleep } from "node:timers/promises";
import type { Application, TierName } from "../../contract";
import type { HttpResponse } from "../load/http-client";
import { JourneyTrial } from "../load/journey-trial";
import { ask, hasStatus, shownAnswer } from "./ask";
import type { RelayedExchange } from "./relay";
import type { RequirementResults } from "./requirements";
import { DRAIN_SECONDS, type Subject, type TestBed } from "./test-bed";
import type { VerifyContext } from "./verify-context";

/** Maximum number of recorded requests to try until one stays open while the database and the app tier are blocked. */
const MAX_TRIED = 6;
/** A request that is answered within this time does not depend on the blocked database or app tier. */
const PROMPT_MS = 300;
/** Time from SIGTERM to the health check request, and from there to the unblocking of the database and the app tier. */
const STEP_MS = 250;
const ANSWER_LIMIT_MS = 15_000;

/** Stops an instance while a request is open, and checks the requirements of the shutdown. */
export async function checkStop(
  subject: Subject,
  { bed, application, results }: VerifyContext,
): Promise<void> {
  const { tier } = subject;
  const open = await openRequest(subject, bed);
  const devices = tier === "web" ? attachDevices(subject, application, results) : undefined;
  if (devices !== undefined) await sleep(STEP_MS);
  const startedMs = performance.now();
  const ended = subject.instance.terminate(DRAIN_SECONDS + 2).then(() => performance.now() - startedMs);
  await sleep(STEP_MS);
  const path = application.tiers[tier].healthCheckPath;
  const health = await ask({ port: subject.instance.port, path, limitMs: 1_000 });
  const isHealthy = hasStatus(health, 200);
  results.report(
    "stop-health",
    tier,
    isHealthy ? `GET ${path}: 200` : undefined,
    `GET ${path}: ${shownAnswer(health)}`,
  );
  devices?.end();
  await sleep(STEP_MS);
  if (open !== undefined) await reportOpenRequest(tier, open, results);
  else {
    const reason = "no request of the load was open long enough";
    results.add("stop-open-requests", tier, "not exercised", reason);
    results.add("stop-connection-close", tier, "not exercised", reason);
  }
  await devices?.done;
  reportExit(subject, await ended, results);
}

interface OpenRequest {
  readonly exchange: RelayedExchange;
  readonly answer: Promise<HttpResponse | string>;
  readonly release: () => Promise<void>;
}

/** Opens a request of the load that waits for the database or the next tier. Reads are tried first. */
async function openRequest({ tier, instance }: Subject, bed: TestBed): Promise<OpenRequest | undefined> {
  const relay = bed.relays.app;
  for (const exchange of candidates(bed.relays[tier].exchanges, bed.options.application, tier)) {
    const unlock = await bed.holdDatabase();
    relay.holdMs = tier === "web" ? 4 * STEP_MS + PROMPT_MS : 0;
    const release = async () => {
      relay.holdMs = 0;
      await unlock();
    };
    const { method, path, headers, body } = exchange;
    const sent = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || /^(connection|content-length|transfer-encoding)$/.test(name)
        ? []
        : [[name, String(value)]],
    );
    const answer = ask({
      ...{ port: instance.port, method, path, limitMs: ANSWER_LIMIT_MS },
      headers: Object.fromEntries(sent),
      ...(body.length > 0 && { body: body.toString("latin1") }),
    });
    const isPrompt = await Promise.race([answer.then(() => true), sleep(PROMPT_MS, false)]);
    if (!isPrompt) return { exchange, answer, release };
    await release();
  }
  return undefined;
}

function candidates(
  exchanges: readonly RelayedExchange[],
  application: Application,
  tier: TierName,
): RelayedExchange[] {
  const { healthCheckPath, readinessPath } = application.tiers[tier];
  const byForm = new Map<string, RelayedExchange>();
  for (const exchange of exchanges) {
    const { method, path, status } = exchange;
    if (status >= 400 || [healthCheckPath, readinessPath, "/version"].includes(path)) continue;
    byForm.set(`${method} ${path.replace(/\d+/g, "0")}`, exchange);
  }
  const all = [...byForm.values()].reverse();
  const isRead = ({ method }: RelayedExchange) => method === "GET";
  return [...all.filter(isRead), ...all.filter((each) => !isRead(each))].slice(0, MAX_TRIED);
}

async function reportOpenRequest(
  tier: TierName,
  { exchange, answer, release }: OpenRequest,
  results: RequirementResults,
): Promise<void> {
  await release();
  const got = await answer;
  const asked = `${exchange.method} ${exchange.path}, which was open at SIGTERM`;
  // A service that is not ready answers with an error, whatever it does at SIGTERM.
  const isReady = results.outcomeOf("readiness", tier) !== "failed";
  const isAnswered = typeof got !== "string" && (got.status < 500 || !isReady);
  results.report(
    "stop-open-requests",
    tier,
    isAnswered ? undefined : `${asked}: ${shownAnswer(got)}`,
    `${asked}: ${shownAnswer(got)}`,
  );
  if (typeof got === "string") {
    results.add("stop-connection-close", tier, "not exercised", "there was no answer after SIGTERM");
    return;
  }
  const connection = got.headers.connection ?? "missing";
  const isClosing = /\bclose\b/i.test(connection);
  results.report(
    "stop-connection-close",
    tier,
    isClosing ? undefined : `${asked}: the header Connection is ${connection}`,
    asked,
  );
}

function reportExit({ tier, instance }: Subject, tookMs: number, results: RequirementResults): void {
  const { exit } = instance;
  const seconds = (tookMs / 1000).toFixed(1);
  const isLate = tookMs > (DRAIN_SECONDS + 1) * 1000;
  const how = exit === undefined ? "did not end" : `ended with ${exit.signal ?? `status ${exit.code}`}`;
  const isGood = exit?.code === 0 && !isLate;
  const limit = isLate ? `; drainSeconds was ${DRAIN_SECONDS}` : "";
  results.report(
    "stop-exit",
    tier,
    isGood ? undefined : `the service ${how} after ${seconds} s${limit}`,
    `exit status 0 after ${seconds} s`,
  );
}

/** Starts an upload and a WebSocket that are open at SIGTERM. */
function attachDevices({ instance }: Subject, application: Application, results: RequirementResults) {
  const { upload, socket } = application.load;
  let end: () => void = () => undefined;
  const ending = new Promise<void>((resolve) => {
    end = resolve;
  });
  const trial = new JourneyTrial(`http://127.0.0.1:${instance.port}`, application.load);
  const uploaded = async () => {
    if (upload === undefined) return;
    const { uploads, failures } = await trial.upload(() => ending);
    const problem =
      uploads.cut > 0
        ? `an upload that was open at SIGTERM was cut: ${failures[0]?.detail ?? ""}`
        : undefined;
    results.report(
      "uploads",
      undefined,
      problem,
      "one upload before and one during SIGTERM were stored whole",
    );
  };
  const talked = async () => {
    if (socket === undefined) return;
    // The device connects again, which a stopping instance need not accept.
    const { failures } = await trial.socket(() =>
      ending.then(() => sleep(DRAIN_SECONDS * 500 + 2 * STEP_MS)),
    );
    const problem = failures.find(({ kind }) => kind === "socket-closed" || kind === "unacknowledged");
    results.report(
      "sockets",
      undefined,
      problem && `after SIGTERM: ${problem.detail}`,
      "messages were acknowledged, also during SIGTERM",
    );
  };
  const done = Promise.all([uploaded(), talked()]).finally(() => trial.close());
  return { end, done };
}
