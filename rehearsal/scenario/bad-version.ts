import { readControl } from "./color-groups";
import { type RehearsedRule, readRule } from "./rule-weights";
import { failureOf, runScenario, type ScenarioOptions, type ScenarioReport } from "./scenario";
import { flip } from "./steps";

export interface WatchedRollback {
  /** The error of the update, which fails after the watch has shifted the traffic back. */
  readonly message: string;
  readonly rule: RehearsedRule;
}

const SETTLE_MS = 3_000;

/**
 * Flips to a version that fails once it receives all traffic: the watch must shift the traffic back. The figures have
 * the time from the first failed request to the last one.
 */
export function rehearseBadVersion(
  options: ScenarioOptions & { readonly errorShare: number; readonly healthyPaths: readonly string[] },
): Promise<ScenarioReport<WatchedRollback>> {
  const { errorShare, healthyPaths, versions } = options;
  return runScenario(options, async (scenario) => {
    const { simulator, load, faulty } = scenario;
    const control = await readControl(scenario.engine);
    load.mark("flip-started", { from: "blue", to: "green" });
    const update = failureOf(scenario.step(flip));
    await scenario.untilGreenAnswers();
    faulty.begin({ version: versions[1], tier: "web", errorShare, healthyPaths });
    load.mark("errors begin");
    const { message } = await update;
    load.mark("update failed");
    await scenario.sleep(SETTLE_MS);
    return { message, rule: await readRule(simulator, control) };
  });
}
