import type { Flip } from "../load";
import { readControl } from "./color-groups";
import { type CommandRun, runRollbackCommand } from "./rollback-command";
import { type RehearsedRule, readRule } from "./rule-weights";
import { runScenario, type Scenario, type ScenarioOptions, type ScenarioReport } from "./scenario";
import { deploy, flip } from "./steps";

export interface RollbackComparison {
  /** Time from the start of the rollback to the last answer of the bad color, in ms. Null if it gave no answer. */
  readonly updateMs: number | null;
  readonly commandMs: number | null;
  readonly command: CommandRun;
  readonly rule: RehearsedRule;
}

const SETTLE_MS = 2_500;
const MIGRATION_FUNCTION = /-migrate-/;

/**
 * Rolls back twice from a version with errors: first with an update, then with `changeover rollback` while an update
 * hangs in its migration function.
 */
export function rehearseRollbackWhileBroken(
  options: ScenarioOptions & {
    readonly nextVersion: string;
    readonly errorShare: number;
    readonly healthyPaths: readonly string[];
  },
): Promise<ScenarioReport<RollbackComparison>> {
  const { nextVersion, errorShare, healthyPaths, versions } = options;
  return runScenario(options, async (scenario) => {
    const { simulator, engine, load, faulty } = scenario;
    const begin = () => faulty.begin({ version: versions[1], tier: "web", errorShare, healthyPaths });

    await markedFlip(scenario);
    begin();
    await scenario.sleep(1_000);
    const updateMs = (await markedFlip(scenario)).lastAnswerFromOldMs;
    faulty.end();
    await markedFlip(scenario);

    for (const name of simulator.functionNames()) {
      if (MIGRATION_FUNCTION.test(name)) simulator.setFunctionFault(name, "hangs");
    }
    const abort = new AbortController();
    const hanging = scenario
      .step((current) => deploy(current, nextVersion), abort.signal)
      .catch(() => undefined);
    begin();
    await scenario.sleep(5_000);
    const command = await runRollbackCommand(engine, simulator, () =>
      load.mark("flip-started", { from: "green", to: "blue" }),
    );
    await scenario.sleep(SETTLE_MS);
    const commandMs = lastFlip(scenario).lastAnswerFromOldMs;
    const rule = await readRule(simulator, await readControl(engine));
    abort.abort();
    await hanging;
    return { updateMs, commandMs, command, rule };
  });
}

async function markedFlip(scenario: Scenario): Promise<Flip> {
  const result = await scenario.step((current) => {
    const step = flip(current);
    if (step.flip) scenario.load.mark("flip-started", step.flip);
    return step;
  });
  scenario.load.mark("flip-finished", { resourcesChanged: result.changes.update + result.changes.replace });
  await scenario.sleep(SETTLE_MS);
  return lastFlip(scenario);
}

function lastFlip({ load }: Scenario): Flip {
  const last = load.snapshot().flips.at(-1);
  if (last === undefined) throw new Error("The load has not seen a flip.");
  return last;
}
