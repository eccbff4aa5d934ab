import { ask, CHECK_LIMIT_MS, hasStatus, shownAnswer } from "./ask";
import { BACK_LIMIT_MS } from "./check-database";
import { becomes, checkVersion } from "./check-service";
import type { Subject } from "./test-bed";
import type { VerifyContext } from "./verify-context";

/**
 * Takes the database and the tier `app` away from running services, launches others meanwhile, and brings both back.
 *
 * @param nextVersion version of the launched services; their color is green
 * @returns the launched services that are ready
 */
export async function checkWithoutDependencies(
  running: readonly Subject[],
  nextVersion: string,
  context: VerifyContext,
): Promise<readonly Subject[]> {
  const { bed, application, results } = context;
  bed.relays.app.isAway = true;
  await bed.database.halt();
  let launched: readonly Subject[] = [];
  try {
    launched = await Promise.all(running.map(({ tier }) => bed.launch(tier, "green", nextVersion)));
    await Promise.all(running.map((each) => checkRunning(each, context)));
    await Promise.all(launched.map((each) => checkStarting(each, context)));
  } finally {
    bed.relays.app.isAway = false;
    await bed.database.restart();
  }
  await Promise.all(running.map((each) => checkRecovered(each, context)));
  const started: Subject[] = [];
  // The tier web is ready only if the tier app is.
  for (const each of [...launched].sort((left, right) => left.tier.localeCompare(right.tier))) {
    const isAlone = application.tiers[each.tier].calls.includes("app") && started.length === 0;
    if (isAlone)
      results.add("start-without-database", each.tier, "not exercised", "the tier app did not start");
    else if (await checkStarted(each, context)) started.push(each);
  }
  return started;
}

async function checkRecovered(
  { tier, instance }: Subject,
  { application, results }: VerifyContext,
): Promise<void> {
  const { readinessPath } = application.tiers[tier];
  if (readinessPath === undefined || results.outcomeOf("readiness", tier) === "failed") return;
  const answer = await becomes(200, instance.port, readinessPath, BACK_LIMIT_MS);
  if (hasStatus(answer, 200)) return;
  const problem = `GET ${readinessPath}: ${shownAnswer(answer)} ${BACK_LIMIT_MS / 1000} s after all that it needs was back`;
  results.add("readiness", tier, "failed", problem);
}

async function checkRunning(
  { tier, instance }: Subject,
  { application, results }: VerifyContext,
): Promise<void> {
  const { healthCheckPath, readinessPath, calls } = application.tiers[tier];
  const { port } = instance;
  const away = `while ${calls.join(" and ")} did not answer`;
  if (results.outcomeOf("health", tier) === "passed") {
    const health = await ask({ port, path: healthCheckPath });
    const seen = `GET ${healthCheckPath}: ${shownAnswer(health)} ${away}`;
    results.report("health-is-shallow", tier, hasStatus(health, 200) ? undefined : seen, seen);
  }
  if (readinessPath !== undefined && calls.length > 0) {
    const readiness = await becomes(503, port, readinessPath, CHECK_LIMIT_MS);
    const seen = `GET ${readinessPath}: ${shownAnswer(readiness)} ${away}`;
    results.report("readiness", tier, hasStatus(readiness, 503) ? undefined : seen, `${seen}, else 200`);
  }
  const version = await ask({ port, path: "/version" });
  if (results.outcomeOf("version", tier) === "passed" && !hasStatus(version, 200)) {
    results.add("version", tier, "failed", `GET /version: ${shownAnswer(version)} ${away}`);
  }
}

async function checkStarting(
  { tier, instance }: Subject,
  { application, results }: VerifyContext,
): Promise<void> {
  if (results.outcomeOf("health-is-shallow", tier) !== "passed") return;
  const path = application.tiers[tier].healthCheckPath;
  const answer = await becomes(200, instance.port, path, BACK_LIMIT_MS);
  if (hasStatus(answer, 200)) return;
  const { exit } = instance;
  const ended = exit === undefined ? "" : `; the service ended with ${exit.signal ?? `status ${exit.code}`}`;
  results.add("start-without-database", tier, "failed", `GET ${path}: ${shownAnswer(answer)}${ended}`);
}

/** @returns true if the service may be checked further */
async function checkStarted(subject: Subject, context: VerifyContext): Promise<boolean> {
  const { tier, instance } = subject;
  const { application, results } = context;
  const { healthCheckPath, readinessPath } = application.tiers[tier];
  const isUnknown = (["health", "health-is-shallow", "readiness"] as const).some(
    (requirement) => results.outcomeOf(requirement, tier) === "failed",
  );
  if (isUnknown) {
    results.add("start-without-database", tier, "not exercised", "its health or its readiness is wrong");
  } else {
    const path = readinessPath ?? healthCheckPath;
    const answer = await becomes(200, instance.port, path, BACK_LIMIT_MS);
    const problem = `GET ${path}: ${shownAnswer(answer)} ${BACK_LIMIT_MS / 1000} s after they were back`;
    const isReady = hasStatus(answer, 200);
    const seen = "healthy meanwhile, and ready afterwards";
    results.report("start-without-database", tier, isReady ? undefined : problem, seen);
    if (!isReady || results.outcomeOf("start-without-database", tier) === "failed") return false;
  }
  await checkVersion(subject, context);
  return true;
}
