import { loadProgramRehearsal, type ProgramRehearsal } from "../../contract";
import { evaluate } from "../../engine/program/evaluate";
import type { Graph } from "../../engine/program/graph";
import type { ConfigValue } from "../../engine/program/stack-config";
import { printable } from "../../engine/values/property-diff";
import { DEFAULT_STACK } from "./open-engine";
import type { RehearsalOptions } from "./options";
import { ProgramInputError } from "./rehearsable-project";
import { canary, deploy, firstRelease, flip, type ReleaseStep, retire } from "./steps";
import { EXAMPLE_SURROUNDINGS } from "./surroundings";

/** The part of a program that a step of a release changes. */
interface CheckedStep {
  readonly step: ReleaseStep;
  /** The change that a step must make, and the code that makes it. */
  readonly remedy: string;
}

interface CheckOptions
  extends Pick<RehearsalOptions, "programDirectory" | "stack" | "versions" | "canaryPercent"> {
  readonly signal: AbortSignal;
}

const LIVE = { live: "blue" } as const;
const PARALLEL = 2;

/**
 * Evaluates a program with resources of its own without a cloud, with the settings of each step of a release, and checks that each step
 * changes what the program declares, and that its outputs are those that a rehearsal reads.
 *
 * @throws ProgramInputError with everything that the program lacks
 */
export async function checkOwnProgram(options: CheckOptions): Promise<void> {
  const rehearsal = loadProgramRehearsal(options.programDirectory);
  if (rehearsal === undefined) return;
  const [first = "", next = first] = options.versions.map(({ version }) => version);
  const start = firstRelease("blue", first);
  const steps = checkedSteps(next, options.canaryPercent);
  const settings = [start, ...steps.map(({ step }) => step)].map((_, index, all) =>
    Object.assign({}, ...all.slice(0, index + 1).map(({ config }) => config)),
  );
  const results = await inParallel(settings, (config) => evaluated(options, rehearsal, config));
  const [declared] = results;
  if (declared === undefined || typeof declared === "string") {
    throw new ProgramInputError(`The program fails with the settings of a rehearsal: ${declared ?? ""}`);
  }
  const issues = outputIssues(declared.outputs);
  steps.forEach(({ step, remedy }, index) => {
    const [before, after] = [results[index], results[index + 1]];
    const given = Object.entries(step.config).map(([key, value]) => `${key}: ${value}`);
    if (typeof after === "string") {
      issues.push(`The program must accept the settings ${given.join(", ")}, got: ${after}`);
    } else if (typeof before === "object" && after !== undefined && isSame(before, after)) {
      issues.push(
        `The settings ${given.join(", ")} must change the program, got the same resources. ${remedy}`,
      );
    }
  });
  if (issues.length > 0) throw new ProgramInputError(issues.join("\n"));
}

function checkedSteps(version: string, canaryPercent: number): CheckedStep[] {
  return [
    {
      step: deploy(LIVE, version),
      remedy: 'Pass config.get("blueVersion") and config.get("greenVersion") as versions.',
    },
    ...(canaryPercent > 0
      ? [
          {
            step: canary(LIVE, canaryPercent),
            remedy: 'Pass config.getNumber("canaryPercent") as canaryPercent, or rehearse with --canary 0.',
          },
        ]
      : []),
    { step: flip(LIVE), remedy: 'Pass config.get("live") ?? "blue" as live.' },
    { step: retire({ live: "green" }), remedy: 'Pass config.get("idle") === "off" as retireIdle.' },
  ];
}

function outputIssues(outputs: Graph["outputs"]): string[] {
  const issues: string[] = [];
  if (outputs.url === undefined) {
    issues.push(
      "The program must have the output url, the address of the load balancer, got none. " +
        "Export it, such as `export const url = edge.ownUrl`.",
    );
  }
  const { release } = outputs;
  const { live } = (release ?? {}) as { readonly live?: unknown };
  if (live !== "blue" && live !== "green") {
    issues.push(
      "The program must have the output release.live, the color that receives the traffic, got " +
        `${release === undefined ? "none" : JSON.stringify(printable(release))}. Export it, such as \`export const release = { live: service.liveColor }\`.`,
    );
  }
  return issues;
}

/** @returns the program's resources, or the message of its error */
async function evaluated(
  { programDirectory, stack = DEFAULT_STACK, signal }: CheckOptions,
  { settings = {} }: ProgramRehearsal,
  config: Readonly<Record<string, string>>,
): Promise<Graph | string> {
  const own = typeof settings === "function" ? settings(EXAMPLE_SURROUNDINGS) : settings;
  try {
    return await evaluate({
      ...{ programDirectory, stack, signal },
      config: { ...(own as Readonly<Record<string, ConfigValue>>), ...config },
    });
  } catch (error) {
    signal.throwIfAborted();
    return (error as Error).message;
  }
}

function isSame(before: Graph, after: Graph): boolean {
  return textOf(before) === textOf(after);
}

function textOf({ resources }: Graph): string {
  const texts = resources.map(({ urn, inputs }) => JSON.stringify([urn, printable(inputs)]));
  return texts.sort().join("\n");
}

async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return results;
}
