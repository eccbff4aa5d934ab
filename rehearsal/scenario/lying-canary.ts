import { readControl } from "./color-groups";
import { type RehearsedRule, readRule } from "./rule-weights";
import { failureOf, runScenario, type ScenarioOptions, type ScenarioReport } from "./scenario";
import { canary, flip } from "./steps";

export interface RejectedFlip {
  readonly alarms: readonly string[];
  readonly message: string;
  readonly rule: RehearsedRule;
}

const ALARM_LIMIT_MS = 60_000;

/** Shifts a part of the traffic to a version that fails but passes its health checks, then tries to flip. */
export function rehearseLyingCanary(
  options: ScenarioOptions & {
    readonly canaryPercent: number;
    readonly errorShare: number;
    readonly healthyPaths: readonly string[];
  },
): Promise<ScenarioReport<RejectedFlip>> {
  const { canaryPercent, errorShare, healthyPaths, versions } = options;
  return runScenario(options, async (scenario) => {
    const { simulator, load, faulty } = scenario;
    const control = await readControl(scenario.engine);
    await scenario.step((current) => canary(current, canaryPercent));
    faulty.begin({ version: versions[1], tier: "web", errorShare, healthyPaths });
    const watched = control.tiers.web.green.alarms;
    const inAlarm = () =>
      simulator
        .alarms()
        .flatMap(({ name, state }) => (watched.includes(name) && state === "ALARM" ? [name] : []));
    await scenario.until("an alarm of green", () => inAlarm().length > 0, ALARM_LIMIT_MS);
    const alarms = inAlarm();
    load.mark("flip-started", { from: "blue", to: "green" });
    const { message } = await failureOf(scenario.step(flip));
    return { alarms, message, rule: await readRule(simulator, control) };
  });
}
