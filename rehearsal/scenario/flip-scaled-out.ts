import { groupsOf, healthyWebInstances, readControl } from "./color-groups";
import { runScenario, type ScenarioOptions, type ScenarioReport } from "./scenario";
import { flip } from "./steps";

export interface ScaledOutFlip {
  /** Healthy web instances of the idle color before and after the flip. */
  readonly instancesBefore: number;
  readonly instancesAfter: number;
  /** Duration of the update, in which the gate starts the missing instances, waits for them and checks them. */
  readonly flipSeconds: number;
}

const SCALE_OUT_LIMIT_MS = 60_000;

/**
 * Flips while the live color runs more instances than the idle one: the gate must provide the capacity before the
 * idle color receives traffic.
 */
export function rehearseScaledOutFlip(
  options: ScenarioOptions & { readonly instances: number },
): Promise<ScenarioReport<ScaledOutFlip>> {
  const { instances } = options;
  return runScenario(options, async (scenario) => {
    const { simulator, load } = scenario;
    const control = await readControl(scenario.engine);
    const live = groupsOf(simulator, control, "blue");
    for (const group of live) group.setDesired(instances);
    await scenario.until(
      `${instances} healthy instances of blue in each tier`,
      () => live.every((group) => group.healthy().inLoadBalancer === instances),
      SCALE_OUT_LIMIT_MS,
    );
    const instancesBefore = healthyWebInstances(simulator, control, "green");
    load.mark("flip-started", { from: "blue", to: "green" });
    const result = await scenario.step(flip);
    load.mark("flip-finished", { resourcesChanged: result.changes.update + result.changes.replace });
    const instancesAfter = healthyWebInstances(simulator, control, "green");
    await scenario.sleep(2_000);
    return { instancesBefore, instancesAfter, flipSeconds: result.durationMs / 1000 };
  });
}
