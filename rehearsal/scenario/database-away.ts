import { runScenario, type ScenarioOptions, type ScenarioReport } from "./scenario";
import { flip } from "./steps";

export interface DatabaseAway {
  /** Instances that Auto Scaling terminated from the start of the failure to the end of the run. */
  readonly terminated: readonly string[];
  /** Time from the return of the database to the last failed request, in seconds. */
  readonly recoverySeconds: number;
  /** The error of the update during whose bake the database was stopped; undefined if the update succeeded. */
  readonly message: string | undefined;
}

const RECOVERY_LIMIT_MS = 30_000;
/** Time without an error after which the service counts as recovered. */
const CALM_MS = 2_000;

/** Flips, and stops the database during the bake as in a failover: no instance may be terminated. */
export function rehearseDatabaseAway(
  options: ScenarioOptions & { readonly awaySeconds: number },
): Promise<ScenarioReport<DatabaseAway>> {
  return runScenario(options, async (scenario) => {
    const { simulator, load } = scenario;
    const terminated: string[] = [];
    simulator.events.on("scaling", ({ description }) => {
      if (description.startsWith("Terminating")) terminated.push(description);
    });
    load.mark("flip-started", { from: "blue", to: "green" });
    const update = scenario.step(flip).then(
      () => undefined,
      ({ message }: Error) => message,
    );
    await scenario.untilGreenAnswers();
    const [database] = simulator.databases().values();
    if (database === undefined) throw new Error("The stack must have a database, got none.");
    load.mark("database away");
    await database.halt();
    try {
      await scenario.sleep(options.awaySeconds * 1000);
    } finally {
      await database.restart();
    }
    load.mark("database back");
    const backAt = Date.now();
    const lastFailedAt = () =>
      Date.parse(load.snapshot().failureSpan?.lastAt ?? new Date(backAt).toISOString());
    const recovered = () => Date.now() - Math.max(lastFailedAt(), backAt) >= CALM_MS;
    await scenario.until("answers without an error", recovered, RECOVERY_LIMIT_MS);
    const recoverySeconds = Math.max(0, lastFailedAt() - backAt) / 1000;
    return { terminated, recoverySeconds, message: await update };
  });
}
