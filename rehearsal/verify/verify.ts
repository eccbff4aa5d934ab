import { TIER_NAMES } from "../../contract";
import { checkConnectionNames, checkPassword, checkQueries } from "./check-database";
import { checkWithoutDependencies } from "./check-dependencies";
import { checkLoad } from "./check-load";
import { checkHealth, checkLog, checkReadiness, checkStart, checkVersion } from "./check-service";
import { checkStop } from "./check-stop";
import { IdleConnection } from "./idle-connection";
import { type RequirementResult, RequirementResults } from "./requirements";
import { type Subject, TestBed, type TestBedOptions } from "./test-bed";
import type { VerifyContext } from "./verify-context";

/** A color has more time on AWS, where an instance also has to boot. */
const START_SECONDS = 60;

export interface VerifyOptions extends TestBedOptions {
  /** Time for which idle connections are observed, if the service does not announce its own. In seconds. */
  readonly idleSeconds: number;
  /** Time limit for the start of a service, in seconds. @default 60 */
  readonly startSeconds?: number;
  readonly signal: AbortSignal;
}

export interface Verification {
  readonly application: string;
  readonly version: string;
  readonly outcome: "passed" | "failed";
  readonly durationSeconds: number;
  readonly results: readonly RequirementResult[];
}

/**
 * Starts instances of each tier with a database, and checks the requirements of docs/bring-your-own-application.md one
 * by one.
 *
 * @throws Error if the version cannot be built, its migrations fail, or an instance cannot be launched
 */
export async function verify(options: VerifyOptions): Promise<Verification> {
  const startedMs = performance.now();
  const { application, source } = options;
  const results = new RequirementResults();
  const reason = await TestBed.with(options, (bed) => checkAll(options, { bed, application, results }));
  const all = results.all(TIER_NAMES, reason);
  return {
    application: application.name,
    version: source.version,
    outcome: all.some(({ outcome }) => outcome === "failed") ? "failed" : "passed",
    durationSeconds: Math.round((performance.now() - startedMs) / 100) / 10,
    results: all,
  };
}

/** @returns the reason why the remaining requirements were not exercised */
async function checkAll(
  { source, idleSeconds, startSeconds = START_SECONDS, signal }: VerifyOptions,
  context: VerifyContext,
): Promise<string> {
  const { bed, application, results } = context;
  const [app, web] = await Promise.all([
    bed.launch("app", "blue", source.version),
    bed.launch("web", "blue", source.version),
  ]);
  const both = [web, app];
  await checkQueries(source.queries, context);
  const started = await Promise.all(both.map((each) => checkStart(each, startSeconds, context)));
  signal.throwIfAborted();
  const running = both.filter((_, index) => started[index]);
  let others: readonly Subject[] = [];
  const idle = running.map((each) => new IdleConnection(each, application.tiers[each.tier].healthCheckPath));
  await Promise.all(idle.map((each) => each.open()));
  for (const each of running) {
    await checkHealth(each, context);
    await checkVersion(each, context);
  }
  if (running.length === both.length) {
    await Promise.all(both.map((each) => checkReadiness(each, context)));
    await checkLoad({ web, app }, context);
    signal.throwIfAborted();
    await checkConnectionNames(both, context);
    others = await checkWithoutDependencies(both, `${source.version}+2`, context);
  }
  signal.throwIfAborted();
  await Promise.all(idle.map((each) => each.report(idleSeconds, results)));
  for (const each of running) {
    signal.throwIfAborted();
    await checkStop(each, context);
  }
  await checkPassword(others, context);
  for (const each of [...both, ...others]) checkLog(each, context);
  const missing = both.filter((_, index) => !started[index]).map(({ tier }) => `the tier ${tier}`);
  return missing.length > 0
    ? `${missing.join(" and ")} did not start`
    : "it could not be seen, see the failures";
}
