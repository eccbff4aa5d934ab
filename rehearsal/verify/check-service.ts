import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { ReceivedAnswer } from "../load/answer";
import type { HttpResponse } from "../load/http-client";
import { originOf } from "../load/origin";
import { ask, CHECK_LIMIT_MS, hasStatus, shownAnswer } from "./ask";
import type { RelayedExchange } from "./relay";
import type { Subject } from "./test-bed";
import type { VerifyContext } from "./verify-context";

const POLL_MS = 50;
const LOG_LINES = 5;

/** Waits until the service answers any request. @returns true if it does */
export async function checkStart(
  subject: Subject,
  limitSeconds: number,
  { application, results }: VerifyContext,
): Promise<boolean> {
  const { tier, instance, launchedMs } = subject;
  const { healthCheckPath } = application.tiers[tier];
  const deadline = launchedMs + limitSeconds * 1000;
  while (performance.now() < deadline) {
    if (typeof (await ask({ port: instance.port, path: healthCheckPath, limitMs: 1_000 })) !== "string") {
      const seconds = ((performance.now() - launchedMs) / 1000).toFixed(1);
      results.add("start", tier, "passed", `the first answer came ${seconds} s after the launch`);
      return true;
    }
    if (hasGivenUp(subject)) break;
    await sleep(POLL_MS);
  }
  const { exit } = instance;
  const how =
    exit === undefined
      ? `nothing listens on HOST and PORT after ${limitSeconds} s`
      : `the service ended (${exit.signal ?? `status ${exit.code}`})`;
  results.add("start", tier, "failed", `${how}. ${lastLines(subject)}`);
  return false;
}

/** True if the service has ended, and its unit does not start it again. */
function hasGivenUp({ instance }: Subject): boolean {
  return instance.exit !== undefined && /\[not restarted: /.test(logOf(instance.logFile));
}

export function logOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // Nothing was written yet.
  }
}

function lastLines({ instance }: Subject): string {
  const lines = logOf(instance.logFile).trim().split("\n").slice(-LOG_LINES).join("\n    ");
  return lines === "" ? "Its log is empty" : `Its log ends with:\n    ${lines}`;
}

export async function checkHealth(
  { tier, instance }: Subject,
  { application, results }: VerifyContext,
): Promise<void> {
  const path = application.tiers[tier].healthCheckPath;
  const answer = await ask({ port: instance.port, path });
  const problem = hasStatus(answer, 200) ? undefined : `GET ${path}: ${shownAnswer(answer)}`;
  results.report("health", tier, problem, `GET ${path}: 200`);
}

export async function checkReadiness(
  { tier, instance }: Subject,
  { application, results }: VerifyContext,
): Promise<void> {
  const path = application.tiers[tier].readinessPath;
  if (path === undefined) {
    results.add("readiness", tier, "not exercised", "the tier has no readinessPath");
    return;
  }
  const answer = await becomes(200, instance.port, path, CHECK_LIMIT_MS);
  const problem = hasStatus(answer, 200)
    ? undefined
    : `GET ${path}: ${shownAnswer(answer)}, and all that it needs answers`;
  results.report("readiness", tier, problem, `GET ${path}: 200`);
}

/** Asks until the answer has the status, for a time. @returns the last answer */
export async function becomes(
  status: number,
  port: number,
  path: string,
  limitMs: number,
): Promise<HttpResponse | string> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask({ port, path });
    if (hasStatus(answer, status) || performance.now() > deadline) return answer;
    await sleep(POLL_MS);
  }
}

/** Compares GET /version with the environment of the service. */
export async function checkVersion(subject: Subject, { results }: VerifyContext): Promise<void> {
  const { tier, color, version, instance } = subject;
  const answer = await ask({ port: instance.port, path: "/version" });
  const body = typeof answer === "string" ? undefined : new ReceivedAnswer(answer).json;
  if (!hasStatus(answer, 200) || typeof body !== "object" || body === null) {
    const got = hasStatus(answer, 200) ? "200 without a JSON object" : shownAnswer(answer);
    results.add("version", tier, "failed", `GET /version: ${got}`);
    return;
  }
  const said = body as Readonly<Record<string, unknown>>;
  const wrong = Object.entries({ color, version }).filter(([key, value]) => said[key] !== value);
  const differences = wrong.map(([key, value]) => `${key} is ${show(said[key])} instead of ${show(value)}`);
  results.report("version", tier, differences.join(", ") || undefined, `${color} ${version}`);
  results.report(
    "instance",
    tier,
    said.instance === instance.id
      ? undefined
      : `instance is ${show(said.instance)} instead of ${show(instance.id)}`,
    instance.id,
  );
}

/** Compares the answers to users with the environment of the web instance and the app instance. */
export function checkAnswers(
  exchanges: readonly RelayedExchange[],
  { web, app }: { readonly web: Subject; readonly app: Subject },
  { application: { load }, results }: VerifyContext,
): void {
  if (exchanges.length === 0) return;
  const expected = {
    ...{ color: web.color, version: web.version, instance: web.instance.id },
    ...{ appColor: app.color, appVersion: app.version },
  };
  const origins = exchanges.map(({ answer, status }) =>
    originOf(new ReceivedAnswer({ ...answer, status }), load.answers),
  );
  const named = origins.filter(({ color, version }) => color !== undefined || version !== undefined).length;
  const wrong = origins
    .flatMap((origin) => Object.entries(origin))
    .find(([key, value]) => value !== expected[key as keyof typeof expected]);
  const problem =
    named === 0
      ? `none of ${exchanges.length} answers names a color or a version`
      : wrong &&
        `${wrong[0]} is ${show(wrong[1])} instead of ${show(expected[wrong[0] as keyof typeof expected])}`;
  results.report(
    "answers",
    undefined,
    problem,
    `${named} of ${exchanges.length} answers name their color or version`,
  );
}

/** Looks for passwords of the database in the output of a service. */
export function checkLog({ tier, instance }: Subject, { bed, results }: VerifyContext): void {
  const log = logOf(instance.logFile);
  const problem = bed.passwords.some((each) => log.includes(each)) ? "its output has a password" : undefined;
  const lines = log.split("\n").filter((line) => line !== "" && !/^\[exited: .*\]$/.test(line)).length;
  results.report("logs", tier, problem, `${lines} lines without a password`);
}

function show(value: unknown): string {
  return value === undefined ? "missing" : JSON.stringify(value);
}
